import { definePages } from "../../shell/pages.ts";

export default definePages(
  {
    path: "/webhooks",
    load: () => import("./webhooks-page.tsx"),
    station: "data",
    label: "webhooks:title",
    under: "/sources",
    tab: 20,
    right: "settings:read",
  },
  {
    path: "/webhooks/$id",
    load: () => import("./webhook-page.tsx"),
    station: "data",
    label: "webhooks:one",
    under: "/sources",
    right: "settings:read",
  },
);
