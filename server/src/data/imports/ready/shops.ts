import { Mapping } from "../model.ts";

/** Exports of shop systems: one line for each product of an order, and lists of customers. */
export const shops: Record<string, Mapping> = {
  // Orders › Export › Plain CSV. Only the first line of an order says whose it is, and holds its totals.
  "shopify-orders": Mapping.parse({
    title: "Shopify: orders",
    source: "shopify",
    files: {
      lines: {
        order: "Name",
        customer: "Email",
        happenedAt: "Created at",
        status: "Financial Status",
        currency: "Currency",
        shipping: "Shipping",
        discount: "Discount Amount",
        product: "Lineitem sku",
        name: "Lineitem name",
        quantity: "Lineitem quantity",
        price: "Lineitem price",
        city: "Billing City",
        country: "Billing Country",
      },
    },
    rules: {
      laterLines: "as_first",
      productFallback: "name",
      notPurchased: ["voided", "pending", "expired"],
      customerIds: { removeDecimals: false, kind: "email" },
      pricesNotPositive: "keep",
      dates: "iso",
      channel: "web",
    },
  }),
  // Customers › Export.
  "shopify-customers": Mapping.parse({
    title: "Shopify: customers",
    source: "shopify",
    files: {
      persons: {
        customer: "Customer ID",
        email: "Email",
        firstName: "First Name",
        lastName: "Last Name",
        phone: "Phone",
        company: "Default Address Company",
        street: "Default Address Address1",
        zip: "Default Address Zip",
        city: "Default Address City",
        country: "Default Address Country Code",
      },
    },
    rules: {
      customerIds: { removeDecimals: true, kind: "source_id" },
      // What the shop counts itself grows old: Rondell counts it from the orders.
      withoutColumns: ["Total Spent", "Total Orders", "Tax Exempt", "Note"],
    },
  }),
  // Advanced Order Export For WooCommerce, with its columns as they are set at first, a line for each item.
  "woocommerce-orders": Mapping.parse({
    title: "WooCommerce: orders",
    source: "woocommerce",
    files: {
      lines: {
        order: "Order Number",
        customer: "Email (Billing)",
        happenedAt: "Order Date",
        status: "Order Status",
        shipping: "Order Shipping Amount",
        discount: "Cart Discount Amount",
        product: "SKU",
        name: "Item Name",
        quantity: "Quantity (- Refund)",
        price: "Item Cost",
        city: "City (Billing)",
        country: "Country Code (Billing)",
      },
    },
    rules: {
      laterLines: "as_first",
      onceAnOrder: true,
      productFallback: "name",
      notPurchased: ["pending payment", "pending", "failed", "cancelled", "draft"],
      customerIds: { removeDecimals: false, kind: "email" },
      pricesNotPositive: "keep",
      channel: "web",
    },
  }),
  // Export of orders with their positions.
  "shopware-orders": Mapping.parse({
    title: "Shopware: orders",
    source: "shopware",
    files: {
      lines: {
        order: "orderNumber",
        customer: "customerNumber",
        happenedAt: "orderTime",
        status: "orderState",
        currency: "currency",
        shipping: "shippingCosts",
        product: "articleNumber",
        name: "articleName",
        quantity: "quantity",
        price: "price",
        city: "billingCity",
        country: "billingCountry",
      },
    },
    rules: {
      laterLines: "as_first",
      onceAnOrder: true,
      notPurchased: ["cancelled", "canceled", "storniert"],
      customerIds: { removeDecimals: true, kind: "source_id" },
      pricesNotPositive: "keep",
      channel: "web",
    },
  }),
  // Profile “Default customer” of Shopware 6.
  "shopware-customers": Mapping.parse({
    title: "Shopware: customers",
    source: "shopware",
    files: {
      persons: {
        customer: "customer_number",
        email: "email",
        firstName: "first_name",
        lastName: "last_name",
        zip: "billing_zipcode",
        city: "billing_city",
        street: "billing_street",
      },
    },
    rules: { customerIds: { removeDecimals: true, kind: "source_id" }, withoutColumns: ["id", "password"] },
  }),
};
