import { definePages } from "../../shell/pages.ts";

export default definePages({
  path: "/setup",
  load: () => import("./setup-page.tsx"),
  label: "setup:title",
  access: "public",
});
