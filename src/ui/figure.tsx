import { createRequire } from "node:module";
import type * as Plot from "@observablehq/plot";
import type * as Linkedom from "linkedom";
import type { ComponentChildren } from "preact";
import { useTools } from "../kernel/tools.ts";

/** Colours of series, in order. They are tokens, so both themes and the reader's own colours hold. */
export const SERIES = ["var(--act)", "var(--waits)", "var(--sealed)", "var(--good)", "var(--rule)"] as const;

/** What draws is a third of all that a node would load, and few pages have a figure: it comes with the first of them. */
const load = createRequire(import.meta.url);

/** The numbers of a figure, as they are read. */
export interface FigureTable {
  readonly columns: readonly { readonly label: string; readonly end?: boolean }[];
  readonly rows: readonly (readonly ComponentChildren[])[];
}

/**
 * A figure, always with the table of its numbers. Drawn on the server; colours are `currentColor` or tokens (`SERIES`).
 * The title says what one sees, as a sentence. Text in the drawing is escaped where it is written out.
 */
export function Figure({
  title,
  note,
  draw,
  table,
  open = false,
  titled = true,
}: {
  readonly title: string;
  /** False where a heading above says the same. */
  readonly titled?: boolean;
  /** How it was counted, what is left out, the source. */
  readonly note?: ComponentChildren;
  /** Is given the marks to draw with. */
  readonly draw: (plot: typeof Plot) => Plot.PlotOptions;
  readonly table: FigureTable;
  /** Shows the table from the start. */
  readonly open?: boolean;
}) {
  const { t } = useTools();
  return (
    <figure class="figure">
      <figcaption>
        {titled && <b>{title}</b>}
        {note && <span class="small quiet">{note}</span>}
      </figcaption>
      <div class="scroll" tabindex={0} role="group" aria-label={title}>
        <div
          class="figure-drawing"
          role="img"
          aria-label={title}
          dir="ltr"
          dangerouslySetInnerHTML={{ __html: drawn(draw) }}
        />
      </div>
      <details open={open}>
        <summary class="small">{t("ui.figure.table")}</summary>
        <div class="scroll" tabindex={0} role="group" aria-label={t("ui.figure.table")}>
          <FigureRows title={title} table={table} />
        </div>
      </details>
    </figure>
  );
}

/** The numbers of a figure as a table of their own. */
export function FigureRows({
  title,
  table: { columns, rows },
}: {
  readonly title: string;
  readonly table: FigureTable;
}) {
  return (
    <table class="table figures">
      <caption class="hidden">{title}</caption>
      <thead>
        <tr>
          {columns.map(({ label, end }) => (
            <th key={label} scope="col" class={end ? "end" : undefined}>
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => (
          <tr key={index}>
            {row.map((cell, at) =>
              at === 0 ? (
                <th key={at} scope="row">
                  {cell}
                </th>
              ) : (
                <td key={at} class={columns[at]?.end ? "end" : undefined}>
                  {cell}
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The drawing as SVG text, without styles of its own: the page’s policy allows none, and figure.css says the same. Documents set it as a picture. */
export function drawn(draw: (plot: typeof Plot) => Plot.PlotOptions): string {
  const plot = load("@observablehq/plot") as typeof Plot;
  const { parseHTML } = load("linkedom") as typeof Linkedom;
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const element = plot.plot({ width: 680, height: 260, ...draw(plot), document: document as unknown as Document });
  for (const style of element.querySelectorAll("style")) style.remove();
  for (const styled of [element, ...element.querySelectorAll("[style]")]) styled.removeAttribute("style");
  // The drawing is one image with one name; the names of its parts are kept for the style sheet alone.
  for (const part of element.querySelectorAll("[aria-label]")) {
    part.setAttribute("data-part", part.getAttribute("aria-label") ?? "");
    part.removeAttribute("aria-label");
  }
  return element.outerHTML;
}
