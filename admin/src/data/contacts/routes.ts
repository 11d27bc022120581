import { definePages } from "../../shell/pages.ts";

export default definePages({
  path: "/contacts",
  load: () => import("./contacts-page.tsx"),
  station: "data",
  label: "contacts:title",
  order: 15,
  right: "contacts:write",
});
