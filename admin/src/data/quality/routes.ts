import { definePages } from "../../shell/pages.ts";

export default definePages(
  {
    path: "/event-catalogue",
    load: () => import("./catalogue-page.tsx"),
    station: "data",
    label: "quality:title",
    order: 21,
    right: "data:read",
  },
  {
    path: "/event-catalogue/$name",
    load: () => import("./event-page.tsx"),
    station: "data",
    label: "quality:one",
    under: "/event-catalogue",
    right: "data:read",
  },
  {
    path: "/settings/traffic",
    load: () => import("./traffic-page.tsx"),
    label: "quality:traffic.title",
    under: "/settings",
    right: "settings:read",
  },
);
