import { definePages } from "../../shell/pages.ts";

export default definePages({
  path: "/settings/consent",
  load: () => import("./consent-page.tsx"),
  label: "consent:title",
  under: "/settings",
  tab: 40,
  right: "settings:read",
});
