import { definePages } from "../../shell/pages.ts";

export default definePages(
  {
    path: "/sources",
    load: () => import("./sources-page.tsx"),
    station: "data",
    label: "sources:title",
    order: 25,
    tab: 10,
    right: "settings:read",
  },
  {
    path: "/sources/$id",
    load: () => import("./source-page.tsx"),
    station: "data",
    label: "sources:one",
    under: "/sources",
    right: "settings:read",
  },
  {
    path: "/connect",
    load: () => import("./connect-page.tsx"),
    station: "data",
    label: "sources:connect.title",
    under: "/sources",
    right: "settings:write",
  },
);
