import { definePages } from "../../shell/pages.ts";

export default definePages(
  {
    path: "/accounts",
    load: () => import("./accounts-page.tsx"),
    station: "data",
    label: "accounts:title",
    order: 12,
    right: "customers:read",
  },
  {
    path: "/accounts/$id",
    load: () => import("./account-page.tsx"),
    station: "data",
    label: "accounts:one",
    under: "/accounts",
    right: "customers:read",
  },
);
