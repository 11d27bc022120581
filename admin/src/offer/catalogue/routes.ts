import { definePages } from "../../shell/pages.ts";

export default definePages({
  path: "/catalogue",
  load: () => import("./catalogue-page.tsx"),
  station: "offer",
  label: "catalogue:title",
  order: 20,
  right: "offer:read",
});
