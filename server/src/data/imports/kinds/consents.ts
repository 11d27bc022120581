import { jsonSql, type LineKind } from "./kind.ts";

/** Words that systems write for a yes and for a no; anything else is asked about and never guessed. */
const yes = "true,t,1,yes,y,ja,j,granted,given,accepted,opt-in,opt_in,optin,opted in,subscribed,active,x";
const no =
  "false,f,0,no,n,nein,withdrawn,revoked,denied,declined,refused,opt-out,opt_out,optout,opted out,unsubscribed,never_subscribed,never subscribed,inactive";
const wordList = (words: string) =>
  `(${words
    .split(",")
    .map((word) => `'${word}'`)
    .join(", ")})`;

/** Answers that customers gave elsewhere: to which purpose, yes or no, when, and to which words. */
export const consents: LineKind = {
  kind: "consents",
  needed: ["purpose", "answer", "happenedAt"],
  optional: ["customer", "email", "basis", "wording", "origin"],
  anyOf: [["customer", "email"]],
  others: "none",
  person: "needed",
  dates: ["happenedAt"],
  numbers: [],
  keyFields: ["customer", "email"],
  faults: () => [
    ["f_purpose = ''", "purpose_missing"],
    ["f_purpose not in {purposes:Array(String)}", "purpose_unknown"],
    [
      `lowerUTF8(f_answer) not in ${wordList(yes)} and lowerUTF8(f_answer) not in ${wordList(no)}`,
      "answer_unreadable",
    ],
    [
      "f_basis != '' and lowerUTF8(f_basis) not in ('consent', 'contract', 'legitimate_interest', 'legal_obligation')",
      "basis_unknown",
    ],
    // An answer must not outrank one that is given a minute from now.
    ["happened > {now:DateTime64(3, 'UTC')}", "date_out_of_range"],
  ],
  records: () => [
    {
      word: "consent",
      // One answer is one record: a newer export that adds answers leaves the earlier ones as they were given.
      key: "concat(person, ':', f_purpose, ':', toString(toUnixTimestamp64Milli(happened)))",
      name: `if(lowerUTF8(f_answer) in ${wordList(yes)}, 'Consent Granted', 'Consent Withdrawn')`,
      properties: jsonSql([
        ["purpose", "f_purpose"],
        ["basis", "if(f_basis = '', 'consent', lowerUTF8(f_basis))"],
        ["wording", "f_wording"],
        ["origin", "f_origin"],
      ]),
    },
  ],
  keeps: "answers",
};
