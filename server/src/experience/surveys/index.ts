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
export { isToken, languagesOf, newToken, Question, reasonMax, type Survey } from "./model.ts";
export { groupOf, NpsCounts, NpsEstimate, NpsGroup, npsChange, npsOf } from "./nps.ts";
export { answersOf, type CustomerAnswer, NpsScore, npsScore, type Period } from "./questions.ts";
export { surveysRoutes } from "./routes.ts";
