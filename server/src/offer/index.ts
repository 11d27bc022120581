import type { Context, Route } from "../garden/index.ts";
import type { Jobs } from "../platform/jobs/index.ts";
import { boughtProductFilter, catalogueRoutes } from "./catalogue/index.ts";
import { experimentFilters, experimentRoutes, experimentStores } from "./experiments/index.ts";
import {
  decideRoutes,
  defineOfferJob,
  forgetDecisions,
  offerStageFilter,
  offerStep,
  onConsentWithdrawn,
  onIdentityLinked,
  onIdentityMerged,
  onIdentityUnmerged,
  placementRoutes,
  placementStores,
} from "./placements/index.ts";
import {
  boughtTogetherFilter,
  nextProductFilter,
  recommendationRoutes,
  recommendationStores,
} from "./recommendations/index.ts";

/** The station's routes for operators. */
export function offerRoutes(route: Route, deps: { jobs: Jobs }): void {
  catalogueRoutes(route);
  recommendationRoutes(route);
  experimentRoutes(route);
  placementRoutes(route, deps);
}

/** What the station hears from those below it, by the fact's name. */
export const offerListeners: Record<string, (ctx: Context, payload: unknown) => Promise<void>> = {
  "identity.linked": onIdentityLinked,
  "identity.merged": onIdentityMerged,
  "identity.unmerged": onIdentityUnmerged,
  "consent.withdrawn": onConsentWithdrawn,
};

/** Where the station keeps something about a person. */
export const offerStores = [...recommendationStores, ...experimentStores, ...placementStores];

/** Ways to the customers behind the station's numbers. */
export const offerFilters = [
  boughtProductFilter,
  boughtTogetherFilter,
  nextProductFilter,
  ...experimentFilters,
  offerStageFilter,
];

export { decideRoutes, defineOfferJob, forgetDecisions, offerStep };
