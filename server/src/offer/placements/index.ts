export { defineOfferJob, offerJob, offerStep } from "./jobs.ts";
export { onConsentWithdrawn, onIdentityLinked } from "./listen.ts";
export { acceptDays } from "./model.ts";
export { OfferCounts, offerCounts, offerStageFilter } from "./questions.ts";
export { type OfferSummary, refreshOffers } from "./refresh.ts";
export { decideRoutes, placementRoutes } from "./routes.ts";
