import { type Ready, rule } from "./model.ts";

/**
 * Stripe: amounts in the smallest unit of a currency in small letters, times in seconds. A checkout of a subscription is
 * told again by its first invoice, so only single purchases count by the checkout. `amount_refunded` is a running sum.
 * The order is `metadata.order_id` where the brand puts it there, on checkout and payment both, else the payment.
 * Facts: docs.stripe.com/api, objects Event, Checkout Session, Charge and Invoice.
 */
export const stripe: Ready = {
  provider: "stripe",
  name: "Stripe",
  signature: { scheme: "stripe", toleranceSeconds: 300 },
  deliveryId: "$.id",
  rules: [
    rule({
      event: "Order Completed",
      when: [
        ["$.type", "equal", "checkout.session.completed"],
        ["$.data.object.mode", "equal", "payment"],
      ],
      person: {
        externalId: "$.data.object.customer",
        email: "$.data.object.customer_details.email ?? $.data.object.customer_email",
        phone: "$.data.object.customer_details.phone",
        traits: { name: "$.data.object.customer_details.name" },
      },
      time: "$.created | unix",
      amount: "$.data.object.amount_total | minor",
      currency: "$.data.object.currency",
      properties: {
        order_id: "$.data.object.metadata.order_id ?? $.data.object.payment_intent ?? $.data.object.id",
        discount: "$.data.object.total_details.amount_discount | minor",
        tax: "$.data.object.total_details.amount_tax | minor",
      },
    }),
    rule({
      event: "Order Refunded",
      when: [["$.type", "equal", "charge.refunded"]],
      person: {
        externalId: "$.data.object.customer",
        email: "$.data.object.billing_details.email ?? $.data.object.receipt_email",
      },
      time: "$.created | unix",
      amount: "$.data.object.amount_refunded | less($.data.previous_attributes.amount_refunded) | minor",
      currency: "$.data.object.currency",
      properties: {
        order_id: "$.data.object.metadata.order_id ?? $.data.object.payment_intent ?? $.data.object.id",
        refund_id: "$.id",
      },
    }),
    rule({
      event: "Order Completed",
      when: [
        ["$.type", "equal", "invoice.paid"],
        ["$.data.object.billing_reason", "contains", "subscription"],
      ],
      person: {
        externalId: "$.data.object.customer",
        email: "$.data.object.customer_email",
        phone: "$.data.object.customer_phone",
        traits: { name: "$.data.object.customer_name" },
      },
      time: "$.data.object.status_transitions.paid_at | unix ?? $.created | unix",
      amount: "$.data.object.amount_paid | minor",
      currency: "$.data.object.currency",
      properties: { order_id: "$.data.object.id", billing_reason: "$.data.object.billing_reason" },
      products: {
        list: "$.data.object.lines.data",
        fields: {
          product_id: "@.pricing.price_details.product ?? @.price.product",
          name: "@.description",
          quantity: "@.quantity",
        },
      },
    }),
  ],
};
