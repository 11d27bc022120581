import { refuse } from "../../platform/refusal.ts";
import { placesOf } from "./load.ts";
import { fieldsOfRole, type Mapping, type Role } from "./model.ts";
import type { FileFormat, Sniffed } from "./sniff.ts";

/** Roles without which an import makes no sense once the mapping names them. */
const needed: readonly Role[] = ["lines", "orders", "items", "customers"];

export interface Fit {
  role: Role;
  /** Columns that the mapping names and the file lacks. */
  missing: string[];
  found: number;
}

/**
 * How well a header fits each kind of file of a mapping, best first. Lines of JSON leave out what is empty, so that of
 * their keys only those that are needed can be missing.
 */
export function fitsOf(
  header: readonly string[],
  mapping: Pick<Mapping, "files">,
  format: FileFormat = "csv",
): Fit[] {
  const fits = (Object.entries(mapping.files) as [Role, Record<string, string>][]).map(([role, columns]) => {
    const places = placesOf(header, columns);
    const isNeeded = (field: string) => fieldsOfRole[role].needed.includes(field);
    const missing = Object.entries(columns).filter(
      ([field]) => places[field] === undefined && (format !== "json" || isNeeded(field)),
    );
    const lacksNeeded = missing.some(([field]) => isNeeded(field));
    return {
      role,
      missing: missing.map(([, column]) => column),
      found: Object.keys(places).length,
      lacksNeeded,
    };
  });
  return fits
    .sort(
      (a, b) =>
        Number(a.lacksNeeded) - Number(b.lacksNeeded) ||
        b.found - a.found ||
        a.missing.length - b.missing.length,
    )
    .map(({ role, missing, found }) => ({ role, missing, found }));
}

/** The role of a file by its header. Refuses import.columns_missing. */
export function chooseRole(name: string, sniffed: Sniffed, mapping: Mapping): Role {
  const [best] = fitsOf(sniffed.header, mapping, sniffed.format);
  if (best && !best.missing.length) return best.role;
  const columns = best?.missing ?? [];
  refuse(
    "invalid",
    "import.columns_missing",
    `The file ${name} lacks the ${columns.length === 1 ? "column" : "columns"} ${columns.join(", ")}. It has ${sniffed.header.join(", ")}. Choose other columns in the mapping, or another file.`,
    { name, missing: columns.join(", "), header: sniffed.header.join(", ") },
  );
}

/** Refuses import.file_missing when a kind of file that the mapping needs was not given. */
export function checkRoles(roles: readonly Role[], mapping: Mapping): void {
  const absent = needed.filter((role) => mapping.files[role] && !roles.includes(role));
  if (!absent.length) return;
  refuse(
    "invalid",
    "import.file_missing",
    `No file holds the ${absent.join(" and the ")}: one with the columns ${absent.map((role) => Object.values(mapping.files[role]!).join(", ")).join("; ")} is needed.`,
    { roles: absent.join(", ") },
  );
}
