export { type Anchors, openAnchors } from "./anchors.ts";
export {
  askToConfirm,
  barsMail,
  type Confirmation,
  confirm,
  findConfirmation,
  type Unconfirmed,
  waitingFor,
} from "./confirm.ts";
export { eraseAnswers } from "./erase.ts";
export { foldAnswers, foldConsent, keepOwnAnswers, ownAnswersOf, takeOwnAnswers } from "./fold.ts";
export { defineConsentJobs } from "./jobs.ts";
export { mailRoutes } from "./mail-routes.ts";
export {
  allows,
  answersOfPreferences,
  Basis,
  CurrentAnswer,
  type Kind,
  outranks,
  Purpose,
} from "./model.ts";
export { consentStores } from "./person-stores.ts";
export { purposeRoutes } from "./purpose-routes.ts";
export { type LedgerEntry, ledgerOf, Receipt, receiptOf } from "./receipt.ts";
export { receiptPdf } from "./receipt-pdf.ts";
export { type Answer, recordAnswers } from "./record.ts";
export { type Retracted, retractStatements, whoAnswered } from "./retract.ts";
export { ledgerRoutes } from "./routes.ts";
export {
  allowedAmong,
  answersFor,
  consentsOf,
  historyOf,
  isAllowed,
  listPurposes,
  usableAnswersFor,
} from "./store.ts";
