export {
  type Attribution,
  type AttributionModel,
  type AttributionSettings,
  attribute,
  attributionModels,
} from "./attribute.ts";
export { bootstrapCredit, type CreditRange } from "./bootstrap.ts";
export { ChainFailed, chainOf, type Order, outcome, type Transition, transitionsOf } from "./chain.ts";
export { chooseOrder, type OrderChoice, type OrderScore } from "./choose-order.ts";
export {
  distinctPaths,
  InvalidJourneys,
  type JourneyFault,
  type Journeys,
  journeysFromPaths,
  journeysFromTouches,
  type Path,
  type Touch,
  totalsOfJourneys,
} from "./journeys.ts";
export { type MarkovCredit, markovCredit } from "./markov.ts";
export {
  type Credit,
  creditByRule,
  decayByDays,
  decayByTouches,
  firstTouch,
  lastNonDirect,
  lastTouch,
  linear,
  linearByChannel,
  positionBased,
  type Rule,
  rankByChannel,
} from "./rules.ts";
export {
  exactChainChannelsMax,
  exactChannelsMax,
  type ShapleyCredit,
  shapleyOfChain,
  shapleyOfRate,
  shapleyOfSum,
  shapleyOfSumByPosition,
} from "./shapley.ts";
