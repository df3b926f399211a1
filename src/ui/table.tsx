import type { ComponentChildren } from "preact";
import type { Tone } from "./tag.tsx";

/** A column: its head, and what it shows of a row. `end` is for figures. */
interface Column<Row> {
  readonly key: string;
  readonly label: string;
  readonly cell: (row: Row) => ComponentChildren;
  readonly end?: boolean;
  /** Stays on one line where the screen is wide: a word or two that would be torn. */
  readonly whole?: boolean;
  /** Names the row: a header cell, and the link where the row has an address. Exactly one column should be. */
  readonly primary?: boolean;
}

/** What a table is drawn from. */
export interface TableProps<Row> {
  /** Read aloud before the table; shown where `captionShown`. */
  readonly caption: string;
  readonly captionShown?: boolean;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly id: (row: Row) => string;
  /** Where the row leads. */
  readonly href?: (row: Row) => string;
  /** What the row's edge says: late, waits for you, sealed. */
  readonly tone?: (row: Row) => Tone | undefined;
  /** A cell before the others: a tick to choose the row. */
  readonly before?: { readonly head: ComponentChildren; readonly cell: (row: Row) => ComponentChildren };
  readonly empty?: ComponentChildren;
}

/** Rows and columns. Narrow screens show each row as a block, with the heads beside the values; roles are said because that undoes them. */
export function Table<Row>({
  caption,
  captionShown = false,
  columns,
  rows,
  id,
  href,
  tone,
  before,
  empty,
}: TableProps<Row>) {
  if (rows.length === 0 && empty !== undefined) return <>{empty}</>;
  return (
    <table class="table" role="table">
      <caption class={captionShown ? undefined : "hidden"}>{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {before && (
            <th role="columnheader" class="before" scope="col">
              {before.head}
            </th>
          )}
          {columns.map(({ key, label, end }) => (
            <th role="columnheader" key={key} scope="col" class={end ? "end" : undefined}>
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr role="row" key={id(row)} data-id={id(row)} class={tone?.(row)}>
            {before && (
              <td role="cell" class="before">
                {before.cell(row)}
              </td>
            )}
            {columns.map((column) => (
              <Cell key={column.key} column={column} row={row} href={href} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Cell<Row>({
  column: { label, cell, end, whole, primary },
  row,
  href,
}: {
  readonly column: Column<Row>;
  readonly row: Row;
  readonly href: TableProps<Row>["href"];
}) {
  const shown = cell(row);
  const style =
    [end ? "end" : "", whole ? "whole" : "", primary ? "primary" : "", shown === null || shown === "" ? "void" : ""]
      .filter((each) => each !== "")
      .join(" ") || undefined;
  if (!primary)
    return (
      <td role="cell" class={style} data-label={label}>
        {shown}
      </td>
    );
  return (
    <th role="rowheader" scope="row" class={style}>
      {href ? (
        <a href={href(row)} data-row>
          {shown}
        </a>
      ) : (
        shown
      )}
    </th>
  );
}
