import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Where the server listens while customers' pages are worked on with `npx vite portal`. */
const server = process.env.RONDELL_PORTAL_PROXY ?? "http://127.0.0.1:4300";

/** Customers' pages. The server writes `/s/<slug>` and `/p/…` from the built `index.html`; files lie under `/p/assets`. */
export default defineConfig({
  root: import.meta.dirname,
  base: "/p/",
  plugins: [react()],
  build: { outDir: "dist", emptyOutDir: true, sourcemap: false, assetsInlineLimit: 0 },
  server: { port: 4311, strictPort: true, proxy: { "/p/api": server } },
});
