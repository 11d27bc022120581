import { definePages } from "../../shell/pages.ts";

export default definePages({
  path: "/value",
  load: () => import("./value-page.tsx"),
  station: "insight",
  label: "value:title",
  order: 20,
  right: "insight:read",
});
