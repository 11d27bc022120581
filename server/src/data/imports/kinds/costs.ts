import { jsonSql, type LineKind } from "./kind.ts";

/** What media cost: an amount for a day, a channel and a campaign. It names nobody. */
export const costs: LineKind = {
  kind: "costs",
  needed: ["happenedAt", "channel", "amount"],
  optional: ["campaign", "currency", "medium", "impressions", "clicks"],
  anyOf: [],
  others: "none",
  person: "none",
  dates: ["happenedAt"],
  numbers: ["impressions", "clicks"],
  amount: "amount",
  keyFields: ["happenedAt", "channel", "campaign"],
  faults: () => [
    ["f_channel = ''", "channel_missing"],
    ["isNull(amount)", "amount_not_number"],
    ["amount < 0", "cost_negative"],
    ["f_medium != '' and lowerUTF8(f_medium) not in ('paid', 'owned', 'earned')", "medium_unknown"],
  ],
  records: ({ number }) => [
    {
      word: "cost",
      key: "concat(toString(toDate(happened, {zone:String})), ':', lowerUTF8(f_channel), ':', f_campaign, ':', currency)",
      name: "'Cost Recorded'",
      properties: jsonSql([
        ["day", "toString(toDate(happened, {zone:String}))"],
        ["impressions", number("f_impressions"), "number"],
        ["clicks", number("f_clicks"), "number"],
      ]),
      channel: "lowerUTF8(f_channel)",
      campaign: "f_campaign",
      medium: "if(f_medium = '', 'paid', lowerUTF8(f_medium))",
      amount: "amount",
    },
  ],
  keeps: "events",
};
