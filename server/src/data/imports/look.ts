import type { Context } from "../../garden/index.ts";
import { headOf, type StagedFile, type Staging } from "./files.ts";
import { isParquet } from "./other-formats.ts";
import { sniffParquet } from "./parquet.ts";
import { headBytes, type Sniffed, sniff } from "./sniff.ts";

/** How a staged file is written, by its content and never by its name. Refuses file.*. */
export async function lookAt(ctx: Context, staging: Staging, file: StagedFile): Promise<Sniffed> {
  const head = await headOf(staging, ctx.garden.id, file, headBytes);
  if (isParquet(head) && !file.gzip)
    return sniffParquet(ctx, staging.path(ctx.garden.id, file.id), file.name);
  return sniff(head, file.name);
}
