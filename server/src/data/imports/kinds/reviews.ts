import { jsonSql, type LineKind, listSql } from "./kind.ts";

/** What customers wrote about an order or a product, with a score. The words stay out of the event store. */
export const reviews: LineKind = {
  kind: "reviews",
  needed: ["review", "score", "happenedAt"],
  optional: ["customer", "email", "order", "products", "title", "text", "channel"],
  anyOf: [],
  others: "none",
  person: "possible",
  dates: ["happenedAt"],
  numbers: ["score"],
  keyFields: ["review"],
  faults: ({ number }) => [
    ["f_review = ''", "review_missing"],
    [`isNull(${number("f_score")})`, "score_unreadable"],
  ],
  records: ({ number }) => [
    {
      word: "review",
      key: "concat(f_review, ':', f_order)",
      name: "'Review Submitted'",
      properties: jsonSql([
        ["review_id", "f_review"],
        ["order_id", "f_order"],
        ["score", number("f_score"), "number"],
        ["has_text", "f_text != '' or f_title != ''", "flag"],
        ["product_ids", listSql("f_products"), "raw"],
      ]),
      title: "f_title",
      body: "f_text",
      channel: "lowerUTF8(f_channel)",
    },
  ],
  keeps: "events",
};
