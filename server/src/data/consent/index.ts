export { consentStores } from "./erase.ts";
export {
  allows,
  answersOfPreferences,
  Basis,
  CurrentAnswer,
  type Kind,
  outranks,
  Purpose,
} from "./model.ts";
export { type Answer, recordAnswers } from "./record.ts";
export { removeAnswers, retractStatements, whoAnswered } from "./retract.ts";
export {
  allowedAmong,
  answersFor,
  consentsOf,
  historyOf,
  isAllowed,
  listPurposes,
  restrictedAmong,
} from "./store.ts";
