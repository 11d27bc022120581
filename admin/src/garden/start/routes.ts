import { definePages } from "../../shell/pages.ts";

export default definePages({ path: "/start", load: () => import("./start-page.tsx"), label: "start:title" });
