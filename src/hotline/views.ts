import type { ApiClient } from "../kernel/actor.ts";
import { sql } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import { unseal } from "../trust/seal.ts";
import { filePlace, tipPlace } from "./acts.ts";
import { checkFile, type FileSaid } from "./reading.ts";
import { type TipRow, tipSubject } from "./tip.ts";
import { type Element, readXml } from "./xml.ts";

/** The client's own report of a number; `undefined` where it has none such. */
export async function findTip(node: Node, actor: ApiClient, number: number): Promise<TipRow | undefined> {
  const visible = node.policy.filter({
    actor,
    action: "hotline-report.read",
    subject: tipSubject,
    now: node.clock(),
    alias: "h",
  });
  const { rows } =
    await sql<TipRow>`select * from hotline_report h where h.number = ${number} and h.client_id = ${actor.client} and ${visible}`.execute(
      node.db,
    );
  return rows[0];
}

/** What was sent: the report, and what was said of each file, with the ids of the files. */
export interface Sent {
  readonly report: Element;
  readonly files: readonly { readonly id: string; readonly said: FileSaid }[];
}

/** Opens what was sent of an open report. */
export async function sentOf(node: Node, { id, sealed }: TipRow): Promise<Sent | undefined> {
  if (!sealed) return undefined;
  const key = node.services.keys.seal;
  const { rows } = await sql<{ id: string; sealed: Buffer }>`select id, sealed from hotline_file
    where hotline_report_id = ${id} and sealed is not null order by id`.execute(node.db);
  return {
    report: readXml(unseal(key, sealed, tipPlace(id))),
    files: rows.map((row) => ({ id: row.id, said: checkFile(readXml(unseal(key, row.sealed, filePlace(row.id)))) })),
  };
}

/** Ids of the files that were described. */
export async function fileIds(node: Node, tip: string): Promise<string[]> {
  const { rows } = await sql<{
    id: string;
  }>`select id from hotline_file where hotline_report_id = ${tip} order by id`.execute(node.db);
  return rows.map(({ id }) => id);
}
