/** A cell of CSV as spreadsheets read it, and none of them takes for a formula. Nothing for null. @source RFC 4180 */
export function csvCell(value: unknown): string {
  const text = value === null || value === undefined ? "" : String(value as string);
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

/** Rows under a head, with CRLF at the end of each line. */
export const csvOf = (head: readonly string[], rows: readonly (readonly unknown[])[]): string =>
  [head, ...rows].map((row) => `${row.map(csvCell).join(",")}\r\n`).join("");
