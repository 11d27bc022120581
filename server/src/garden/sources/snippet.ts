/**
 * What the brand puts into its pages: the script that this server itself gives out. What a page says before the script is
 * there waits in a list; nothing is stored or sent before the visitor allows it.
 */
export function browserSnippet(baseUrl: string, writeKey: string): string {
  return `<script>
  window.rondell = window.rondell || [];
  for (const name of ["load", "ready", "page", "track", "identify",
    "group", "alias", "reset", "consent", "fill"])
    rondell[name] = rondell[name] ||
      ((...words) => void rondell.push([name, ...words]));
</script>
<script async src=${JSON.stringify(`${baseUrl}/rondell.js`)}
  data-write-key=${JSON.stringify(writeKey)} data-consent="ask"></script>
`;
}

/**
 * The same for a brand that has Segment's own client already: pointed at this server, which tells it all else. Each event carries the answers of the brand's consent tool; a source that asks keeps nothing
 * before one of them is true.
 */
export function segmentSnippet(baseUrl: string, writeKey: string, categories: readonly string[]): string {
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

/** What the brand puts into its server. */
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
