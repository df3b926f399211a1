import { randomUUIDv7 } from "node:crypto";
import { type Tx, sql } from "../kernel/database.ts";
import type { Performed } from "../kernel/pipeline.ts";
import type { Handing } from "./acts-intake.ts";
import { FILES_CHANNEL, RECEIVED_CHANNEL } from "./channels.ts";
import type { KeptFile } from "./files.ts";
import { basisOf } from "./law.ts";
import type { Whole } from "./preparing.ts";
import type { Ranked } from "./priority.ts";
import { FIRST_RESPONSE, reportSubject } from "./report.ts";

/** Days after which a report that nobody waits for comes up in the worklist. */
const TURN_DAYS = 30;

/** A report on its way in, searched and sealed. */
export type Entering = Pick<Handing, "actor" | "key" | "sent" | "code"> & Whole;
/** A report with all that its row holds. */
export interface Ready extends Entering {
  readonly reference: string;
  readonly code: string;
  readonly digest: Buffer;
  readonly sentKey: Buffer | null;
  readonly sentDigest: Buffer | null;
  readonly ranked: Ranked;
  readonly respondBy: Temporal.Instant | null;
  readonly unopenedAt: Temporal.Instant | null;
  readonly pattern: Buffer | null;
  /** One of a flood: it waits outside of the worklist, and nobody owes it an answer yet. */
  readonly floods: boolean;
}

const column = <T, V>(rows: readonly T[], of: (row: T) => V): V[] => rows.map(of);

/**
 * Inserts the reports with what hangs on them (what was found, sealed contacts, clocks of the first answer) in one statement,
 * since each further one would wait for the network again. Gives the ids of those that were not handed in before under the
 * same key; nothing is written for the others.
 */
export async function insertReports(tx: Tx, ready: readonly Ready[], now: Temporal.Instant): Promise<string[]> {
  const found = ready.flatMap(({ id, prepared }) => prepared.observables.map((each) => ({ ...each, report: id })));
  const contacts = ready.flatMap(({ id, contact }) => (contact ? [{ id, sealed: contact }] : []));
  const files = ready.flatMap(({ id, prepared }) => (prepared.files ?? []).map((file) => ({ ...file, report: id })));
  const owed = ready.flatMap(({ id, respondBy }) => (respondBy ? [{ id, respondBy }] : []));
  const { rows } = await sql<{
    id: string;
  }>`with r as (${reportsOf(ready)} on conflict (sent_key) do nothing returning id),
    o as (insert into report_observable (report_id, type, value, key, strong)
      select t.* from unnest(${column(found, (f) => f.report)}::uuid[], ${column(found, (f) => f.type)}::text[], ${column(found, (f) => f.value)}::text[],
        ${column(found, (f) => f.key)}::text[], ${column(found, (f) => f.strong)}::boolean[]) as t(report_id, type, value, key, strong) join r on r.id = t.report_id),
    c as (insert into report_contact (report_id, sealed)
      select t.* from unnest(${column(contacts, (c) => c.id)}::uuid[], ${column(contacts, (c) => c.sealed)}::bytea[]) as t(report_id, sealed) join r on r.id = t.report_id),
    d as (insert into deadline (id, subject_kind, subject_id, rule, starts_at, due_at, wakes_at)
      select t.id, ${reportSubject.name}, t.subject, ${FIRST_RESPONSE}, ${now}::timestamptz, t.due, t.due from unnest(${column(owed, () => randomUUIDv7())}::uuid[],
        ${column(owed, (o) => o.id)}::uuid[], ${column(owed, (o) => o.respondBy.toString())}::timestamptz[]) as t(id, subject, due) join r on r.id = t.subject)
      ${files.length > 0 ? withFiles(files, now) : sql``}
    select id, (select pg_notify(${RECEIVED_CHANNEL}, '')) from r`.execute(tx);
  if (files.length > 0) await sql`select pg_notify(${FILES_CHANNEL}, '')`.execute(tx);
  return rows.map(({ id }) => id);
}

/** What was added to a draft becomes the report's, and is no longer let go of with the draft. */
const withFiles = (files: readonly (KeptFile & { report: string })[], now: Temporal.Instant) => sql`,
    f as (insert into report_file (id, report_id, at, name, media, kind, misnamed, size, digest, blob)
      select t.id, t.report_id, ${now}::timestamptz, t.name, t.media, t.kind, t.misnamed, t.size, t.digest, t.blob
      from unnest(${column(files, () => randomUUIDv7())}::uuid[], ${column(files, (f) => f.report)}::uuid[], ${column(files, (f) => f.name)}::text[], ${column(files, (f) => f.media)}::text[],
        ${column(files, (f) => f.kind)}::text[], ${column(files, (f) => f.misnamed)}::boolean[], ${column(files, (f) => f.size)}::bigint[],
        ${column(files, (f) => Buffer.from(f.digest, "hex"))}::bytea[], ${column(files, (f) => f.blob)}::text[])
        as t(id, report_id, name, media, kind, misnamed, size, digest, blob) join r on r.id = t.report_id returning blob),
    g as (delete from report_draft_file where blob in (select blob from f))`;

