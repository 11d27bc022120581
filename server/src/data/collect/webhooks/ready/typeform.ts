import { type Ready, rule } from "./model.ts";

/**
 * Typeform: answers are a list whose elements hold their value under their type. A hidden field `user_id` names somebody,
 * else the first answer that is an e-mail does. Free texts stay out: they are personal.
 * Facts: typeform.com/developers, webhooks, example payload.
 */
export const typeform: Ready = {
  provider: "typeform",
  name: "Typeform",
  signature: { scheme: "typeform" },
  deliveryId: "$.event_id",
  rules: [
    rule({
      event: "Form Answered",
      when: [["$.event_type", "equal", "form_response"]],
      person: {
        userId: "$.form_response.hidden.user_id ?? $.form_response.hidden.customer_id",
        email: "$.form_response.answers[*].email | first ?? $.form_response.hidden.email",
        phone: "$.form_response.answers[*].phone_number | first",
      },
      time: "$.form_response.submitted_at",
      properties: {
        form_id: "$.form_response.form_id",
        form: "$.form_response.definition.title",
        score: "$.form_response.answers[*].number | first",
        choices: "$.form_response.answers[*].choice.label",
        channel: '"survey"',
      },
    }),
  ],
};
