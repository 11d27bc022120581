import { definePages } from "../../shell/pages.ts";

export default definePages({
  path: "/settings",
  load: () => import("./settings-page.tsx"),
  label: "settings:title",
  order: 90,
  tab: 10,
  tabLabel: "settings:garden",
  right: "settings:read",
});
