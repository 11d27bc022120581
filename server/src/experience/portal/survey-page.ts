import { z } from "zod";
import { Language } from "../../garden/index.ts";
import {
  earlierAnswer,
  type Holder,
  isKeptWithCustomer,
  languagesOf,
  Question,
  type Survey,
} from "../surveys/index.ts";

/** What the public page of a survey shows. */
export const SurveyPage = z.object({
  slug: z.string(),
  brand: z.string(),
  state: z.enum(["open", "closed"]),
  /** The survey's own language, and those that its question is written in. */
  language: Language,
  languages: z.array(Language),
  question: Question,
  /** Opened by a personal link: the answer belongs to the customer. */
  isPersonal: z.boolean(),
  /** What the customer of the link answered before; it can be changed until the survey closes. */
  earlier: z.object({ score: z.number(), reason: z.string().nullable() }).nullable(),
});
export type SurveyPage = z.infer<typeof SurveyPage>;

export async function surveyPage(
  brand: string,
  survey: Survey,
  holder: Holder | undefined,
): Promise<SurveyPage> {
  const own = holder?.survey.id === survey.id ? holder : undefined;
  const earlier = own && (await earlierAnswer(own));
  return {
    slug: survey.slug,
    brand,
    state: survey.state === "open" ? "open" : "closed",
    language: survey.language,
    languages: languagesOf(survey),
    question: survey.question,
    isPersonal: own?.link.kind === "personal" && (await isKeptWithCustomer(own)),
    earlier: earlier ? { score: earlier.score, reason: earlier.reason } : null,
  };
}
