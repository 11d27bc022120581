import { jsonSql, type LineKind } from "./kind.ts";

/** Answers to surveys that were asked elsewhere: a score, and if they like, why. */
export const answers: LineKind = {
  kind: "answers",
  needed: ["answer", "happenedAt"],
  optional: ["survey", "question", "score", "scoreMax", "text", "customer", "email", "channel"],
  anyOf: [["score", "text"]],
  others: "none",
  person: "possible",
  dates: ["happenedAt"],
  numbers: ["score", "scoreMax"],
  keyFields: ["answer", "question"],
  faults: ({ number }) => [
    ["f_answer = ''", "answer_missing"],
    ["f_score = '' and f_text = ''", "answer_empty"],
    [`f_score != '' and isNull(${number("f_score")})`, "score_unreadable"],
    [`f_scoreMax != '' and ifNull(${number("f_scoreMax")}, 0) <= 0`, "score_unreadable"],
  ],
  records: ({ number }) => [
    {
      word: "answer",
      key: "if(f_question = '', f_answer, concat(f_answer, ':', f_question))",
      name: "'Survey Answered'",
      properties: jsonSql([
        ["survey", "f_survey"],
        ["question", "f_question"],
        ["answer_id", "f_answer"],
        ["score", number("f_score"), "number"],
        ["score_max", number("f_scoreMax"), "number"],
        // Only a score of the Net Promoter question, out of 10, puts somebody into one of its groups.
        [
          "group",
          `multiIf(isNull(${number("f_score")}) or ifNull(${number("f_scoreMax")}, 10) != 10 or ${number("f_score")} < 0 or ${number("f_score")} > 10, '', ${number("f_score")} >= 9, 'promoter', ${number("f_score")} >= 7, 'passive', 'detractor')`,
        ],
        ["has_reason", "f_text != ''", "flag"],
      ]),
      body: "f_text",
      channel: "if(f_channel = '', 'survey', lowerUTF8(f_channel))",
    },
  ],
  keeps: "events",
};
