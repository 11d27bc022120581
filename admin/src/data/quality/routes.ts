import { definePages } from "../../shell/pages.ts";

export default definePages(
  {
    path: "/event-catalogue",
    load: () => import("./catalogue-page.tsx"),
    station: "data",
    label: "quality:title",
    under: "/events",
    tab: 20,
    right: "data:read",
  },
  {
    path: "/event-catalogue/$name",
    load: () => import("./event-page.tsx"),
    station: "data",
    label: "quality:one",
    under: "/events",
    right: "data:read",
  },
  {
    path: "/settings/traffic",
    load: () => import("./traffic-page.tsx"),
    label: "quality:traffic.title",
    under: "/settings",
    tab: 20,
    right: "settings:read",
  },
);
