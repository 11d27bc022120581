import { definePages } from "../../shell/pages.ts";

export default definePages({
  path: "/sample",
  load: () => import("./sample-page.tsx"),
  label: "sample:title",
  under: "/start",
  right: "garden:write",
});
