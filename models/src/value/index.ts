export { bgNbd } from "./bg-nbd.ts";
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
export { mbgNbd } from "./mbg-nbd.ts";
export type { Fit, FitDiagnostics, FitFailed, FitFailure, FitFound, PurchaseFit } from "./purchase-fit.ts";
export type { EarlyExits, PurchaseParameters } from "./purchase-likelihood.ts";
export type { PurchaseModel } from "./purchase-model.ts";
