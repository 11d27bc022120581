#!/usr/bin/env node
/*
 * Runs the built server. Builds it first when it is missing or older than its sources; where there is
 * no builder (an installation without development packages) it runs what is there.
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const projectDir = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const bundle = join(projectDir, "server", "dist", "main.js");
const builder = join(projectDir, "scripts", "build.js");

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Rondell needs Node 20.19 or newer; this is ${process.versions.node}.`);
  process.exit(1);
}

if (existsSync(builder)) {
  const { build } = await import(pathToFileURL(builder).href);
  // Pages are needed only to be served: other commands do not wait for them.
  await build({
    only: process.argv[2] === "start" ? undefined : ["server"],
    quiet: process.argv[2] !== "start",
    apart: true,
  });
}
const { main } = await import(pathToFileURL(bundle).href);
const code = await main(process.argv.slice(2));
// Said in full before the end, which comes now: a library's forgotten timer must not keep a stopped server.
for (const stream of [process.stdout, process.stderr]) await new Promise((done) => stream.write("", done));
process.exit(code);
