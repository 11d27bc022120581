import { type DateFormat, datePatterns } from "./sniff.ts";

const plainIso = "^\\d{4}-\\d{2}-\\d{2} ([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d$";

/**
 * Functions of the branch that is not taken are not run: odd texts cost time only where they are.
 * For the settings of statements that use these expressions.
 */
export const lazily = "short_circuit_function_evaluation = 'force_enable'";

/** SQL of a text column as an instant, or null; local times are of the zone in parameter `zone`. */
export function instantSql(text: string, format: DateFormat): string {
  const column = format === "iso" ? withMarks(text) : text;
  if (format === "unix") {
    const whole = `toInt64OrNull(extract(${column}, '^\\\\d+'))`;
    return `toTimeZone(fromUnixTimestamp64Milli(ifNull(multiIf(length(extract(${column}, '^\\\\d+')) > 13, intDiv(${whole}, 1000), length(extract(${column}, '^\\\\d+')) > 10, ${whole}, ${whole} * 1000), 0)), 'UTC')`;
  }
  const groups = `extractGroups(${column}, ${literal(format === "iso" ? datePatterns.iso : datePatterns.parts)})`;
  // Places in the pattern: iso is year, mark, month, day; the others are two numbers, the mark between, year.
  const [year, month, day, hour] =
    format === "iso" ? [1, 3, 4, 5] : format === "dmy" ? [4, 3, 1, 5] : [4, 1, 3, 5];
  const full = `arrayElement(arrayMap(g -> if(length(g) = 0, null, parseDateTime64BestEffortOrNull(concat(
      if(length(g[${year}]) = 2, concat('20', g[${year}]), g[${year}]), '-', leftPad(g[${month}], 2, '0'), '-', leftPad(g[${day}], 2, '0'), ' ',
      leftPad(${hourSql(hour!)}, 2, '0'), ':', if(g[6] = '', '00', g[6]), ':', if(g[7] = '', '00', g[7]), '.', rightPad(substring(g[8], 1, 3), 3, '0'), g[10]
    ), 3, {zone:String})), [${groups}]), 1)`;
  // What most exports write is read without taking it apart: it is several times faster.
  return format === "iso"
    ? `if(match(${column}, ${literal(plainIso)}), parseDateTime64BestEffortOrNull(${column}, 3, {zone:String}), ${full})`
    : full;
}

/** 20110301 as 2011-03-01; any other text as it is. */
function withMarks(text: string): string {
  return `if(match(${text}, ${literal(datePatterns.compact)}), concat(substring(${text}, 1, 4), '-', substring(${text}, 5, 2), '-', substring(${text}, 7)), ${text})`;
}

/** The hour on a 24 hour clock; one that no clock shows becomes a text that cannot be read. */
function hourSql(at: number): string {
  return `multiIf(g[${at}] = '', '00', lower(g[9]) = 'pm' and toUInt8OrZero(g[${at}]) < 12, toString(toUInt8OrZero(g[${at}]) + 12),
    lower(g[9]) = 'am' and g[${at}] = '12', '00', toUInt8OrZero(g[${at}]) > 23 or toUInt8OrZero(g[6]) > 59 or toUInt8OrZero(g[7]) > 59, 'x', g[${at}])`;
}

/** Whether a text is a date of that format at all. */
export function isDateSql(column: string, format: DateFormat): string {
  if (format === "iso") return `match(${withMarks(column)}, ${literal(datePatterns.iso)})`;
  return `match(${column}, ${literal(format === "unix" ? datePatterns.unix : datePatterns.parts)})`;
}

/** SQL of a text column as a decimal number, or null. Currency signs and spaces do not matter. */
export function numberSql(column: string, decimalMark: "." | ",", scale: number, largest: string): string {
  const bare = `replaceRegexpAll(${column}, '[\\\\s\\\\x{00A0}\\\\x{202F}€$£¥]', '')`;
  const plain =
    decimalMark === ","
      ? `replaceAll(replaceAll(${bare}, '.', ''), ',', '.')`
      : `replaceAll(${bare}, ',', '')`;
  const thousands = decimalMark === "," ? "\\\\." : ",";
  const mark = decimalMark === "," ? "," : "\\\\.";
  const valid = `match(${bare}, '^[+-]?(\\\\d{1,3}(${thousands}\\\\d{3})+|\\\\d+)?(${mark}\\\\d*)?(?:[eE][+-]?\\\\d{1,2})?$') and match(${bare}, '\\\\d')`;
  const odd = `if(${valid} and abs(toFloat64OrZero(${plain})) <= ${largest}, toDecimal128OrNull(${plain}, ${scale}), null)`;
  return `if(match(${column}, '^-?\\\\d{1,9}(\\\\.\\\\d{1,4})?$') and ${decimalMark === "." ? "1" : `position(${column}, '.') = 0`},
    toDecimal128OrNull(${column}, ${scale}), ${odd})`;
}

/** A text constant of ours as SQL. */
export function literal(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
