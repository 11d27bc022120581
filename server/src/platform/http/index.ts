export { expectLongBody } from "./long-body.ts";
export { servePages } from "./pages.ts";
export { openHttp } from "./server.ts";
