import { Mapping } from "../model.ts";

/** Two public data sets of real shops. */
export const publicData: Record<string, Mapping> = {
  "uci-online-retail": Mapping.parse({
    title: "Online Retail (UCI)",
    source: "uci-online-retail",
    files: {
      lines: {
        order: "InvoiceNo",
        product: "StockCode",
        name: "Description",
        quantity: "Quantity",
        happenedAt: "InvoiceDate",
        price: "UnitPrice",
        customer: "CustomerID",
        country: "Country",
      },
    },
    rules: {
      cancellation: { prefix: "C", negativeQuantity: "refund" },
      nonProducts: {
        codes: [
          "POST",
          "DOT",
          "M",
          "D",
          "S",
          "B",
          "C2",
          "BANK CHARGES",
          "AMAZONFEE",
          "CRUK",
          "PADS",
          "ADJUST*",
          "TEST*",
          "gift_*",
        ],
        treatment: "count_amount",
      },
      pricesNotPositive: "leave_out",
      customerIds: { removeDecimals: true, kind: "user_id" },
      withoutCustomer: "count_revenue",
      duplicates: "keep",
      refunds: "own_event",
      channel: "web",
    },
  }),
  olist: Mapping.parse({
    title: "Olist",
    source: "olist",
    files: {
      customers: { key: "customer_id", person: "customer_unique_id", city: "customer_city" },
      orders: {
        order: "order_id",
        customer: "customer_id",
        status: "order_status",
        happenedAt: "order_purchase_timestamp",
      },
      items: { order: "order_id", product: "product_id", price: "price", shipping: "freight_value" },
      payments: { order: "order_id", type: "payment_type" },
      products: { product: "product_id", category: "product_category_name" },
      categories: { category: "product_category_name", label: "product_category_name_english" },
      reviews: {
        review: "review_id",
        order: "order_id",
        score: "review_score",
        title: "review_comment_title",
        text: "review_comment_message",
        happenedAt: "review_answer_timestamp",
      },
    },
    rules: {
      notPurchased: ["canceled", "unavailable"],
      customerIds: { removeDecimals: false, kind: "user_id" },
      channel: "web",
    },
  }),
};
