import { definePages } from "../../shell/pages.ts";

export default definePages({
  path: "/settings/audit",
  load: () => import("./audit-page.tsx"),
  label: "audit:title",
  under: "/settings",
  tab: 70,
  right: "audit:read",
});
