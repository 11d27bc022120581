/*
 * Builds what `npm start` runs: the server's bundle, the two page apps and the script for websites. What is newer than all of its
 * sources is left as it is, so a start that has nothing to build costs some milliseconds.
 *
 * Workspace packages are bundled, because their exports point to TypeScript; npm packages stay outside.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const projectDir = join(dirname(fileURLToPath(import.meta.url)), "..");
const here = (...parts) => join(projectDir, ...parts);

const parts = {
  server: {
    sources: ["server/src", "server/package.json", "models/src", "models/package.json", "scripts/build.js"],
    output: "server/dist/main.js",
    build: buildServer,
  },
  admin: {
    sources: [
      "admin/src",
      "admin/public",
      "admin/index.html",
      "admin/vite.config.ts",
      "admin/package.json",
      "api-client/src",
    ],
    output: "admin/dist/index.html",
    needs: "admin/vite.config.ts",
    build: () => buildPages("admin"),
  },
  portal: {
    sources: [
      "portal/src",
      "portal/public",
      "portal/index.html",
      "portal/vite.config.ts",
      "portal/package.json",
      "admin/src/design/css",
      "api-client/src",
    ],
    output: "portal/dist/index.html",
    needs: "portal/vite.config.ts",
    build: () => buildPages("portal"),
  },
  browser: {
    sources: ["browser/src", "browser/package.json", "scripts/build.js"],
    output: "browser/dist/rondell.js",
    build: buildScript,
  },
};

/**
 * Builds what is missing or out of date; `only` names parts, `force` builds them in any case. With `apart` each is built
 * by a process of its own: the builders' memory (some 600 MB) does not stay with a server that goes on.
 */
export async function build({ only = Object.keys(parts), force = false, quiet = false, apart = false } = {}) {
  for (const name of only) {
    const part = parts[name];
    if (!part) throw new Error(`There is nothing called ${name} to build.`);
    if (part.needs && !existsSync(here(part.needs))) continue;
    if (!part.sources.some((source) => /src$/.test(source) && existsSync(here(source)))) continue;
    const isCurrent = async () => {
      if (force || !existsSync(here(part.output))) return false;
      const stamp = await readFile(stampOf(part), "utf8").catch(() => "");
      return stamp === (await stateOf(part.sources));
    };
    if (await isCurrent()) continue;
    if (apart) {
      await buildApart(name, { force, quiet });
      continue;
    }
    await alone(name, async () => {
      // Another process may have built it while this one waited.
      if (await isCurrent()) return;
      const begun = performance.now();
      const state = await stateOf(part.sources);
      await rm(stampOf(part), { force: true });
      await part.build();
      await writeFile(stampOf(part), state);
      if (!quiet) console.log(`Built ${name} in ${((performance.now() - begun) / 1000).toFixed(1)} s.`);
    });
  }
}

async function buildApart(name, { force, quiet }) {
  const args = [fileURLToPath(import.meta.url), name];
  if (force) args.push("--force");
  if (quiet) args.push("--quiet");
  const child = spawn(process.execPath, args, { stdio: ["ignore", "inherit", "inherit"] });
  const [code, signal] = await once(child, "exit");
  if (code !== 0)
    throw new Error(`Building ${name} ended with ${code ?? signal}; what it said stands above.`);
}

const stampOf = (part) => `${here(part.output)}.built`;

/** How long a build may take before its lock is taken for one that a killed process left behind, in ms. */
const lockMs = 3 * 60_000;

