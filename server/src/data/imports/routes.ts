import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { z } from "zod";
import type { Context, Route } from "../../garden/index.ts";
import { expectLongBody } from "../../platform/http/index.ts";
import { parseId, publicId } from "../../platform/ids.ts";
import type { Jobs } from "../../platform/jobs/index.ts";
import { refuse } from "../../platform/refusal.ts";
import { type Staging, stageFile } from "./files.ts";
import { folderRoutes } from "./folders/routes.ts";
import { kindNames } from "./kinds/index.ts";
import { deleteMapping, getMapping, listMappings, type NamedMapping, saveMapping } from "./mappings.ts";
import { DraftMapping, ImportResult, ImportState, Mapping, Role, roleNames, StatedBasis } from "./model.ts";
import { previewFiles } from "./preview.ts";
import { FileFormat } from "./sniff.ts";
import { resumeImport, startImport, undoImport } from "./start.ts";
import { findImport, ImportFault, listImports, type StoredImport } from "./store.ts";

interface Deps {
  jobs: Jobs;
  staging: Staging;
}

const tag = "Imports";
const read = { right: "data:read" } as const;
const write = { right: "data:write" } as const;
const FileIds = z.array(z.uuid()).min(1).max(500);

/** Largest file that is taken, in bytes. */
const fileBytesMax = 64 * 1024 ** 3;

/** Taking a file in. Its scope hands bodies over as streams, whatever they call themselves. */
export function importFileRoutes(route: Route, deps: Deps): void {
  route({
    method: "POST",
    url: "/api/imports/files",
    access: write,
    tag,
    summary:
      "Send a file of CSV, TSV, JSON lines or Parquet, plain or packed with gzip or zstd, as the body of the request",
    description:
      "The body is the file itself. It is kept for 30 days at most, and read only when an import names it.",
    query: z.object({ name: z.string().max(500).default("file.csv") }),
    reply: z.object({ fileId: z.string(), name: z.string(), bytes: z.number(), gzip: z.boolean() }),
    refusals: ["file.empty", "file.no_space", "file.bomb", "file.zstd_broken"],
    bodyLimit: fileBytesMax,
    handler: async ({ ctx, query, request }) => {
      expectLongBody(request);
      const file = await stageFile(
        ctx,
        deps.staging,
        query.name,
        (request.body as Readable | undefined) ?? request.raw,
      );
      return { fileId: file.id, name: file.name, bytes: file.bytes, gzip: file.gzip };
    },
  });
}

const ShownMapping = z.object({
  name: z.string(),
  mapping: Mapping,
  ready: z.boolean(),
  changedAt: z.string().nullable(),
});
const shownMapping = (one: NamedMapping) => ({ ...one, changedAt: one.changedAt?.toISOString() ?? null });

const FilePreview = z.object({
  fileId: z.string(),
  name: z.string(),
  bytes: z.number(),
  gzip: z.boolean(),
  format: FileFormat,
  delimiter: z.string(),
  encoding: z.enum(["utf-8", "windows-1252"]),
  bom: z.boolean(),
  columns: z.array(
    z.object({
      name: z.string(),
      type: z.enum(["empty", "integer", "decimal", "date", "text"]),
      dates: z.enum(["iso", "dmy", "mdy", "unix", "ambiguous", "mixed"]).optional(),
    }),
  ),
  rows: z.array(z.array(z.string())),
  role: Role.nullable(),
  missing: z.array(z.string()),
  problem: ImportFault.nullable(),
});

const Fields = z.object({ needed: z.array(z.string()), optional: z.array(z.string()) });
const FieldsOfRoles = z.object(
  Object.fromEntries(roleNames.map((role) => [role, Fields])) as Record<Role, typeof Fields>,
);

const Progress = z.object({
  share: z.number().nullable(),
  step: z.string().nullable(),
  rowsRead: z.number(),
  rowsPerSecond: z.number(),
  secondsLeft: z.number().nullable(),
});

const ShownImport = z.object({
  id: z.string(),
  kind: z.enum(kindNames),
  state: ImportState,
  mapping: z.object({ name: z.string().nullable(), title: z.string(), mapping: Mapping }),
  files: z.array(z.object({ name: z.string(), bytes: z.number(), role: Role })),
  currency: z.string(),
  timezone: z.string(),
  basis: StatedBasis,
  dryRun: z.boolean(),
  /** The job that does it: `/api/jobs/{id}`. */
  job: z.string().nullable(),
  progress: Progress.nullable(),
  result: ImportResult.nullable(),
  error: ImportFault.nullable(),
  createdBy: z.string(),
  createdAt: z.string(),
  finishedAt: z.string().nullable(),
});

