import { type Ready, rule } from "./model.ts";

const topic = 'header("x-shopify-topic")';

/**
 * Shopify: amounts are texts in units of the shop's currency. The order is known by its `id`, which refunds name too.
 * A refund names nobody: it goes to whom the order belongs.
 * Facts: shopify.dev, reference of the webhook topics and of the resources Order, Refund and Customer.
 */
export const shopify: Ready = {
  provider: "shopify",
  name: "Shopify",
  signature: { scheme: "shopify" },
  deliveryId: 'header("x-shopify-webhook-id")',
  rules: [
    rule({
      event: "Order Completed",
      when: [[topic, "equal", "orders/create"]],
      person: {
        externalId: "$.customer.id",
        email: "$.customer.email ?? $.email ?? $.contact_email",
        phone: "$.customer.phone ?? $.phone ?? $.billing_address.phone",
        traits: { firstName: "$.customer.first_name", lastName: "$.customer.last_name" },
      },
      time: "$.processed_at ?? $.created_at",
      amount: "$.total_price | number",
      currency: "$.currency",
      properties: {
        order_id: "$.id",
        order_number: "$.order_number",
        tax: "$.total_tax | number",
        discount: "$.total_discounts | number",
        coupon: "$.discount_codes[*].code | join",
        sold_through: "$.source_name",
      },
      products: {
        list: "$.line_items",
        fields: {
          product_id: "@.product_id | text",
          variant_id: "@.variant_id | text",
          sku: "@.sku",
          name: "@.title",
          price: "@.price | number",
          quantity: "@.quantity",
        },
      },
    }),
    rule({
      event: "Order Refunded",
      when: [[topic, "equal", "refunds/create"]],
      person: {},
      time: "$.processed_at ?? $.created_at",
      amount: "$.transactions[*].amount | sum",
      currency: "$.transactions[0].currency",
      properties: { order_id: "$.order_id", refund_id: "$.id" },
      products: {
        list: "$.refund_line_items",
        fields: {
          product_id: "@.line_item.product_id | text",
          sku: "@.line_item.sku",
          name: "@.line_item.title",
          price: "@.line_item.price | number",
          quantity: "@.quantity",
        },
      },
    }),
    rule({
      makes: "person",
      when: [[topic, "one_of", "customers/create, customers/update"]],
      person: {
        externalId: "$.id",
        email: "$.email",
        phone: "$.phone ?? $.default_address.phone",
        traits: {
          firstName: "$.first_name",
          lastName: "$.last_name",
          city: "$.default_address.city",
          country: "$.default_address.country_code",
        },
      },
      time: "$.updated_at",
    }),
  ],
};
