import { Readable } from "node:stream";
import { z } from "zod";
import { actorId } from "../kernel/actor.ts";
import { sql } from "../kernel/database.ts";
import { deadlinesOf } from "../kernel/deadline.ts";
import { Refusal } from "../kernel/errors.ts";
import { wholeRecord } from "../kernel/journal.ts";
import { perform } from "../kernel/pipeline.ts";
import { Download, type Reader, view } from "../kernel/view.ts";
import { unseal } from "../trust/seal.ts";
import { heldBlob } from "../trust/vault-blobs.ts";
import { open } from "./acts-attention.ts";
import { takesFilesOf } from "./classification.ts";
import { districtIn, offencesFor, ownLabel, reportingOf } from "./law.ts";
import { contactPlace, type ReportRow, reportSubject } from "./report.ts";
import { messageIn, toldIn } from "./told.ts";
import { linkedOf, observablesOf } from "./views-linked.ts";

/** True where the first answer is owed and its time has passed. */
export const isLate = (
  row: { respond_by: Temporal.Instant | null; responded_at: Temporal.Instant | null },
  now: Temporal.Instant,
): boolean => row.respond_by !== null && row.responded_at === null && Temporal.Instant.compare(row.respond_by, now) < 0;

const HISTORY_MAX = 500;
/** The journal of one thing, as its page tells it. */
export async function historyOf(reader: Reader, kind: string, id: string) {
  const { rows } = await sql<{
    id: string;
    act: string;
    at: Temporal.Instant;
    record: unknown;
    words: Buffer | null;
  }>`
    select id, act, at, record, words from journal where subject_kind = ${kind} and subject_id = ${id} order by seq limit ${sql.lit(HISTORY_MAX)}`.execute(
    reader.db,
  );
  return rows.map((row) => {
    const { actor, change, state } = wholeRecord(reader.node.services.keys, row);
    return {
      act: row.act,
      at: row.at,
      by: actor.name ?? actor.id,
      office: actor.officeName ?? null,
      entry: row.id,
      change: change as Readonly<Record<string, unknown>>,
      ...(state && state.from !== state.to ? { state: state.to } : {}),
    };
  });
}

const MESSAGES_MAX = 500;
/** Messages and files of a report, oldest first. */
export async function exchangedOf(reader: Reader, id: string) {
  const messages = await reader.db
    .selectFrom("report_message")
    .select(["id", "at", "author", "sealed", "body"])
    .where("report_id", "=", id)
    .orderBy("id")
    .limit(MESSAGES_MAX)
    .execute();
  const files = await reader.db
    .selectFrom("report_file")
    .select(["id", "at", "name", "media", "size", "digest"])
    .where("report_id", "=", id)
    .orderBy("id")
    .limit(MESSAGES_MAX)
    .execute();
  return {
    messages: messages.map(({ at, author, ...row }) => ({
      id: row.id,
      at,
      author,
      body: messageIn(reader.node, id, row),
    })),
    files: files.map(({ digest, ...file }) => ({ ...file, digest: digest.toString("hex") })),
  };
}

/** Minutes for which an officer who has done `report.identify` sees the contact on the report's page. */
const IDENTIFIED_MINUTES = 15;

/** The contact, for the officer whose act of reading it is in the journal and fresh; `undefined` for everybody else. */
async function openedContact(
  { actor, db, now, node }: Reader,
  id: string,
): Promise<Record<string, string> | undefined> {
  if (actor.kind !== "officer") return undefined;
  const since = now.subtract({ minutes: IDENTIFIED_MINUTES });
  const { rows } = await sql<{
    sealed: Buffer;
  }>`select c.sealed from report_contact c where c.report_id = ${id} and exists (select 1 from journal j
    where j.subject_kind = ${reportSubject.name} and j.subject_id = ${id} and j.act = 'report.identify' and j.at >= ${since} and j.record->'actor'->>'id' = ${actorId(actor)})`.execute(
    db,
  );
  const [row] = rows;
  return row
    ? (JSON.parse(unseal(node.services.keys.seal, row.sealed, contactPlace(id)).toString()) as Record<string, string>)
    : undefined;
}

/** Where counting what somebody has at hand stops. */
const LOAD_MAX = 500;
/** An officer for whom a report may be, with how much they have at hand, up to `LOAD_MAX`. */
export interface Colleague {
  readonly id: string;
  readonly name: string;
  readonly load: number;
}

/** Officers at work in the reader's office, for whom a report may be; who has least comes first. */
export async function colleaguesOf({ actor, db }: Reader): Promise<Colleague[]> {
  if (actor.kind !== "officer") return [];
  const { rows } = await sql<Colleague>`select a.id, a.name, (
      select count(*)::int from (select 1 from report r where r.assignee = a.id and r.state <> 'closed' and r.quarantine is null and not r.folded limit ${sql.lit(LOAD_MAX)}) as c
    ) as load from account a where a.office = ${actor.office.id} and a.state = 'active' and a.role in ('investigator', 'unit-head') order by load, a.name limit 200`.execute(
    db,
  );
  return rows;
}

/** Police offices to which a report may go, but for the reader's own. */
export async function otherOffices({ actor, db }: Reader): Promise<{ id: string; name: string }[]> {
  if (actor.kind !== "officer") return [];
  const { rows } = await sql<{
    id: string;
    name: string;
  }>`select id, name from office where kind = 'police' and id <> ${actor.office.id} order by name limit 200`.execute(
    db,
  );
  return rows;
}

