import { definePages } from "../../shell/pages.ts";

export default definePages({
  path: "/password",
  load: () => import("./password-page.tsx"),
  label: "password:title",
  // Outside the frame: until an invited operator has an own password, no other page is open.
  access: "public",
});
