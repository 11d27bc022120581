import { definePages } from "../../shell/pages.ts";

export default definePages({
  path: "/journeys",
  load: () => import("./journeys-page.tsx"),
  station: "insight",
  label: "journeys:title",
  order: 10,
  right: "insight:read",
});
