import { Readable } from "node:stream";
import { z } from "zod";
import { actsOn } from "../kernel/act.ts";
import { system } from "../kernel/actor.ts";
import { sql, type Tx } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import { perform } from "../kernel/pipeline.ts";
import type { Job } from "../kernel/slice.ts";
import { findObservables, type Observable } from "../observables/slice.ts";
import { FILE_BYTES_MAX, FILES_CHANNEL, type FileKind, RECEIVED_CHANNEL, reportSubject } from "../reports/slice.ts";
import { seal } from "../trust/seal.ts";
import { heldBlob, storeBlob } from "../trust/vault-blobs.ts";
import { factsPlace, type FileFacts } from "./attachment.ts";
import { readFile } from "./reading.ts";

const act = actsOn(reportSubject);

/** A file that a reporter added was read apart: what it is, and what in it can be looked for elsewhere. Performed by the node itself. */
export const examine = act("examine", {
  audience: "internal",
  input: z.strictObject({
    file: z.uuid(),
    facts: z.custom<FileFacts>((value) => typeof value === "object" && value !== null),
    preview: z.string().max(500).optional(),
  }),
  apply: async (tx, row, { file, facts, preview }, { node, now }) => {
    const sealed = seal(node.services.keys.seal, JSON.stringify(facts), factsPlace(row.id, file));
    await tx
      .updateTable("report_file")
      .set({ read_at: now, facts: sealed, preview: preview ?? null })
      .where("id", "=", file)
      .where("report_id", "=", row.id)
      .execute();
    const found = facts.mail ? observablesIn(facts, node.config.country) : [];
    const added = await addObservables(tx, row.id, found);
    if (added > 0) await linkAgain(tx, row.id);
    return { file, read: facts.failed ?? "whole", observables: added };
  },
});

/** Most things that one file gives a report. */
const FOUND_MAX = 60;

/** What in a message points to its sender: where it leads, whom it asks to answer, who handed it over first. */
function observablesIn({ mail }: FileFacts, country: string): Observable[] {
  if (!mail) return [];
  const { from, replyTo, links, hops, text } = mail;
  const said = [from, replyTo, ...links.map(({ target }) => target), text].join("\n;\n");
  const first = hops.find(({ ip }) => ip !== null)?.ip ?? "";
  const found = [
    ...findObservables(said, { country }),
    ...findObservables(first, { country }).map((each) => ({ ...each, strong: false })),
  ];
  return [...new Map(found.map((each) => [each.key, each])).values()].slice(0, FOUND_MAX);
}

async function addObservables(tx: Tx, report: string, found: readonly Observable[]): Promise<number> {
  if (found.length === 0) return 0;
  const { numAffectedRows } = await sql`insert into report_observable (report_id, type, value, key, strong)
    select ${report}, * from unnest(${found.map(({ type }) => type)}::text[], ${found.map(({ value }) => value)}::text[],
      ${found.map(({ key }) => key)}::text[], ${found.map(({ strong }) => strong)}::boolean[]) on conflict do nothing`.execute(
    tx,
  );
  return Number(numAffectedRows ?? 0);
}

/** What was found now may be in other reports, too. */
async function linkAgain(tx: Tx, report: string): Promise<void> {
  await tx.updateTable("report").set({ refound: true }).where("id", "=", report).execute();
  await sql`select pg_notify(${RECEIVED_CHANNEL}, '')`.execute(tx);
}

interface Unread {
  readonly id: string;
  readonly report_id: string;
  readonly kind: FileKind | null;
  readonly blob: string;
  readonly category: string;
}
const AT_ONCE = 50;

/** Reads what reporters have added. A file is read once; one that cannot be read says so and is not tried again. */
export const readFiles: Job = {
  name: "report-files",
  everySeconds: 60,
  wokenBy: [FILES_CHANNEL],
  run: async (node) => {
    for (;;) {
      const { rows } =
        await sql<Unread>`select f.id, f.report_id, f.kind, f.blob, r.category from report_file f join report r on r.id = f.report_id
        where f.read_at is null order by f.id limit ${sql.lit(AT_ONCE)}`.execute(node.db);
      for (const row of rows) await examineFile(node, row);
      if (rows.length < AT_ONCE) return;
    }
  },
};

async function examineFile(node: Node, { id: file, report_id, kind, blob, category }: Unread): Promise<void> {
  const bytes = await bytesOf(node, blob);
  const read = bytes ? await readFile(bytes, kind ?? "other", [node.config.folder]) : { failed: "unreadable" as const };
  const facts: FileFacts = "seen" in read ? read.seen : { failed: read.failed };
  const preview = "seen" in read ? read.preview : undefined;
  // What may show a child is never drawn: the named viewers open the file itself.
  const drawn = preview !== undefined && !category.startsWith("C") ? await keepPreview(node, preview) : undefined;
  const input = { file, facts, ...(drawn === undefined ? {} : { preview: drawn }) };
  await perform({ node, actor: system("reader"), act: examine, id: report_id, input });
}

async function bytesOf(node: Node, blob: string): Promise<Buffer | undefined> {
  const held = await heldBlob(node.db, node.services.vault, blob);
  if (!held || held.bytes > FILE_BYTES_MAX) return undefined;
  const chunks: Buffer[] = [];
  for await (const chunk of held.read()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function keepPreview(node: Node, bytes: Buffer): Promise<string | undefined> {
  const more = { kind: "preview", bytesMax: bytes.length, now: node.clock() };
  return (await storeBlob(node.db, node.services.vault, Readable.from([bytes]), more))?.holder;
}
