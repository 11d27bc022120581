/** A piece of a ClickHouse statement; comments and blanks are none. */
export interface Token {
  /** name: bare or in quotes. text: a literal in single quotes. number: begins with a digit. sign: one character. */
  kind: "name" | "text" | "number" | "sign";
  /** As it is meant: a name and a text without their quotes. */
  value: string;
  /** A name or text in quotes that hides a character behind another: what it means is not read here. */
  hidden: boolean;
}

const blank = /[ \t\n\r\f\v]+/y;
/** Until the end of the line; `#` only where a blank or `!` follows, as ClickHouse has it. */
const lineComment = /(?:--|#[ !])[^\n]*/y;
const blockComment = /\/\*[\s\S]*?\*\//y;
const quoted = {
  "'": /'((?:[^'\\]|\\[\s\S]|'')*)'/y,
  '"': /"((?:[^"\\]|\\[\s\S]|"")*)"/y,
  "`": /`((?:[^`\\]|\\[\s\S]|``)*)`/y,
};
const bare = /[A-Za-z_][A-Za-z0-9_]*/y;
const number = /[0-9][A-Za-z0-9_]*/y;

/**
 * The tokens of a statement as ClickHouse reads it. What could be read in two ways is given back as a fault and read in
 * none: a quote or a comment without an end, two slashes, `$` outside of quotes (it begins a heredoc), and letters beyond ASCII
 * outside of quotes (some of them are quotes, too).
 */
export function tokensOf(sql: string): { tokens: Token[]; fault?: string } {
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(sql);
    if (found) at += found[0].length;
    return found;
  };
  while (at < sql.length) {
    if (take(blank) || take(lineComment) || take(blockComment)) continue;
    const char = sql[at]!;
    if (char === "'" || char === '"' || char === "`") {
      const found = take(quoted[char]);
      if (!found) return { tokens, fault: `a ${char} without its end` };
      const value = found[1]!;
      tokens.push({
        kind: char === "'" ? "text" : "name",
        value,
        hidden: value.includes("\\") || value.includes(char),
      });
      continue;
    }
    if (sql.startsWith("/*", at)) return { tokens, fault: "a comment without its end" };
    if (sql.startsWith("//", at)) return { tokens, fault: "two slashes outside of quotes" };
    const name = take(bare);
    if (name) {
      tokens.push({ kind: "name", value: name[0], hidden: false });
      continue;
    }
    const digits = take(number);
    if (digits) {
      tokens.push({ kind: "number", value: digits[0], hidden: false });
      continue;
    }
    if (char === "$") return { tokens, fault: "a $ outside of quotes" };
    if (char < " " || char > "~") return { tokens, fault: "a character outside of quotes that is not plain" };
    tokens.push({ kind: "sign", value: char, hidden: false });
    at++;
  }
  return { tokens };
}