/** Lets one process at a time build a part: two would write into each other's files. */
async function alone(name, work) {
  const lock = here("node_modules", `.rondell-building-${name}`);
  for (;;) {
    try {
      await mkdir(lock);
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
      const found = await stat(lock).catch(() => undefined);
      if (found && Date.now() - found.mtimeMs > lockMs) await rm(lock, { recursive: true, force: true });
      else await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  try {
    await work();
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

/** Name, size and time of change of every source: it differs when any of them does. */
async function stateOf(sources) {
  const lines = [process.versions.node];
  const look = async (path) => {
    const found = await stat(path).catch(() => undefined);
    if (!found) return;
    if (found.isDirectory()) {
      for (const entry of (await readdir(path)).sort()) {
        if (entry !== "node_modules" && entry !== "dist") await look(join(path, entry));
      }
    } else if (!/\.test\.tsx?$/.test(path)) {
      lines.push(`${relative(projectDir, path)} ${found.size} ${found.mtimeMs}`);
    }
  };
  for (const source of sources) await look(here(source));
  return lines.join("\n");
}

async function buildServer() {
  const outputFiles = await bundle([here("server/src/main.ts")], here("server/dist"));
  await mkdir(here("server/dist"), { recursive: true });
  // A server that runs meanwhile still loads parts of the bundle before: files are replaced whole, the
  // entry last, and what is no longer made stays for a day.
  const isMain = ({ path }) => basename(path) === "main.js";
  for (const file of outputFiles.sort((a, b) => Number(isMain(a)) - Number(isMain(b)))) {
    await writeFile(`${file.path}.new`, file.contents);
    await rename(`${file.path}.new`, file.path);
  }
  const made = new Set(outputFiles.map((file) => file.path));
  for (const path of await filesBelow(here("server/dist"))) {
    const { mtimeMs } = await stat(path);
    if (!made.has(path) && Date.now() - mtimeMs > 86_400_000) await rm(path, { force: true });
  }
}

/** The files of a bundle for Node with the server's threads, to lie side by side in `outdir`; not yet written. */
export async function bundle(entryPoints, outdir) {
  const esbuild = await import("esbuild");
  // Threads need a file of their own to start from.
  const threads = (await filesBelow(here("server/src"))).filter((path) =>
    basename(path).endsWith(".worker.ts"),
  );
  const manifests = await Promise.all(
    ["package.json", "server/package.json", "models/package.json"].map(async (path) =>
      JSON.parse(await readFile(here(path), "utf8")),
    ),
  );
  const names = new Set(
    manifests.flatMap((manifest) => [
      ...Object.keys(manifest.dependencies ?? {}),
      ...Object.keys(manifest.optionalDependencies ?? {}),
      ...Object.keys(manifest.devDependencies ?? {}),
    ]),
  );
  const external = [...names]
    .filter((name) => !name.startsWith("@rondell/"))
    .flatMap((name) => [name, `${name}/*`]);
  const { outputFiles } = await esbuild.build({
    absWorkingDir: projectDir,
    entryPoints: [...entryPoints, ...threads],
    outdir,
    write: false,
    // All entries lie side by side, so `new URL("./x.worker.js", import.meta.url)` finds a thread's file.
    entryNames: "[name]",
    chunkNames: "[name]-[hash]",
    bundle: true,
    // A command that only asks a running server does not load the server.
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external,
    sourcemap: true,
    logLevel: "warning",
    // CommonJS packages that are bundled with a workspace package ask for `require`.
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
  });
  return outputFiles;
}

async function filesBelow(dir) {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function buildPages(name) {
  const vite = await import("vite");
  await vite.build({ configFile: here(name, "vite.config.ts"), root: here(name), logLevel: "warn" });
}

/** The script for websites, and the parts that it loads on demand; it knows them by a hash of what they hold. */
async function buildScript() {
  const esbuild = await import("esbuild");
  const { version } = JSON.parse(await readFile(here("browser/package.json"), "utf8"));
  const make = async (entryPoints, format, define) => {
    const { outputFiles } = await esbuild.build({
      absWorkingDir: projectDir,
      entryPoints,
      outdir: here("browser/dist"),
      write: false,
      bundle: true,
      minify: true,
      format,
      define,
      platform: "browser",
      target: "es2020",
      // Nothing but ASCII: a page may say any character set.
      charset: "ascii",
      logLevel: "warning",
    });
    return outputFiles;
  };
  const parts = await make(
    {
      consent: "browser/src/parts/consent.ts",
      offers: "browser/src/parts/offers.ts",
      survey: "browser/src/parts/survey.ts",
    },
    "esm",
    {},
  );
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part.contents);
  const core = await make({ rondell: "browser/src/main.ts" }, "iife", {
    VERSION: JSON.stringify(version),
    PARTS: JSON.stringify(hash.digest("hex").slice(0, 8)),
  });
  await mkdir(here("browser/dist"), { recursive: true });
  // The script comes last: what it asks for is there.
  for (const { path, contents } of [...parts, ...core]) {
    await writeFile(`${path}.new`, contents);
    await rename(`${path}.new`, path);
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const args = process.argv.slice(2);
  const only = args.filter((arg) => !arg.startsWith("-"));
  await build({
    ...(only.length ? { only } : {}),
    force: args.includes("--force"),
    quiet: args.includes("--quiet"),
  });
}
