/** A row of counts that leaves the house; what is withheld is `null`. */
export type Withheld<Row> = { readonly [Name in keyof Row]: Row[Name] extends number ? number | null : Row[Name] };

/**
 * Withholds small counts, and what would tell them. Counts from 1 to `threshold - 1` are withheld. Where counts add up to another (`parts`
 * to `whole`), a single one withheld could be told from the rest: then the smallest of the others is withheld too, and where there is none
 * other, the whole. A row that is smaller than the threshold as a whole is withheld altogether.
 */
export function withheld<Row extends object>(
  row: Row,
  {
    threshold,
    sums,
  }: {
    readonly threshold: number;
    readonly sums: readonly { readonly whole: keyof Row; readonly parts: readonly (keyof Row)[] }[];
  },
): Withheld<Row> {
  const count = (name: keyof Row): number => Number(row[name]);
  const isSmall = (n: number): boolean => n > 0 && n < threshold;
  const names = (Object.keys(row) as (keyof Row)[]).filter((name) => typeof row[name] === "number");
  const hidden = new Set<keyof Row>(names.filter((name) => isSmall(count(name))));
  const whole = sums[0]?.whole;
  if (whole !== undefined && isSmall(count(whole))) for (const name of names) hidden.add(name);
  // One sum's cover may open another's: until nothing changes.
  for (let before = -1; before !== hidden.size;) {
    before = hidden.size;
    for (const { whole: total, parts } of sums) {
      const members = [total, ...parts];
      if (members.filter((name) => hidden.has(name)).length !== 1) continue;
      const cover = members
        .filter((name) => !hidden.has(name) && name !== total && count(name) > 0)
        .toSorted((a, b) => count(a) - count(b))[0];
      hidden.add(cover ?? (hidden.has(total) ? (parts[0] ?? total) : total));
    }
  }
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, hidden.has(name as keyof Row) ? null : value]),
  ) as Withheld<Row>;
}