/** The first opening by somebody who may work on it, journalled: what nobody has opened climbs. Who only reads opens nothing. */
async function noteOpening({ node, actor }: Reader, row: ReportRow): Promise<boolean> {
  if (row.opened_at || row.state === "closed" || actor.kind !== "officer") return false;
  const question = { actor, action: open.name, subject: reportSubject, id: row.id, row, now: node.clock() };
  if (!node.policy.decide({ ...question, row: { ...row } }).allowed) return false;
  try {
    await perform({ node, actor, act: open, id: row.id, input: {} });
    return true;
  } catch (error) {
    // A colleague opened it at the same moment.
    if (error instanceof Refusal) return false;
    throw error;
  }
}

export const reportPage = view({
  name: "report.read",
  path: "/reports/:id",
  subject: reportSubject,
  input: z.object({ id: z.uuid() }),
  read: async (reader, { id }) => {
    const { rows } =
      await sql<ReportRow>`select * from report r where r.id = ${id} and ${reader.visible(reportSubject, { alias: "r" })}`.execute(
        reader.db,
      );
    const [found] = rows;
    if (!found) return undefined;
    const row = (await noteOpening(reader, found)) ? { ...found, opened_at: reader.now, unopened_at: null } : found;
    const {
      code: _code,
      sent_key: _key,
      sent_digest: _digest,
      told: _told,
      pattern: _pattern,
      ...report
    } = row as ReportRow & Record<"code" | "sent_key" | "sent_digest", unknown>;
    const reporting = reportingOf(reader.node);
    const [observables, linked, exchanged, history, clocks, contact] = await Promise.all([
      observablesOf(reader, id),
      linkedOf(reader, id),
      exchangedOf(reader, id),
      historyOf(reader, reportSubject.name, id),
      deadlinesOf(reader.db, reportSubject.name, id),
      openedContact(reader, id),
    ]);
    return {
      ...report,
      ...toldIn(reader.node, row),
      ...(contact ? { contact } : {}),
      late: isLate(row, reader.now),
      label: ownLabel(reporting, row.category, reader.locale) ?? null,
      /** Offences that may apply: the country's first. */
      likely: offencesFor(reporting, row.category),
      sharedMin: reporting.sharedMin,
      district_name: districtIn(reporting, row.district, reader.locale),
      observables,
      linked,
      ...exchanged,
      history,
      clocks: clocks.map(({ rule, starts_at, due_at, ended_at, fired_at }) => ({
        rule,
        starts_at,
        due_at,
        ended_at,
        fired_at,
      })),
    };
  },
});
export type ReportFound = NonNullable<Awaited<ReturnType<typeof reportPage.read>>>;

/** A file that the reporter added, as bytes to save: never shown in the browser, as nobody has looked at it. */
export const reportFile = view({
  name: "report.file",
  path: "/reports/:id/files/:file",
  subject: reportSubject,
  input: z.object({ id: z.uuid(), file: z.uuid() }),
  read: async (reader, { id, file }) => {
    const { rows } = await sql<{
      name: string;
      blob: string;
    }>`select f.name, f.blob from report_file f join report r on r.id = f.report_id
      where f.id = ${file} and r.id = ${id} and ${reader.visible(reportSubject, { alias: "r" })}`.execute(reader.db);
    const [row] = rows;
    const held = row && (await heldBlob(reader.db, reader.node.services.vault, row.blob));
    return row && held
      ? new Download(Readable.from(held.read()), {
          type: "application/octet-stream",
          filename: row.name,
          size: held.bytes,
        })
      : undefined;
  },
});

/** The holder of a code reads their own report: where it stands, what was written, how many share something with it. */
export const ownReport = view({
  name: "report.own",
  path: "/report",
  role: "portal",
  subject: reportSubject,
  input: z.object({}),
  read: async (reader) => {
    const { actor } = reader;
    if (actor.kind !== "reporter") throw new Refusal("not-signed-in", "receipt-needed");
    const { rows } =
      await sql<ReportRow>`select * from report r where r.id = ${actor.report} and ${reader.visible(reportSubject, { alias: "r" })}`.execute(
        reader.db,
      );
    const [row] = rows;
    if (!row) return undefined;
    const { messages, files } = await exchangedOf(reader, row.id);
    const linked = await linkedOf(reader, row.id);
    return {
      reference: row.reference,
      state: row.state,
      status: reader.node.translations.translate(reader.locale)(`report.status.${row.state}`),
      category: row.category,
      received_at: row.received_at,
      respond_by: row.respond_by,
      responded_at: row.responded_at,
      closed_reason: row.closed_reason,
      description: toldIn(reader.node, row).description,
      withdrawn_at: row.withdrawn_at,
      anonymous: row.anonymous,
      consent: { contact: row.consent_contact, share: row.consent_share, handover: row.consent_handover },
      takes_files: takesFilesOf(row.category),
      linked: linked.total,
      messages: messages.map(({ at, author, body }) => ({ at, from: author, body })),
      files: files.map(({ at, name, size, digest }) => ({ at, name, size, digest })),
    };
  },
});
export type OwnReport = NonNullable<Awaited<ReturnType<typeof ownReport.read>>>;
