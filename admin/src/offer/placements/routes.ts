import { definePages } from "../../shell/pages.ts";

export default definePages({
  path: "/offers",
  load: () => import("./offers-page.tsx"),
  station: "offer",
  label: "placements:title",
  order: 10,
  right: "offer:read",
});
