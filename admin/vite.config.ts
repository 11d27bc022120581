import react from "@vitejs/plugin-react";
import mantinePreset from "postcss-preset-mantine";
import { defineConfig } from "vite";

/** Where the server listens while the admin UI is worked on with `npx vite admin`. */
const server = process.env.RONDELL_ADMIN_PROXY ?? "http://127.0.0.1:4300";

export default defineConfig({
  root: import.meta.dirname,
  base: "/",
  plugins: [react()],
  css: { postcss: { plugins: [mantinePreset()] } },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    sourcemap: false,
    // ECharts is the one large part; it is fetched with the first page that draws a chart.
    chunkSizeWarningLimit: 700,
  },
  server: {
    port: 4310,
    strictPort: true,
    proxy: Object.fromEntries(
      ["/api", "/v1", "/s/", "/p/", "/docs", "/health", "/ready", "/metrics"].map((path) => [path, server]),
    ),
  },
});
