import { createServer } from "node:http";
import { build } from "esbuild";
import { freePort } from "./rondell.ts";

/**
 * A brand's website on an address of its own, with the unmodified Segment browser client pointed at
 * Rondell. Its two buttons send a page view without a word on consent, and one with preferences.
 */
export async function openShop(
  rondellUrl: string,
  writeKey: string,
): Promise<{ url: string; close(): Promise<void> }> {
  const { host } = new URL(rondellUrl);
  const bundle = await build({
    stdin: {
      contents: `
        import { AnalyticsBrowser } from "@segment/analytics-next";
        const analytics = AnalyticsBrowser.load(
          { writeKey: ${JSON.stringify(writeKey)}, cdnURL: ${JSON.stringify(rondellUrl)} },
          { integrations: { "Segment.io": { apiHost: ${JSON.stringify(`${host}/v1`)}, protocol: "http" } } },
        );
        const consent = { consent: { categoryPreferences: { Analytics: true, Functional: true } } };
        const done = (what) => { document.title = what; };
        document.getElementById("silent").onclick = () => analytics.page("Tea", {}, {}).then(() => done("silent"));
        document.getElementById("agreed").onclick = () => analytics.page("Tea", {}, { context: consent }).then(() => done("agreed"));
        document.getElementById("known").onclick = () =>
          analytics.identify(window.customerNumber, {}, { context: consent }).then(() => done("known"));
        window.analytics = analytics;
      `,
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    write: false,
    format: "iife",
    platform: "browser",
    logLevel: "silent",
  });
  const script = bundle.outputFiles[0]!.text;
  const page = `<!doctype html><html lang="en"><title>shop</title><body>
    <button id="silent">Look around</button><button id="agreed">Agree</button><button id="known">Sign in</button>
    <script src="/shop.js"></script></body></html>`;
  const server = createServer((request, reply) => {
    const isScript = request.url === "/shop.js";
    reply.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    reply.end(isScript ? script : page);
  });
  const port = await freePort();
  await new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}