const Detail = z.object({
  step: z.string().nullable().catch(null),
  rowsRead: z.number().catch(0),
  rowsPerSecond: z.number().catch(0),
  secondsLeft: z.number().nullable().catch(null),
});

/** An import as people see it; while it runs, the job knows how far it is. */
async function shown(deps: Deps, one: StoredImport): Promise<z.input<typeof ShownImport>> {
  const open = one.state === "queued" || one.state === "running";
  const job = open && one.jobId ? await deps.jobs.get(one.jobId) : undefined;
  // A job that was ended before it began never touched its import.
  const state = job?.state === "cancelled" || job?.state === "failed" ? job.state : one.state;
  return {
    id: publicId("import", one.id),
    kind: one.kind,
    state,
    mapping: { name: one.mappingName, title: one.mapping.title, mapping: one.mapping },
    files: one.files.map(({ name, bytes, role }) => ({ name, bytes, role })),
    currency: one.currency,
    timezone: one.timezone,
    basis: one.basis,
    dryRun: one.dryRun,
    job: one.jobId,
    progress: job && state === one.state ? { share: job.progress, ...Detail.parse(job.detail) } : null,
    result: one.state === "done" || one.state === "undone" || one.state === "checked" ? one.result : null,
    error: one.error,
    createdBy: one.createdBy,
    createdAt: one.createdAt.toISOString(),
    finishedAt: one.state === "running" ? null : (one.finishedAt?.toISOString() ?? null),
  };
}

const ImportId = z.object({ id: z.string().max(40) });

async function importOf(ctx: Context, id: string): Promise<StoredImport> {
  const number = parseId("import", id);
  const one = number === undefined ? undefined : await findImport(ctx.pool, number);
  return one ?? refuse("missing", "import.missing", "There is no such import.");
}

