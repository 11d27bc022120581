import { definePages } from "../../shell/pages.ts";

export default definePages({
  path: "/settings/audit",
  load: () => import("./audit-page.tsx"),
  label: "audit:title",
  under: "/settings",
  right: "audit:read",
});
