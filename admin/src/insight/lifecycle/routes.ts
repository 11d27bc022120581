import { definePages } from "../../shell/pages.ts";

export default definePages({
  path: "/lifecycle",
  load: () => import("./lifecycle-page.tsx"),
  station: "insight",
  label: "lifecycle:title",
  order: 30,
  right: "insight:read",
});
