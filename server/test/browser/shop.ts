import { createServer } from "node:http";
import { build } from "esbuild";
import { freePort } from "./rondell.ts";

export interface Shop {
  url: string;
  close(): Promise<void>;
}

/**
 * A brand's website on an address of its own, built with the snippet exactly as the connect page shows
 * it: Segment's unmodified browser client. On `/` the consent tool has no answer yet, so the answers in
 * the snippet stay as they are; on `/agreed` the visitor has allowed every category.
 */
export async function openShop(snippet: string): Promise<Shop> {
  const agreed = snippet.replace(
    /(categoryPreferences = \{)([^}]*)\}/,
    (_, begin: string, answers: string) => `${begin}${answers.replaceAll("false", "true")}}`,
  );
  if (agreed === snippet) throw new Error("The snippet names no category that could be allowed.");
  const scripts: Record<string, string> = {
    "/silent.js": await bundled(snippet),
    "/agreed.js": await bundled(agreed),
  };
  const page = (script: string) =>
    `<!doctype html><html lang="en"><title>Tea</title><link rel="icon" href="data:,"><h1>Tea</h1>
     <script src="${script}"></script></html>`;
  return serve({ ...scripts, "/": page("/silent.js"), "/agreed": page("/agreed.js") });
}

/** A website with these files, each under its path, on an address of its own. */
export async function serve(files: Record<string, string>): Promise<Shop> {
  const server = createServer((request, reply) => {
    const path = new URL(request.url ?? "/", "http://shop").pathname;
    const file = files[path];
    reply.statusCode = file === undefined ? 404 : 200;
    reply.setHeader(
      "content-type",
      `${path.endsWith(".js") ? "text/javascript" : "text/html"}; charset=utf-8`,
    );
    reply.end(file ?? "");
  });
  const port = await freePort();
  await new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

/** What the brand's own builder makes of the snippet. */
async function bundled(code: string): Promise<string> {
  const bundle = await build({
    stdin: { contents: code, resolveDir: import.meta.dirname },
    bundle: true,
    write: false,
    format: "iife",
    platform: "browser",
    logLevel: "silent",
  });
  return bundle.outputFiles[0]!.text;
}
