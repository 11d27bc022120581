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

/** How a client that people already have is pointed at this server. */
export interface ClientSetup {
  /** The name of the client, as its makers write it; `image` for the address of one. */
  client: string;
  code: string;
}

/** The lines that each client needs changed, by the kind of source: its host, and the key. */
export function clientSetups(kind: "browser" | "server", baseUrl: string, writeKey: string): ClientSetup[] {
  const base = JSON.stringify(baseUrl);
  const key = JSON.stringify(writeKey);
  const { host, hostname, port, protocol } = new URL(baseUrl);
  const setups: Record<string, string> =
    kind === "browser"
      ? {
          "RudderStack (@rudderstack/analytics-js)": `rudderanalytics.load(${key}, ${base}, { configUrl: ${base} });`,
          "PostHog (posthog-js)": `posthog.init(${key}, { api_host: ${base} });`,
          "Matomo (matomo.js)": `_paq.push(["setTrackerUrl", ${JSON.stringify(`${baseUrl}/matomo.php`)}]);\n_paq.push(["setSiteId", ${key}]);`,
          "Snowplow (@snowplow/browser-tracker)": `newTracker("rondell", ${base}, { appId: ${key} });`,
          "Jitsu (@jitsu/js)": `// The client insists on a colon and something after it.\njitsuAnalytics({ host: ${base}, writeKey: ${JSON.stringify(`${writeKey}:page`)} });`,
          image: `<img alt="" width="1" height="1" src="${baseUrl}/v1/pixel?writeKey=${writeKey}&amp;event=Mail%20Opened&amp;userId=customer-1&amp;messageId=mail-7-customer-1">`,
        }
      : {
          "Segment (analytics-node)": `new Analytics(${key}, { host: ${base} });`,
          "Customer.io (@customerio/cdp-analytics-node)": `new Analytics({ writeKey: ${key}, host: ${base} });`,
          "RudderStack (@rudderstack/rudder-sdk-node)": `new RudderAnalytics(${key}, { dataPlaneUrl: ${base} });`,
          "PostHog (posthog-node)": `new PostHog(${key}, { host: ${base} });`,
          "Matomo (matomo-tracker)": `new MatomoTracker(${key}, ${JSON.stringify(`${baseUrl}/matomo.php`)});`,
          "Google Analytics 4 (Measurement Protocol)": `POST ${baseUrl}/mp/collect?measurement_id=G-XXXXXXXX&api_secret=${writeKey}\n\n{ "client_id": "browser-1", "user_id": "customer-1", "events": [{ "name": "purchase", "params": { "transaction_id": "1001", "value": 49.9, "currency": "EUR" } }] }`,
          "Snowplow (@snowplow/node-tracker)": `newTracker(\n  { namespace: "server", appId: ${key} },\n  { endpoint: ${JSON.stringify(port ? hostname : host)}, protocol: ${JSON.stringify(protocol.replace(":", ""))}${port ? `, port: ${port}` : ""} },\n);`,
          "Dittofeed (@dittofeed/sdk-node)": `await DittofeedSdk.init({ host: ${base}, writeKey: ${key} });`,
          "Jitsu (@jitsu/js)": `// The client insists on a colon and something after it.\njitsuAnalytics({ host: ${base}, writeKey: ${JSON.stringify(`${writeKey}:server`)}, s2s: true });`,
        };
  return Object.entries(setups).map(([client, code]) => ({ client, code }));
}
