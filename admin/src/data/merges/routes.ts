import { definePages } from "../../shell/pages.ts";

export default definePages(
  {
    path: "/merge",
    load: () => import("./merge-page.tsx"),
    station: "data",
    label: "merges:merge",
    under: "/customers",
    right: "data:write",
  },
  {
    path: "/merges",
    load: () => import("./log-page.tsx"),
    station: "data",
    label: "merges:log",
    under: "/customers",
    tab: 30,
    right: "customers:read",
  },
);
