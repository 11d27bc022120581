import { definePages } from "../../shell/pages.ts";

export default definePages({
  path: "/attribution",
  load: () => import("./attribution-page.tsx"),
  station: "insight",
  label: "attribution:title",
  order: 12,
  right: "insight:read",
});
