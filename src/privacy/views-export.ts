import { sql } from "../kernel/database.ts";
import { asJson, type JsonObject } from "../kernel/json.ts";
import type { Node } from "../kernel/node.ts";
import { readerOf } from "../kernel/reader.ts";
import type { Reader } from "../kernel/view.ts";
import { detailsIn, type HoldRow } from "../holds/slice.ts";
import { contactPlace, exchangedOf, historyOf, reportSubject, type ReportRow, toldIn } from "../reports/slice.ts";
import { unseal } from "../trust/seal.ts";
import { heldBlob } from "../trust/vault-blobs.ts";
import type { StreamedFile } from "../trust/zip.ts";
import { ownRequests } from "./views.ts";

/** Columns that are not about the reporter, or would tell who of the office had it. */
const NOT_TOLD = new Set([
  "id",
  "office",
  "assignee",
  "assignee_name",
  "client_id",
  "campaign_id",
  "case_id",
  "folded",
  "description",
  "facts",
  "turn_at",
  "unopened_at",
  "climbed",
  "refound",
  "basis",
  "emptied_by",
]);

/** Everything that is held about a reporter, as data; and the files that go with it. */
export interface Export {
  readonly data: JsonObject;
  readonly files: readonly StreamedFile[];
}

const safeName = (name: string): string =>
  name
    .normalize("NFC")
    .replaceAll(/[^\p{L}\p{N}._-]+/gu, "-")
    .replace(/^[.-]+/, "")
    .slice(-80) || "file";

/** What was done, by which office; never by which officer. The act in the reader's language. */
async function doneOf(
  reader: Reader,
  id: string,
): Promise<{ at: string; what: string; act: string; office: string }[]> {
  const t = reader.node.translations.translate(reader.locale);
  return (await historyOf(reader, reportSubject.name, id)).map(({ at, act, by, office }) => ({
    at: at.toString(),
    act,
    what: t(`act.${act}`),
    office: office ?? (by.startsWith("system:") || by.startsWith("peer:") ? t("actor.node") : t("reports.reporter")),
  }));
}

async function holdsOf({ node, db }: Reader, id: string) {
  const { rows } = await sql<HoldRow>`select * from hold where report_id = ${id} order by id limit 200`.execute(db);
  return rows.map((row) => ({
    number: row.number,
    state: row.state,
    institution:
      node.services.country.pack.reporting.institutions.find(({ code }) => code === row.institution)?.name ??
      row.institution,
    amount: row.amount_minor,
    held: row.held_minor,
    returned: row.returned_minor,
    currency: row.currency,
    sent_at: row.sent_at?.toString() ?? null,
    details: detailsIn(node, row),
  }));
}

async function filesOf(node: Node, id: string): Promise<{ listed: object[]; files: StreamedFile[] }> {
  const { rows } = await sql<{
    name: string;
    media: string;
    size: number;
    digest: Buffer;
    blob: string;
    at: Temporal.Instant;
  }>`
    select name, media, size, digest, blob, at from report_file where report_id = ${id} order by id limit 500`.execute(
    node.db,
  );
  const files: StreamedFile[] = [];
  const listed: object[] = [];
  for (const [index, { name, media, size, digest, blob, at }] of rows.entries()) {
    const held = await heldBlob(node.db, node.services.vault, blob);
    const path = `files/${String(index + 1).padStart(3, "0")}-${safeName(name)}`;
    listed.push({ name, media, size, sha256: digest.toString("hex"), at: at.toString(), path: held ? path : null });
    if (held)
      files.push({ name: path, sizeBytes: held.bytes, sha256: digest.toString("hex"), open: () => held.read() });
  }
  return { listed, files };
}

async function contactOf({ node, db }: Reader, id: string): Promise<JsonObject | null> {
  const row = await db.selectFrom("report_contact").select("sealed").where("report_id", "=", id).executeTakeFirst();
  if (!row) return null;
  return JSON.parse(unseal(node.services.keys.seal, row.sealed, contactPlace(id)).toString()) as JsonObject;
}

/** Reads all of it, as the holder of the code. `undefined` where there is no such report. */
export async function exportOf(node: Node, report: string, locale: string): Promise<Export | undefined> {
  const reader = readerOf(node, { kind: "reporter", report }, locale);
  const { rows } =
    await sql<ReportRow>`select r.* from report r where r.id = ${report} and ${reader.visible(reportSubject, { alias: "r" })}`.execute(
      node.db,
    );
  const [row] = rows;
  if (!row) return undefined;
  const columns = Object.fromEntries(
    Object.entries(row).filter(([name, value]) => !NOT_TOLD.has(name) && !Buffer.isBuffer(value) && value !== null),
  );
  const [{ messages }, files, done, holds, contact, requests, observables, clock] = await Promise.all([
    exchangedOf(reader, report),
    filesOf(node, report),
    doneOf(reader, report),
    holdsOf(reader, report),
    contactOf(reader, report),
    ownRequests(reader, report),
    node.db.selectFrom("report_observable").select(["type", "value"]).where("report_id", "=", report).execute(),
    node.db
      .selectFrom("retention")
      .select(["state", "due_at", "days", "source"])
      .where("id", "=", report)
      .executeTakeFirst(),
  ]);
  const data = asJson({
    format: "comity.export/1",
    node: { code: node.code, name: node.name },
    made_at: node.clock().toString(),
    report: columns,
    told: toldIn(node, row),
    contact,
    messages: messages.map(({ at, author, body }) => ({ at, from: author, body })),
    files: files.listed,
    found_in_it: observables,
    money: holds,
    kept: clock ?? null,
    requests,
    done,
    contact_read: done.filter(({ act }) => act === "report.identify").map(({ at, office }) => ({ at, office })),
  }) as JsonObject;
  return { data, files: files.files };
}
