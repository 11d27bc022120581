import { createReadStream } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { refuse } from "../platform/refusal.ts";
import { BackupManifest, type Backups } from "./backup.ts";
import { type Context, record } from "./context.ts";
import type { Route } from "./route.ts";

const BackupId = z.object({ id: z.uuid() });

/** Taking a backup out of the server: it is staged, fetched file by file, and then dropped. */
export function backupRoutes(route: Route, deps: { backups: Backups }): void {
  const { backups } = deps;
  const access = { right: "garden:write" } as const;
  // A backup holds the operators' password hashes and every garden's keys: a token of one garden is not enough.
  const refuseToken = (ctx: Context) => {
    if (ctx.actor.kind === "token") {
      refuse(
        "forbidden",
        "backup.token",
        "A backup is taken by an owner or on the command line, not by a token.",
      );
    }
  };

  route({
    method: "POST",
    url: "/api/backups",
    access,
    tag: "Backup",
    summary: "Stage a backup of whole gardens, both engines, while events are accepted",
    body: z.object({ gardens: z.array(z.string().max(64)).min(1).optional() }),
    reply: z.object({ id: z.string(), manifest: BackupManifest }),
    refusals: ["garden.missing", "job.running", "backup.token"],
    status: 201,
    handler: async ({ ctx, body }) => {
      refuseToken(ctx);
      const { id, manifest } = await backups.take(body.gardens);
      await ctx.inTransaction((tx) =>
        record(tx, ctx, "backup.taken", id, null, { gardens: manifest.gardens.map((garden) => garden.id) }),
      );
      return { id, manifest };
    },
  });
  route({
    method: "GET",
    url: "/api/backups/:id/files/:at",
    access,
    tag: "Backup",
    summary: "One file of a staged backup, by its place in the manifest",
    params: BackupId.extend({ at: z.coerce.number().int().min(0) }),
    refusals: ["backup.missing", "backup.token"],
    handler: async ({ ctx, params, reply }) => {
      refuseToken(ctx);
      const { dir, manifest } = backups.get(params.id);
      // The path comes from our own list, never from the request.
      const file = manifest.files[params.at];
      if (!file) refuse("missing", "backup.missing", "The backup has no such file.");
      reply.header("content-length", file.bytes);
      return reply.type("application/octet-stream").send(createReadStream(join(dir, file.name)));
    },
  });
  route({
    method: "DELETE",
    url: "/api/backups/:id",
    access,
    tag: "Backup",
    summary: "Drop a staged backup",
    params: BackupId,
    reply: z.object({ done: z.literal(true) }),
    handler: async ({ ctx, params }) => {
      refuseToken(ctx);
      await backups.drop(params.id);
      return { done: true as const };
    },
  });
}
