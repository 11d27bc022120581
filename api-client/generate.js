/*
 * Writes src/schema.d.ts from the routes of the server; nothing is started for it. With --check nothing is written: it
 * ends with 1 when the file is not what the routes say.
 */
import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString, COMMENT_HEADER } from "openapi-typescript";
import { openApiDocument } from "../server/src/openapi.ts";

const target = new URL("src/schema.d.ts", import.meta.url);
// By way of JSON, as a reader of the document gets it: what is undefined is not there.
const document = JSON.parse(JSON.stringify(await openApiDocument()));
const text = `${COMMENT_HEADER}${astToString(await openapiTS(document))}`;

if (!process.argv.includes("--check")) {
  await writeFile(target, text);
} else if ((await readFile(target, "utf8")) !== text) {
  console.error(
    "api-client/src/schema.d.ts is not what the routes say. Run `npm run generate` and commit it.",
  );
  process.exitCode = 1;
}
