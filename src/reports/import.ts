import { createReadStream } from "node:fs";
import { parse } from "csv-parse";
import { system } from "../kernel/actor.ts";
import type { Node } from "../kernel/node.ts";
import { refusalFrom } from "../kernel/problem.ts";
import { handIn } from "./acts-intake.ts";
import { type Mapping, mapRow } from "./mapping.ts";
import { officeFor, ordinaryPriority, reportingOf } from "./law.ts";
import type { Prepared } from "./submission.ts";

/** What came of an import. */
export interface Imported {
  /** Rows read, without the head. */
  readonly rows: number;
  /** Reports that are new. */
  readonly taken: number;
  /** Rows that were taken by an import before. */
  readonly known: number;
  /** Rows that were refused: number of the row from 1, and a sentence. */
  readonly refused: readonly { readonly row: number; readonly reason: string }[];
}

/** Rows that are under way at once. */
const WINDOW = 512;

/**
 * Takes a table of reports (CSV with a head) by a mapping. A row taken before, by the mapping's source and its own id, is
 * passed over, so an import that broke off is simply run again. `progress` is told the rows done. Throws where the file can't be read.
 */
export async function importReports(
  node: Node,
  file: string,
  mapping: Mapping,
  progress: (rows: number) => void = () => undefined,
): Promise<Imported> {
  const refused: { row: number; reason: string }[] = [];
  let [rows, taken, known] = [0, 0, 0];
  const reporting = reportingOf(node);
  const t = node.translations.translate(node.config.languages[0] ?? "en");
  const under: Promise<void>[] = [];
  const table = createReadStream(file).pipe(
    parse({ columns: true, bom: true, relax_quotes: true, relax_column_count: true, skip_empty_lines: true }),
  );
  const take = async (row: number, record: Record<string, string>): Promise<void> => {
    const mapped = mapRow(record, mapping);
    if ("refused" in mapped) {
      refused.push({ row, reason: t(`refusal.${mapped.refused}`) });
      return;
    }
    const prepared: Prepared = {
      category: mapped.category,
      description: mapped.description,
      channel: "import",
      language: mapping.language,
      observables: mapped.observables,
      facts: { source: mapping.source, ...mapped.facts },
      urgency: { category: mapped.category },
      contact: null,
      receivedAt: mapped.receivedAt ?? node.clock(),
      law: { ordinary: ordinaryPriority(reporting, mapped.category), sharedMin: reporting.sharedMin },
      office: officeFor(reporting, mapped),
    };
    try {
      const { repeated } = await handIn(node, {
        actor: system("import"),
        prepared,
        key: `${mapping.source}/${mapped.external}`,
        sent: record,
      });
      if (repeated) known += 1;
      else taken += 1;
    } catch (error) {
      const refusal = refusalFrom(error);
      if (!refusal) throw error;
      refused.push({
        row,
        reason:
          refusal.key === "key-reused" ? t("refusal.import-row-changed") : t(`refusal.${refusal.key}`, refusal.values),
      });
    }
  };
  for await (const record of table as AsyncIterable<Record<string, string>>) {
    rows += 1;
    under.push(take(rows, record));
    if (under.length >= WINDOW) {
      await Promise.all(under.splice(0));
      progress(rows);
    }
  }
  await Promise.all(under);
  progress(rows);
  return { rows, taken, known, refused: refused.sort((a, b) => a.row - b.row) };
}
