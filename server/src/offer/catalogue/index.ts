export { Product, titleOf } from "./model.ts";
export { boughtProductFilter, popularProducts, productsById } from "./products.ts";
export { type CatalogueCounts, refreshCatalogue } from "./refresh.ts";
export { catalogueRoutes } from "./routes.ts";
export {
  abandonRun,
  beginRun,
  dropOrderLines,
  findCurrentRun,
  makeCurrent,
  OfferRun,
  tidyRuns,
} from "./runs.ts";