/** Looking at files, keeping mappings, and importing. */
export function importsRoutes(route: Route, deps: Deps): void {
  route({
    method: "POST",
    url: "/api/imports/preview",
    access: write,
    tag,
    summary: "Look at staged files: columns, first lines, and a mapping that fits",
    body: z.object({
      files: FileIds,
      mapping: z.union([z.string().max(80), DraftMapping]).optional(),
      /** What the files are said to bring, for the guess. */
      kind: z.enum(kindNames).optional(),
    }),
    reply: z.object({
      files: z.array(FilePreview),
      // A guess may lack columns, so it is not held to the rules of a whole mapping.
      mapping: z
        .object({ name: z.string().nullable(), mapping: DraftMapping, missing: z.array(z.string()) })
        .nullable(),
      fields: FieldsOfRoles,
      sharedWith: z.array(z.string()),
      needs: z.object({ currency: z.boolean(), timezone: z.boolean() }),
      basis: StatedBasis,
      anyOf: z.array(z.array(z.string())),
    }),
    refusals: ["file.missing", "mapping.missing"],
    handler: async ({ ctx, body }) => {
      const { fields, ...preview } = await previewFiles(ctx, deps.staging, body);
      const of = (role: Role) => ({ needed: [...fields[role].needed], optional: [...fields[role].optional] });
      return {
        ...preview,
        fields: Object.fromEntries(roleNames.map((role) => [role, of(role)])) as Record<
          Role,
          ReturnType<typeof of>
        >,
      };
    },
  });
  route({
    method: "GET",
    url: "/api/imports/mappings",
    access: read,
    tag,
    summary: "Mappings by name, the ready ones first",
    reply: z.object({ items: z.array(ShownMapping) }),
    handler: async ({ ctx }) => ({ items: (await listMappings(ctx)).map(shownMapping) }),
  });
  const MappingName = z.object({ name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,60}$/) });
  route({
    method: "GET",
    url: "/api/imports/mappings/:name",
    access: read,
    tag,
    summary: "One mapping with its rules",
    params: MappingName,
    reply: ShownMapping,
    refusals: ["mapping.missing"],
    handler: async ({ ctx, params }) => shownMapping(await getMapping(ctx, params.name)),
  });
  route({
    method: "PUT",
    url: "/api/imports/mappings/:name",
    access: write,
    tag,
    summary: "Save a mapping under a name",
    params: MappingName,
    body: Mapping,
    reply: ShownMapping,
    refusals: ["mapping.ready"],
    handler: async ({ ctx, params, body }) => shownMapping(await saveMapping(ctx, params.name, body)),
  });
  route({
    method: "DELETE",
    url: "/api/imports/mappings/:name",
    access: write,
    tag,
    summary: "Forget a mapping",
    params: MappingName,
    reply: z.object({ deleted: z.boolean() }),
    refusals: ["mapping.missing", "mapping.ready"],
    handler: async ({ ctx, params }) => {
      await deleteMapping(ctx, params.name);
      return { deleted: true };
    },
  });
  folderRoutes(route, deps);
  route({
    method: "POST",
    url: "/api/imports",
    access: write,
    tag,
    summary: "Start an import of staged files",
    body: z.object({
      kind: z.enum(kindNames).optional(),
      mapping: z.union([z.string().max(80), Mapping]),
      files: FileIds,
      currency: z.string().max(10).optional(),
      timezone: z.string().max(60).optional(),
      basis: StatedBasis.optional(),
      /** Judge and count everything, and write nothing. */
      dryRun: z.boolean().default(false),
    }),
    reply: ShownImport,
    status: 202,
    refusals: [
      "file.missing",
      "file.empty",
      "file.not_csv",
      "file.utf16",
      "file.no_rows",
      "file.no_header",
      "file.header_twice",
      "file.gzip_broken",
      "mapping.missing",
      "import.wrong_kind",
      "file.json_document",
      "file.excel",
      "file.zip",
      "file.packing_unknown",
      "file.packed_twice",
      "file.pdf",
      "file.markup",
      "file.parquet_elsewhere",
      "file.parquet_broken",
      "import.columns_missing",
      "import.file_missing",
      "import.currency_missing",
      "import.currency_unknown",
      "import.timezone_missing",
      "import.timezone_unknown",
      "basis.purpose_unknown",
      "basis.measure_missing",
    ],
    handler: async ({ ctx, body }) => shown(deps, await startImport(ctx, deps, body)),
  });
  route({
    method: "GET",
    url: "/api/imports",
    access: read,
    tag,
    summary: "Imports, newest first",
    query: z.object({ max: z.coerce.number().int().min(1).max(200).default(50) }),
    reply: z.object({ items: z.array(ShownImport) }),
    handler: async ({ ctx, query }) => ({
      items: await Promise.all((await listImports(ctx.pool, query.max)).map((one) => shown(deps, one))),
    }),
  });
  route({
    method: "GET",
    url: "/api/imports/:id",
    access: read,
    tag,
    summary: "One import: how far it is, or what came of it",
    params: ImportId,
    reply: ShownImport,
    refusals: ["import.missing"],
    handler: async ({ ctx, params }) => shown(deps, await importOf(ctx, params.id)),
  });
  route({
    method: "POST",
    url: "/api/imports/:id/resume",
    access: write,
    tag,
    summary: "Start an import again that failed or was cancelled, or in earnest one that was tried",
    params: ImportId,
    reply: ShownImport,
    status: 202,
    refusals: ["import.missing", "import.not_failed", "file.missing"],
    handler: async ({ ctx, params }) =>
      shown(deps, await resumeImport(ctx, deps, (await importOf(ctx, params.id)).id)),
  });
  route({
    method: "POST",
    url: "/api/imports/:id/undo",
    access: write,
    tag,
    summary: "Take an import back",
    params: ImportId,
    reply: ShownImport,
    refusals: ["import.missing", "import.not_done", "import.busy"],
    handler: async ({ ctx, params }) =>
      shown(deps, await undoImport(ctx, (await importOf(ctx, params.id)).id)),
  });
  route({
    method: "GET",
    url: "/api/imports/:id/rejected.csv",
    access: read,
    tag,
    summary: "The rejected lines with their reasons, as a CSV",
    params: ImportId,
    refusals: ["import.missing", "import.rejected_gone"],
    handler: async ({ ctx, params, reply }) => {
      const one = await importOf(ctx, params.id);
      const path = deps.staging.rejectedPath(ctx.garden.id, one.id);
      if (!(await stat(path).catch(() => undefined))) {
        refuse(
          "missing",
          "import.rejected_gone",
          "There is no list of rejected lines for this import, or it is older than 30 days.",
        );
      }
      reply.header("content-type", "text/csv; charset=utf-8");
      reply.header(
        "content-disposition",
        `attachment; filename="rejected-${params.id.replace(/[^a-z0-9_]/g, "")}.csv"`,
      );
      return reply.send(createReadStream(path));
    },
  });
}