const reportsOf = (ready: readonly Ready[]) => sql`insert into report
    (id, reference, state, category, priority, reasons, channel, language, told, anonymous, received_at, respond_by, turn_at, code, sent_key, sent_digest,
      district, age_band, for_whom, loss_minor, loss_currency, transfer_at, basis, unopened_at, pattern, quarantine, client_id, office,
      consent_contact, consent_share, consent_handover)
    select id, reference, 'received', category, priority, string_to_array(reasons, ','), channel, language, told, anonymous, received_at, respond_by,
      coalesce(respond_by, received_at + make_interval(days => ${TURN_DAYS})), code, sent_key, sent_digest,
      district, age_band, for_whom, loss_minor, loss_currency, transfer_at, basis, unopened_at, pattern, quarantine, client_id,
      (select o.id from office o where o.code = t.office), consent_contact, consent_share, consent_handover
    from unnest(${column(ready, (r) => r.id)}::uuid[], ${column(ready, (r) => r.reference)}::text[], ${column(ready, (r) => r.prepared.category)}::text[],
      ${column(ready, (r) => r.ranked.priority)}::smallint[], ${column(ready, (r) => r.ranked.reasons.join(","))}::text[], ${column(ready, (r) => r.prepared.channel)}::text[],
      ${column(ready, (r) => r.prepared.language)}::text[], ${column(ready, (r) => r.told)}::bytea[],
      ${column(ready, (r) => r.prepared.contact === null)}::boolean[], ${column(ready, (r) => r.prepared.receivedAt.toString())}::timestamptz[],
      ${column(ready, (r) => r.respondBy?.toString() ?? null)}::timestamptz[], ${column(ready, (r) => r.digest)}::bytea[],
      ${column(ready, (r) => r.sentKey)}::bytea[], ${column(ready, (r) => r.sentDigest)}::bytea[], ${column(ready, (r) => r.prepared.district ?? null)}::text[],
      ${column(ready, (r) => r.prepared.ageBand ?? null)}::text[], ${column(ready, (r) => r.prepared.forWhom ?? null)}::text[],
      ${column(ready, (r) => r.prepared.loss?.minor ?? null)}::bigint[], ${column(ready, (r) => r.prepared.loss?.currency ?? null)}::text[],
      ${column(ready, (r) => r.prepared.transferAt?.toString() ?? null)}::timestamptz[], ${column(ready, (r) => basisOf([], r.prepared.category))}::text[],
      ${column(ready, (r) => r.unopenedAt?.toString() ?? null)}::timestamptz[], ${column(ready, (r) => r.pattern)}::bytea[],
      ${column(ready, (r) => (r.floods ? "flood" : null))}::text[], ${column(ready, (r) => (r.actor.kind === "client" ? r.actor.client : null))}::uuid[], ${column(ready, (r) => r.prepared.office ?? null)}::text[],
      ${column(ready, (r) => r.prepared.consent?.contact ?? false)}::boolean[],
      ${column(ready, (r) => r.prepared.consent?.share ?? false)}::boolean[], ${column(ready, (r) => r.prepared.consent?.handover ?? false)}::boolean[])
      as t(id, reference, category, priority, reasons, channel, language, told, anonymous, received_at, respond_by, code, sent_key, sent_digest,
        district, age_band, for_whom, loss_minor, loss_currency, transfer_at, basis, unopened_at, pattern, quarantine, client_id, office,
        consent_contact, consent_share, consent_handover)`;

/** Answers for reports handed in before under the same key: the same again, or a refusal where the content differs. */
export async function findRepeated(tx: Tx, again: readonly Ready[]): Promise<Map<string, Performed>> {
  const keys = again.flatMap(({ sentKey }) => (sentKey ? [sentKey] : []));
  if (keys.length === 0) return new Map();
  const { rows } = await sql<{
    id: string;
    reference: string;
    state: string;
    sent_key: Buffer;
    sent_digest: Buffer;
    entry: string;
    digest: Buffer;
  }>`
    select r.id, r.reference, r.state, r.sent_key, r.sent_digest, j.id as entry, j.digest from report r
    join journal j on j.subject_kind = ${reportSubject.name} and j.subject_id = r.id and j.seq = 1 where r.sent_key = any(${keys}::bytea[])`.execute(
    tx,
  );
  const answers = new Map<string, Performed>();
  for (const each of again) {
    const first = rows.find((row) => each.sentKey?.equals(row.sent_key) && each.sentDigest?.equals(row.sent_digest));
    if (first)
      answers.set(each.id, {
        id: first.id,
        state: "received",
        entry: { id: first.entry, digest: first.digest.toString("hex") },
        done: { reference: first.reference, code: each.code },
        repeated: true,
        status: 201,
      });
  }
  return answers;
}
