import { definePages } from "../../shell/pages.ts";

export default definePages({
  path: "/privacy",
  load: () => import("./privacy-page.tsx"),
  station: "data",
  label: "privacy:title",
  order: 40,
  right: "privacy:read",
});
