import { createHash } from "node:crypto";
import { sql } from "../kernel/database.ts";
import { isWhole, type WholeLanguage } from "../kernel/i18n.ts";
import type { Node } from "../kernel/node.ts";
import { messageOf, OUTBOX_CHANNEL } from "../kernel/outbox.ts";
import type { Job } from "../kernel/slice.ts";
import { queueMail } from "../mail/slice.ts";
import { requestDocument, type RequestRow } from "../requests/slice.ts";
import { signPdf } from "../trust/pdf-sign.ts";
import { seal } from "../trust/seal.ts";
import { certificateFingerprint, publishedSeal, signersOf } from "../trust/signers.ts";
import { type CorrespondentRow, letterKey, letterPlace } from "./correspondent.ts";
import { actLetter, covering } from "./document.ts";

const AT_ONCE = 20;

interface Waiting {
  readonly id: string;
  readonly peer: string;
  readonly act: string;
  readonly subject_id: string;
  readonly words: Buffer | null;
  readonly body: unknown;
  readonly files: unknown;
  readonly at: Temporal.Instant;
}

/** Messages of the outbox for those who run no node and for which no letter was written yet, in their order; not what TS 103 120 carries. */
const waiting = (node: Node) =>
  sql<Waiting>`select o.id, o.peer, o.act, o.subject_id, o.words, o.body, o.files, o.at from outbox o
    join correspondent c on c.code = o.peer and c.state = 'trusted'
    where o.delivered_at is null and o.subject_kind = 'request' and not exists (select 1 from letter l where l.id = o.id)
      and not exists (select 1 from peer p where p.code = o.peer and p.state = 'trusted')
      and (not exists (select 1 from hi1_endpoint e where e.peer = o.peer and e.state = 'trusted')
        or exists (select 1 from hi1_message m where m.id = o.id and m.state = 'letter'))
    order by o.peer, o.seq limit ${sql.lit(AT_ONCE)}`.execute(node.db);

/** Writes what waits as signed letters and puts them into the mail queue: the same outbox, the same order, another carrier. */
async function writeDue(node: Node): Promise<void> {
  const { rows } = await waiting(node);
  for (const row of rows) await write(node, row);
}

async function write(node: Node, row: Waiting): Promise<void> {
  const to = (await sql<CorrespondentRow>`select * from correspondent where code = ${row.peer}`.execute(node.db))
    .rows[0];
  const request = (await sql<RequestRow>`select * from request where id = ${row.subject_id}`.execute(node.db)).rows[0];
  if (!to || !request) return;
  const language: WholeLanguage = to.languages.find(isWhole) ?? "en";
  const { body } = messageOf(node, row);
  const names = new Map([[to.code, to.name]]);
  const plain =
    row.act === "request.send"
      ? requestDocument(node, { row: request, language, names, seal: publishedSeal(node) }).pdf
      : actLetter(node, {
          request,
          act: row.act,
          body,
          to,
          office: request.authority.office,
          language,
          at: row.at,
        });
  const now = node.clock();
  const pdf = await signPdf(plain, signersOf(node), now);
  await node.db.transaction().execute(async (tx) => {
    const made = await tx
      .insertInto("letter")
      .values({
        id: row.id,
        request_id: row.subject_id,
        peer: row.peer,
        act: row.act,
        state: "queued",
        at: now,
        changed_at: now,
        document: seal(node.services.keys.seal, pdf, letterPlace(row.id)),
        digest: createHash("sha256").update(pdf).digest(),
      })
      .onConflict((conflict) => conflict.doNothing())
      .returning("id")
      .executeTakeFirst();
    if (!made) return;
    const fingerprint = certificateFingerprint(node);
    await queueMail(tx, node, {
      kind: "request.letter",
      to: to.address,
      letter: covering(node, { number: request.number, act: row.act, language, fingerprint }),
      about: { kind: "letter", id: row.id },
      once: letterKey(row.id),
      receipts: true,
      attachments: [{ filename: `${request.number}.pdf`, type: "application/pdf", base64: pdf.toString("base64") }],
    });
  });
}

/** Notes what our own mail server did with letters: took them, or gave them up. */
async function followQueue(node: Node): Promise<void> {
  const now = node.clock();
  await node.db.transaction().execute(async (tx) => {
    await sql`update letter l set state = 'handed', changed_at = ${now} from mail m
      where m.once = 'letter:' || l.id and l.state = 'queued' and m.sent_at is not null`.execute(tx);
    const { rows } = await sql<{
      id: string;
      reason: string | null;
    }>`update letter l set state = 'bounced', changed_at = ${now}, detail = m.reason from mail m
      where m.once = 'letter:' || l.id and l.state = 'queued' and m.failed_at is not null returning l.id, m.reason`.execute(
      tx,
    );
    for (const { id } of rows)
      await sql`update outbox set problem = ${JSON.stringify({ stage: "delivery", type: "bounced", at: now.toString() })}, attempts = attempts + 1
        where id = ${id} and delivered_at is null`.execute(tx);
  });
}

/** Writes letters and follows them. */
export const postLetters: Job = {
  name: "correspondents-post",
  everySeconds: 10,
  wokenBy: [OUTBOX_CHANNEL],
  run: async (node) => {
    await writeDue(node);
    await followQueue(node);
  },
};
