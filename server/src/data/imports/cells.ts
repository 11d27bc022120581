import type { Params } from "../../platform/clickhouse/index.ts";
import { isAboutPerson, isPersonalProperty } from "../profiles/index.ts";
import { literal } from "./expressions.ts";
import { type LineRole, lineKinds } from "./kinds/index.ts";
import type { RoleFile } from "./load.ts";

/**
 * SQL of a line's fields as texts: what stands in the column, in our words where the mapping translates it, or what the
 * mapping says is the same in every line. Texts of the mapping are bound.
 */
export function cellsOf(file: Pick<RoleFile, "places" | "rules">): {
  sql: (field: string) => string;
  params: Params;
} {
  const { constants, meanings } = file.rules;
  const params: Params = {};
  for (const [at, value] of Object.values(constants).entries()) params[`constant_${at}`] = value;
  for (const [at, words] of Object.values(meanings).entries()) {
    params[`words_${at}`] = Object.keys(words).map((word) => word.trim().toLowerCase());
    params[`ours_${at}`] = Object.values(words);
  }
  const sql = (field: string) => {
    const place = file.places[field];
    const fixed = Object.keys(constants).indexOf(field);
    if (place === undefined) return fixed >= 0 ? `{constant_${fixed}:String}` : "''";
    const cell = `trimBoth(cells[${place + 1}])`;
    const at = Object.keys(meanings).indexOf(field);
    const said =
      at < 0
        ? cell
        : `transform(lowerUTF8(${cell}), {words_${at}:Array(String)}, {ours_${at}:Array(String)}, ${cell})`;
    // A column that is empty in a line says nothing against what holds for all.
    return fixed >= 0 ? `if(${cell} = '', {constant_${fixed}:String}, ${said})` : said;
  };
  return { sql, params };
}

/** Keys of which a number is a name and no quantity: it keeps its zeros in front. */
const namesInDigits =
  /(zip|plz|post(al)?_?(code)?|phone|tel|mobile|sku|ean|gtin|number|nummer)$|(^|[_.-])(id|nr|no)$/i;

/** Columns of a file that no field names, and that may be kept: as the place of each, and the key that it gets. */
export function otherColumns(
  file: Pick<RoleFile, "header" | "places" | "rules" | "role">,
): [number, string][] {
  const { others } = lineKinds[file.role as LineRole];
  if (others === "none" || file.rules.otherColumns === "leave_out") return [];
  const taken = new Set(Object.values(file.places));
  const without = new Set(file.rules.withoutColumns.map((name) => name.trim().toLowerCase()));
  return file.header.flatMap((name, at): [number, string][] => {
    if (name === "" || taken.has(at) || without.has(name.trim().toLowerCase())) return [];
    // Who somebody is stays out of the event store; a customer's traits are kept in the state store.
    if (others === "properties" && isPersonalPath(name)) return [];
    return [[at, name]];
  });
}

/** Whether columns that are named for nothing are left out. */
const isClosed = (file: RoleFile) =>
  lineKinds[file.role as LineRole].others === "none" || file.rules.otherColumns === "leave_out";

function isPersonalPath(name: string): boolean {
  let inPerson = false;
  return name.split(".").some((key) => {
    const personal = isPersonalProperty(key, "", inPerson);
    inPerson = isAboutPerson(key, inPerson);
    return personal;
  });
}

/** An e-mail address anywhere in a text. */
const emailInside = '[^\\\\s@"<>:]+@[^\\\\s@"<>]+\\\\.[a-zA-Z]{2,}';

/**
 * SQL of the other columns as members of a JSON object: numbers and a yes or no as such, JSON as it is, the rest as text. What
 * holds an e-mail address is no property.
 */
export function othersSql(file: RoleFile): string {
  const columns = otherColumns(file);
  const isOpen = file.format === "json" && !isClosed(file);
  if (!columns.length && !isOpen) return "''";
  const isProperty = lineKinds[file.role as LineRole].others === "properties";
  const members = columns.map(([at, name]) => {
    const cell = `trimBoth(cells[${at + 1}])`;
    const key = literal(`${JSON.stringify(name)}:`);
    const bare = namesInDigits.test(name)
      ? `${cell} in ('true', 'false')`
      : `(${cell} in ('true', 'false') or match(${cell}, '^-?(0|[1-9]\\\\d{0,14})(\\\\.\\\\d{1,8})?$'))`;
    const json = `(match(${cell}, '^[\\\\[{]') and isValidJSON(${cell}))`;
    const empty = isProperty ? `(${cell} = '' or match(${cell}, '${emailInside}'))` : `${cell} = ''`;
    return `if(${empty}, '', concat(${key}, if(${bare} or ${json}, ${cell}, toJSONString(${cell}))))`;
  });
  const later = isOpen ? laterKeysSql(file, isProperty) : "[]::Array(String)";
  return `arrayStringConcat(arrayFilter(x -> x != '', arrayConcat([${members.join(", ")}]::Array(String), ${later})), ',')`;
}

/** Words in the name of a key by which it is about who somebody is, for keys that are first met when a file is read. */
const personalKeys =
  "e[-_ ]?mail|phone|mobile|telefon|handy|address|adresse|street|stra(ss|ß)e|birth|geburt|(first|last|full|given|family|user|customer|vor|nach)[-_ ]?name|surname|(^|[-_ ])(ip|dob|iban|ssn)($|[-_ ])";

/** SQL of the keys of a JSON line that the head of its file does not show, as members: nothing that was sent is lost. */
function laterKeysSql(file: RoleFile, isProperty: boolean): string {
  const known = new Set([...file.header.map((name) => name.split(".")[0]!), ...file.header]);
  const names = `[${[...known].map((name) => literal(name)).join(", ")}]`;
  const without = file.rules.withoutColumns.map((name) => literal(name.trim().toLowerCase()));
  const isKept = [
    `not has(${names}, m.1)`,
    "m.2 not in ('null', '\"\"')",
    ...(without.length ? [`lowerUTF8(m.1) not in (${without.join(", ")})`] : []),
    ...(isProperty
      ? [`not match(lowerUTF8(m.1), ${literal(personalKeys)})`, `not match(m.2, '${emailInside}')`]
      : []),
  ];
  return `arrayMap(m -> concat(toJSONString(m.1), ':', m.2), arrayFilter(m -> ${isKept.join(" and ")}, if(fault = '', JSONExtractKeysAndValuesRaw(line), [])))`;
}

/** JSON as the text of a cell: of a text its content, of null nothing, of all else how it is written. */
const unquoted = (raw: string) =>
  `multiIf(startsWith(${raw}, '"'), JSONExtractString(concat('[', ${raw}, ']'), 1), ${raw} = 'null', '', ${raw})`;

/** SQL of a JSON line as cells under a header of keys; `a.b` is the key b in the object a, or the key `a.b` itself. */
export function jsonCellsSql(header: readonly string[]): string {
  const cells = header.map((name) => {
    const top = `mapped[${literal(name)}]`;
    const [first, ...rest] = name.split(".");
    if (!rest.length) return unquoted(top);
    const path = rest.map((key) => literal(key)).join(", ");
    const inner = `JSONExtractRaw(mapped[${literal(first!)}], ${path})`;
    return unquoted(`if(${top} != '', ${top}, ${inner})`);
  });
  return `arrayMap(mapped -> [${cells.join(", ")}], [CAST(JSONExtractKeysAndValuesRaw(line), 'Map(String, String)')])[1]`;
}
