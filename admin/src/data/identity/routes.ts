import { definePages } from "../../shell/pages.ts";

export default definePages({
  path: "/settings/identity",
  load: () => import("./rules-page.tsx"),
  label: "identity:title",
  under: "/settings",
  tab: 30,
  right: "settings:read",
});
