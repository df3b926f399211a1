import type { ComponentChildren } from "preact";

/** A term and what is known; `null`, `undefined`, `false` or `""` as value leaves the row out. */
export type Fact = readonly [
  term: ComponentChildren,
  value: ComponentChildren,
  change?: { readonly href: string; readonly label: string },
];

/** What is known of a thing, one term a line. A third entry of a row is a link that changes it. */
export function Facts({ rows }: { readonly rows: readonly (Fact | null | undefined | false)[] }) {
  return (
    <dl class="facts">
      {rows.map((row, index) => {
        if (!row) return null;
        const [term, value, change] = row;
        if (value === null || value === undefined || value === false || value === "") return null;
        return (
          <div key={index}>
            <dt>{term}</dt>
            <dd dir="auto">{value}</dd>
            {change && (
              <dd class="change">
                <a href={change.href}>
                  {change.label}
                  <span class="hidden"> {term}</span>
                </a>
              </dd>
            )}
          </div>
        );
      })}
    </dl>
  );
}
