import { definePages } from "../../shell/pages.ts";

export default definePages(
  {
    path: "/customers",
    load: () => import("./customers-page.tsx"),
    station: "data",
    label: "customers:title",
    order: 10,
    tab: 10,
    right: "customers:read",
  },
  {
    path: "/customers/$id",
    load: () => import("./customer-page.tsx"),
    station: "data",
    label: "customers:one",
    under: "/customers",
    right: "customers:read",
  },
  {
    path: "/duplicates",
    load: () => import("./duplicates-page.tsx"),
    station: "data",
    label: "customers:duplicates.title",
    under: "/customers",
    tab: 20,
    right: "customers:read",
  },
);
