export { calledAt } from "./address.ts";
export { expectLongBody } from "./long-body.ts";
export { servePages } from "./pages.ts";
export { serveScripts } from "./scripts.ts";
export { guardPages, openHttp } from "./server.ts";
