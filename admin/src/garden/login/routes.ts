import { definePages } from "../../shell/pages.ts";

export default definePages({
  path: "/login",
  load: () => import("./login-page.tsx"),
  label: "login:title",
  access: "public",
});
