import { definePages } from "../../shell/pages.ts";

export default definePages(
  {
    path: "/surveys",
    load: () => import("./surveys-page.tsx"),
    station: "experience",
    label: "surveys:title",
    order: 10,
    right: "experience:read",
  },
  {
    path: "/survey-alerts",
    load: () => import("./alerts-page.tsx"),
    station: "experience",
    label: "surveys:alerts.title",
    order: 20,
    right: "experience:read",
  },
  {
    path: "/surveys/new",
    load: () => import("./new-page.tsx"),
    station: "experience",
    label: "surveys:new.title",
    under: "/surveys",
    right: "experience:write",
  },
  {
    path: "/surveys/$id",
    load: () => import("./survey-page.tsx"),
    station: "experience",
    label: "surveys:one",
    under: "/surveys",
    right: "experience:read",
  },
  {
    path: "/surveys/$id/edit",
    load: () => import("./edit-page.tsx"),
    station: "experience",
    label: "surveys:edit.title",
    under: "/surveys",
    right: "experience:write",
  },
);
