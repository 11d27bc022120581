import { definePages } from "../../shell/pages.ts";

export default definePages({
  path: "/portal",
  load: () => import("./portal-page.tsx"),
  station: "experience",
  label: "portal:title",
  order: 30,
  right: "settings:read",
});
