/**
 * What the brand puts into its pages: Segment's own client, pointed at this server, which tells it all
 * else. Each event carries the answers of the brand's consent tool; a source that asks keeps nothing
 * before one of them is true.
 */
export function browserSnippet(baseUrl: string, writeKey: string, categories: readonly string[]): string {
  const preferences = categories.map((category) => `${JSON.stringify(category)}: false`).join(", ");
  return `import { AnalyticsBrowser } from "@segment/analytics-next";

// The answers of your consent tool. Nothing is kept before one of them is true.
const categoryPreferences = { ${preferences} };

const analytics = AnalyticsBrowser.load({
  writeKey: ${JSON.stringify(writeKey)},
  cdnURL: ${JSON.stringify(baseUrl)},
});
analytics.addSourceMiddleware(({ payload, next }) => {
  payload.obj.context = { ...payload.obj.context, consent: { categoryPreferences } };
  next(payload);
});
analytics.page();
`;
}

/** The same for the brand's server. */
export function serverSnippet(baseUrl: string, writeKey: string): string {
  return `import { Analytics } from "@segment/analytics-node";

const analytics = new Analytics({ writeKey: ${JSON.stringify(writeKey)}, host: ${JSON.stringify(baseUrl)} });

analytics.track({
  userId: "customer-1",
  event: "Order Completed",
  properties: { order_id: "1001", revenue: 49.9, currency: "EUR" },
});
await analytics.closeAndFlush();
`;
}
