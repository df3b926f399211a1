import { Download } from "./view.ts";

/** A cell as spreadsheets read it, and no text for a formula; a list with semicolons between; nothing for null. @source RFC 4180 §2 */
function cellOf(value: unknown): string {
  const text =
    value === null || value === undefined ? "" : Array.isArray(value) ? value.join("; ") : String(value as string);
  const plain = typeof value !== "number" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

/** Rows under the names of their columns, with CRLF at the end of each line. @source RFC 4180 §2 */
export const csvOf = (columns: readonly string[], rows: readonly object[]): string =>
  [columns, ...rows.map((row) => columns.map((name) => (row as Record<string, unknown>)[name]))]
    .map((cells) => `${cells.map(cellOf).join(",")}\r\n`)
    .join("");

/** The same as a file to take along. */
export const csvFile = (filename: string, columns: readonly string[], rows: readonly object[]): Download =>
  new Download(Buffer.from(csvOf(columns, rows)), { type: "text/csv; charset=utf-8", filename });

/** What a list shows, as a file to take along: its rows as CSV, or as JSON with what they were asked for. */
export const listFile = (
  name: string,
  format: "csv" | "json",
  { columns, rows, json }: { columns: readonly string[]; rows: readonly object[]; json: object },
): Download =>
  format === "csv"
    ? csvFile(`${name}.csv`, columns, rows)
    : new Download(Buffer.from(JSON.stringify(json, null, 1)), { type: "application/json", filename: `${name}.json` });
