import { definePages } from "../../shell/pages.ts";

export default definePages(
  {
    path: "/imports",
    load: () => import("./imports-page.tsx"),
    station: "data",
    label: "imports:title",
    order: 30,
    right: "data:read",
  },
  {
    path: "/imports/new",
    load: () => import("./new-page.tsx"),
    station: "data",
    label: "imports:new.title",
    under: "/imports",
    right: "data:write",
  },
  {
    path: "/imports/$id",
    load: () => import("./import-page.tsx"),
    station: "data",
    label: "imports:one",
    under: "/imports",
    right: "data:read",
  },
);
