import { rename, rm } from "node:fs/promises";
import { z } from "zod";
import { type Context, type Person, personField } from "../../garden/index.ts";
import { parquetCell, parquetColumns } from "./parquet.ts";

const quoted = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

/**
 * Takes the rows of a person out of a Parquet file, and gives how many they were. The engine writes the others anew, into a
 * file that replaces it as a whole. One that cannot be read as Parquet goes: nothing can be made of it.
 */
export async function withoutPersonInParquet(ctx: Context, path: string, person: Person): Promise<number> {
  const { askFile } = ctx.events;
  const columns = await parquetColumns(ctx, path, path).catch(() => undefined);
  if (!columns) return rm(path, { force: true }).then(() => 1);
  const distinct = person.identifiers
    .filter(({ kind, value }) => kind === "email" || (value.length >= 6 && /\D/.test(value)))
    .map(({ value }) => value.toLowerCase());
  const all = person.identifiers.map(({ value }) => value.toLowerCase());
  const holds = columns.map((column) => {
    const names = personField.test(column.name) ? all : distinct;
    return `lowerUTF8(trimBoth(${parquetCell(column)})) in (${["", ...names].map(quoted).join(", ")}) and ${parquetCell(column)} != ''`;
  });
  const isOf = `(${holds.map((one) => `(${one})`).join(" or ")})`;
  const [row] = await askFile(
    z.object({ n: z.coerce.number() }),
    path,
    "Parquet",
    (file) => `select count() as n from ${file} where ${isOf}`,
  );
  if (!row?.n) return 0;
  const target = `${path}.part`;
  try {
    await rm(target, { force: true });
    await askFile(
      z.unknown(),
      path,
      "Parquet",
      (file) =>
        `insert into function file(${quoted(target)}, 'Parquet') select * from ${file} where not ${isOf}`,
    );
    await rename(target, path);
  } finally {
    await rm(target, { force: true });
  }
  return row.n;
}
