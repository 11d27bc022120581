import { definePages } from "../../shell/pages.ts";

export default definePages({
  path: "/",
  load: () => import("./loop-page.tsx"),
  label: "turn:title",
  right: "insight:read",
});
