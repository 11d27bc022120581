export { lookRoutes } from "./look.ts";
export { type PortalSurroundings, portalRoutes } from "./routes.ts";
