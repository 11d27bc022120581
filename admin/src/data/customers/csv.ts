/** A cell as a spreadsheet may safely open it: what begins like a formula is text. */
export function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r;]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Hands rows to the browser as a file. The mark at the start tells spreadsheets that it is UTF-8. */
export function saveCsv(name: string, head: string[], rows: string[][]): void {
  const text = `\ufeff${[head, ...rows].map((row) => row.map(csvCell).join(",")).join("\r\n")}`;
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
