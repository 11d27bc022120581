import { definePages } from "../../shell/pages.ts";

export default definePages({
  path: "/events",
  load: () => import("./events-page.tsx"),
  station: "data",
  label: "events:title",
  order: 20,
  tab: 10,
  right: "data:read",
});
