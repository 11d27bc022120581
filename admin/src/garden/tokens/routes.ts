import { definePages } from "../../shell/pages.ts";

export default definePages({
  path: "/settings/tokens",
  load: () => import("./tokens-page.tsx"),
  label: "tokens:title",
  under: "/settings",
  tab: 60,
  right: "settings:write",
});
