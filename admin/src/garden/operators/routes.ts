import { definePages } from "../../shell/pages.ts";

export default definePages({
  path: "/settings/operators",
  load: () => import("./operators-page.tsx"),
  label: "operators:title",
  under: "/settings",
  tab: 50,
  right: "operators:write",
});
