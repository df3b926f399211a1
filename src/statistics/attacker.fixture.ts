import { createRequire } from "node:module";
import type * as HighsModule from "highs";

// Its types are those of its CommonJS form.
const loadHighs = createRequire(import.meta.url)("highs") as typeof HighsModule.default.default;

/** A published number as an attacker has it: table, keys, and the value or nothing. */
export interface Seen {
  readonly indicator: string;
  readonly keys: readonly string[];
  /** `null` where it is withheld. */
  readonly value: number | null;
}

/** What must hold between published numbers, whatever the withheld ones are: both sides have the same sum. */
interface Sum {
  readonly whole: string;
  readonly parts: readonly string[];
}

const nameOf = ({ indicator, keys }: Pick<Seen, "indicator" | "keys">): string => [indicator, ...keys].join("|");

/** Every sum that the tables of one month share. Written from what the tables mean, not from how they were protected. */
function sumsOf(cells: readonly Seen[]): Sum[] {
  const of = (indicator: string, at?: number, key?: string) =>
    cells.filter((cell) => cell.indicator === indicator && (at === undefined || cell.keys[at] === key)).map(nameOf);
  const inner = (table: string, at: number, margin: string): Sum[] =>
    cells
      .filter(({ indicator }) => indicator === margin)
      .map((cell) => ({ whole: nameOf(cell), parts: of(table, at, cell.keys[0]) }));
  return [
    ...["category", "district", "age", "whom"].map((margin) => ({ whole: "month", parts: of(margin) })),
    ...inner("category-district", 0, "category"),
    ...inner("category-district", 1, "district"),
    ...inner("category-age", 0, "category"),
    ...inner("category-age", 1, "age"),
  ];
}

let highs: HighsModule.Highs | undefined;

/**
 * Somebody who has everything that was published, knows how tables add up, and owns a solver: for each withheld number the least
 * and the most that it can be. Infinity where nothing bounds it.
 *
 * Real numbers suffice: what is possible in whole numbers lies within, and the limits of such tables are whole (totally unimodular).
 */
export async function attack(cells: readonly Seen[]): Promise<{ cell: Seen; least: number; most: number }[]> {
  const solver = (highs ??= await loadHighs());
  const known = new Map(cells.map((cell) => [nameOf(cell), cell.value]));
  const unknown = cells.filter(({ value }) => value === null);
  const columns = new Map(unknown.map((cell, at) => [nameOf(cell), at]));
  const rows = sumsOf(cells).flatMap(({ whole, parts }) => {
    const terms: [number, number][] = [];
    let fixed = 0;
    const add = (name: string, sign: 1 | -1) => {
      const column = columns.get(name);
      if (column === undefined) fixed += sign * (known.get(name) ?? 0);
      else terms.push([column, sign]);
    };
    for (const part of parts) add(part, 1);
    add(whole, -1);
    return terms.length > 0 ? [{ terms, equals: -fixed }] : [];
  });
  if (unknown.length === 0) return [];
  return solver.withModel((model) => {
    model.options.set({ output_flag: false });
    for (const _ of unknown) model.addVar(0, solver.infinity);
    for (const { terms, equals } of rows)
      model.addRow(equals, equals, { indices: terms.map(([column]) => column), values: terms.map(([, sign]) => sign) });
    const { minimize, maximize } = solver.constants.objectiveSense;
    const extreme = (column: number, sense: typeof minimize): number => {
      model.changeColCost(column, 1);
      model.changeObjectiveSense(sense);
      model.run();
      const status = model.getModelStatus();
      const value = model.getObjectiveValue();
      model.changeColCost(column, 0);
      if (status === solver.constants.modelStatus.optimal) return value;
      if (sense === maximize) return Infinity;
      throw new Error(`the solver found no least value: ${status}`);
    };
    return unknown.map((cell, column) => ({
      cell,
      least: extreme(column, minimize),
      most: extreme(column, maximize),
    }));
  });
}
