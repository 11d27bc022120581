export { forgetDecisions } from "./forget.ts";
export { defineOfferJob, offerStep } from "./jobs.ts";
export { onConsentWithdrawn, onIdentityLinked, onIdentityMerged, onIdentityUnmerged } from "./listen.ts";
export { placementStores } from "./person-stores.ts";
export { OfferCounts, offerCounts, offerStageFilter } from "./questions.ts";
export { type OfferSummary, refreshOffers } from "./refresh.ts";
export { decideRoutes, placementRoutes } from "./routes.ts";
