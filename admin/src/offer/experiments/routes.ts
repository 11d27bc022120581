import { definePages } from "../../shell/pages.ts";

export default definePages({
  path: "/experiments",
  load: () => import("./experiments-page.tsx"),
  station: "offer",
  label: "experiments:title",
  order: 30,
  right: "offer:read",
});
