import { definePages } from "../../shell/pages.ts";

export default definePages({
  path: "/webhook-targets",
  load: () => import("./targets-page.tsx"),
  station: "data",
  label: "outbound:title",
  under: "/sources",
  tab: 30,
  right: "settings:read",
});
