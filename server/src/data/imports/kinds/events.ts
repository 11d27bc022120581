import { jsonSql, type LineKind } from "./kind.ts";

/** Names that imports of orders give: as loose events they would be bought a second time. */
const namesOfOrders = ["order completed", "order refunded"];

/** Any events: a name, a time, whom it is about, and properties. */
export const events: LineKind = {
  kind: "events",
  needed: ["name", "happenedAt"],
  optional: ["id", "customer", "email", "anonymous", "channel", "campaign", "amount", "currency"],
  anyOf: [],
  others: "properties",
  person: "possible",
  dates: ["happenedAt"],
  numbers: [],
  amount: "amount",
  keyFields: ["id"],
  faults: () => [
    ["f_name = ''", "name_missing"],
    ["lengthUTF8(f_name) > 200", "name_too_long"],
    [`lowerUTF8(f_name) in (${namesOfOrders.map((name) => `'${name}'`).join(", ")})`, "event_is_order"],
  ],
  records: () => [
    {
      word: "event",
      // An event without a number is known by all that it says; two that say the same are two.
      key: "if(f_id != '', f_id, concat('#', hex(content), ':', toString(nth)))",
      name: "f_name",
      properties: jsonSql([], "others"),
      channel: "lowerUTF8(f_channel)",
      campaign: "f_campaign",
      amount: "amount",
    },
  ],
  keeps: "events",
};
