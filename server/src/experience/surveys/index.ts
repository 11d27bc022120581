export {
  answerSurvey,
  earlierAnswer,
  type GivenAnswer,
  getPublicSurvey,
  isKeptWithCustomer,
  type TakenAnswer,
} from "./answer.ts";
export { surveyFilter } from "./filter.ts";
export { type Holder, holderOf } from "./links.ts";
export { languagesOf, newToken, Question, reasonMax, type Survey } from "./model.ts";
export type { NpsEstimate } from "./nps.ts";
export { surveyStores } from "./person-stores.ts";
export { answersOf, type CustomerAnswer, type NpsScore, npsScore, type Period } from "./questions.ts";
export { surveysRoutes } from "./routes.ts";
export { sealedBySurveys } from "./sealed.ts";
