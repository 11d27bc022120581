export { servePages } from "./pages.ts";
export { openHttp } from "./server.ts";
