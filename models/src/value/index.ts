export { type BgBbParameters, bgBb, type OpportunityHistories } from "./bg-bb.ts";
export { bgNbd } from "./bg-nbd.ts";
export { type ChosenModel, chooseModel, type Lead, type ModelChoice } from "./choose-model.ts";
export {
  cnbd,
  fitRegular,
  type RegularFamily,
  type Regularity,
  type RegularityFound,
  regularityMax,
} from "./cnbd.ts";
export {
  type CovariateFailed,
  type CovariateFitFound,
  type CovariateOptions,
  fitWithCovariates,
  type LikelihoodRatio,
  likelihoodRatio,
} from "./covariate-fit.ts";
export {
  type CovariateColumns,
  type CovariateEffects,
  parametersAt,
  withCovariates,
} from "./covariates.ts";
export type { Fit, FitDiagnostics, FitFailed, FitFailure, FitFound } from "./fit-report.ts";
export {
  type ForecastRequest,
  forecast,
  type Intervals,
  type PurchaseForecast,
  type ValueForecast,
} from "./forecast.ts";
export {
  expectedSpend,
  expectedSpends,
  fitGammaGamma,
  type GammaGammaFit,
  type GammaGammaFound,
  type GammaGammaParameters,
  type SpendHistories,
  spendLogDensity,
  spendLogLikelihood,
} from "./gamma-gamma.ts";
export {
  checkedHistories,
  type GroupedHistories,
  groupHistories,
  type HistoryFault,
  historiesOf,
  InvalidHistories,
  invalidHistories,
  type PurchaseHistories,
  type PurchaseHistory,
  spreadToRows,
} from "./histories.ts";
export {
  type Accuracy,
  accuracy,
  type CalibrationRow,
  calibrationTable,
  evaluateHoldout,
  type HoldoutReport,
  logScores,
  naivePurchases,
} from "./holdout.ts";
export type { LeavingAfterPurchase } from "./leaving-after-purchase.ts";
export { type EarlyExits, type PurchaseParameters, seesLeaving } from "./leaving-likelihood.ts";
export { mbgNbd } from "./mbg-nbd.ts";
export { type NbdParameters, nbd } from "./nbd.ts";
export { type ParetoNbdParameters, paretoNbd } from "./pareto-nbd.ts";
export { type CustomersByDay, historiesFromPurchases, type PurchaseRows } from "./purchase-days.ts";
export {
  type ActiveCustomer,
  byNames,
  type ModelParameters,
  type Outlook,
  type PurchaseModel,
  parametersFor,
} from "./purchase-model.ts";
export {
  type RepeatBuyerLimits,
  type RepeatBuyers,
  repeatBuyerLimits,
  repeatBuyersOf,
  tooFewRepeatBuyers,
} from "./repeat-buyers.ts";
export { type ContractCohort, type SbgParameters, sbg } from "./sbg.ts";
export { type SimulatedCustomers, type Simulation, simulateCustomers } from "./simulate.ts";
export type { Calendar, DatedHistories } from "./time-varying.ts";
export {
  fitTimeVarying,
  forecastTimeVarying,
  simulateTimeVarying,
  type TimeVaryingCovariates,
  type TimeVaryingForecast,
} from "./time-varying-fit.ts";
export { type Total, type TotalRequest, type Totals, totalsOf } from "./totals.ts";
export { expectedTracking } from "./tracking.ts";
export { customersBringing, valueOfTop, type WhaleCurve, whaleCurve } from "./whale.ts";
