import { definePages } from "../../shell/pages.ts";

/** All components at a glance, in development only: no server is needed, and every figure is invented. */
export default import.meta.env.DEV
  ? definePages(
      {
        path: "/design",
        load: () => import("./gallery-page.tsx"),
        label: "design:gallery",
        access: "public",
      },
      {
        path: "/design/loop",
        load: () => import("./loop-sample.tsx"),
        label: "design:gallery",
        access: "public",
      },
    )
  : [];
