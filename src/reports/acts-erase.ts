import { sql } from "../kernel/database.ts";
import type { OnErase } from "../kernel/slice.ts";
import { letGoBlob } from "../trust/vault-blobs.ts";
import { reportSubject } from "./report.ts";

/**
 * What a report's erasure destroys of it: words, contact, messages, files with their keys, what was found in the words, reasons of
 * officers that speak of it, and bare digests of what was sent. Category, month, district, age, loss and all times stay, for figures.
 */
export const eraseReportWords: OnErase = async (tx, { kind, id }, _node, now) => {
  if (kind !== reportSubject.name) return {};
  const { rows: files } = await sql<{ blob: string; preview: string | null }>`
    delete from report_file where report_id = ${id} returning blob, preview`.execute(tx);
  for (const { blob, preview } of files)
    for (const holder of [blob, preview]) if (holder !== null) await letGoBlob(tx, holder, now);
  const observables = await tx.deleteFrom("report_observable").where("report_id", "=", id).executeTakeFirst();
  const contacts = await tx.deleteFrom("report_contact").where("report_id", "=", id).executeTakeFirst();
  const messages = await sql`update report_message set sealed = null, body = null where report_id = ${id}`.execute(tx);
  await sql`update report_link set reason = '' where report_id = ${id} or other_id = ${id}`.execute(tx);
  // Without its digest, what was sent cannot be guessed and compared.
  await sql`update report set told = null, description = null, facts = null, sent_key = null, sent_digest = null, pattern = null
    where id = ${id}`.execute(tx);
  // What was told to another node is known there; here only that it was.
  await sql`update outbox set words = null, body = '{}', files = '[]' where subject_kind = ${kind} and subject_id = ${id} and delivered_at is not null`.execute(
    tx,
  );
  return {
    files: files.length,
    observables: Number(observables.numDeletedRows),
    contacts: Number(contacts.numDeletedRows),
    messages: Number(messages.numAffectedRows ?? 0),
  };
};
