import { randomUUIDv7 } from "node:crypto";
import { z } from "zod";
import { caseSubject } from "../cases/slice.ts";
import { lodgeHeld, officerOf, requestSeen } from "../evidence/slice.ts";
import { actsOn, creates } from "../kernel/act.ts";
import type { Actor } from "../kernel/actor.ts";
import { sql, type Tx } from "../kernel/database.ts";
import { invalid, Refusal } from "../kernel/errors.ts";
import type { Node } from "../kernel/node.ts";
import { performIn } from "../kernel/pipeline.ts";
import { keepBlob, letGoBlob } from "../trust/vault-blobs.ts";
import { takeUpload } from "../trust/vault-upload-rows.ts";
import { compare, type Compared, countsOf, isWhole } from "./compare.ts";
import { type HashList, LIST_MAX, readHashList } from "./hash-list.ts";
import {
  beginInput,
  fileHolder,
  LIFE,
  openFile,
  type ReturnRow,
  returnSubject,
  sealFile,
  sealReturn,
} from "./return.ts";

const act = actsOn<ReturnRow, keyof typeof LIFE>(returnSubject);

async function nextNumber(tx: Tx, year: number): Promise<string> {
  const series = `R-${year}`;
  const { rows } = await sql<{ last: number }>`insert into exhibit_number (series, last) values (${series}, 1)
    on conflict (series) do update set last = exhibit_number.last + 1 returning last`.execute(tx);
  return `${series}-${String(rows[0]?.last ?? 1).padStart(6, "0")}`;
}

/** Begins to take in what a provider returned: who it is, for which request or case, and its list of files. */
export const begin = creates(returnSubject, "begin", {
  state: "open",
  input: beginInput,
  attributes: (_input: unknown, { actor }: { actor: Actor }): Record<string, unknown> =>
    actor.kind === "officer" ? { office: actor.office.id, begun_by: actor.account } : {},
  apply: async (tx, _under: undefined, input: z.output<typeof beginInput>, context) => {
    const { node, id, now } = context;
    const officer = officerOf(context);
    const { provider, provider_reference, authority, list } = input;
    if (input.case !== undefined && input.request !== undefined) throw invalid("request", "return-case-or-request");
    if (input.request !== undefined && !(await requestSeen(tx, input.request, context)))
      throw invalid("request", "item-no-request");
    if (input.case !== undefined) {
      const visible = node.policy.filter({
        actor: officer,
        action: "case.read",
        subject: caseSubject,
        alias: "c",
        now,
      });
      const { rows } =
        await sql`select 1 from case_file c where c.id = ${input.case} and c.state <> 'closed' and ${visible}`.execute(
          tx,
        );
      if (rows.length === 0) throw invalid("case", "return-no-case");
    }
    const read = list === undefined ? undefined : readHashList(list);
    if (list !== undefined && !read) throw invalid("list", "return-no-list");
    const number = await nextNumber(tx, now.toZonedDateTimeISO(node.config.zone).year);
    await tx
      .insertInto("provider_return")
      .values({
        id,
        number,
        state: "open",
        office: officer.office.id,
        office_name: officer.office.name,
        begun_by: officer.account,
        begun_by_name: officer.name,
        case_id: input.case ?? null,
        request_id: input.request ?? null,
        words: sealReturn(node, id, { provider, provider_reference, authority, list }),
        created_at: now,
      })
      .execute();
    return {
      number,
      provider,
      ...(provider_reference === undefined ? {} : { provider_reference }),
      ...(read ? { listed: read.files.length, list_form: read.form, lines_unread: read.unread.length } : {}),
    };
  },
});

/** Files of one return, at most. */
const RETURN_FILES_MAX = 20_000;

/** Adds a finished upload: a file of the return, or the certificate itself. The vault keeps it for the return from now on. */
export const add = act("add", {
  input: z.strictObject({ upload: z.uuid(), as: z.enum(["file", "certificate"]).default("file") }),
  apply: async (tx, row, { upload, as }, context) => {
    const { node, now } = context;
    const { account } = officerOf(context);
    // The same upload once more, after an answer that was lost.
    const known = await tx
      .selectFrom("provider_return_file")
      .select("id")
      .where("upload", "=", upload)
      .where("return", "=", row.id)
      .executeTakeFirst();
    if (known) return { added: false };
    const { count } = await tx
      .selectFrom("provider_return_file")
      .select((select) => select.fn.countAll().as("count"))
      .where("return", "=", row.id)
      .executeTakeFirstOrThrow();
    if (Number(count) >= RETURN_FILES_MAX)
      throw new Refusal("too-many", "return-too-many", { values: { maximum: RETURN_FILES_MAX } });
    const taken = await takeUpload(tx, node.services.vault, upload, account);
    if (!taken || taken.md5 === null || taken.sha1 === null) throw invalid("upload", "upload-not-there");
    const id = randomUUIDv7();
    await keepBlob(tx, node.services.vault, taken, fileHolder(id), now);
    const { name, media, md5, sha1, digest: sha256, bytes } = taken;
    await tx
      .insertInto("provider_return_file")
      .values({
        id,
        return: row.id,
        upload,
        is_certificate: as === "certificate",
        bytes,
        words: sealFile(node, id, { name, media, md5, sha1, sha256 }),
      })
      .execute();
    return { added: true, file: name, bytes, digest: sha256, as };
  },
});

/** The provider's list, where it comes after the rest, or another in its place. */
export const relist = act("relist", {
  input: z.strictObject({ list: z.string().min(1).max(LIST_MAX) }),
  apply: async (tx, row, { list }, { node }) => {
    const read = readHashList(list);
    if (!read) throw invalid("list", "return-no-list");
    const { provider, provider_reference, authority } = row;
    await tx
      .updateTable("provider_return")
      .set({ words: sealReturn(node, row.id, { provider, provider_reference, authority, list }) })
      .where("id", "=", row.id)
      .execute();
    return { listed: read.files.length, list_form: read.form, lines_unread: read.unread.length };
  },
});

/** The files of a return, opened, in the order in which they came. */
export async function filesOf(tx: Tx | Node["db"], node: Node, id: string) {
  const rows = await tx.selectFrom("provider_return_file").selectAll().where("return", "=", id).orderBy("id").execute();
  return rows.map(({ words, ...row }) => ({ ...row, ...openFile(node, row.id, words) }));
}
export type ReturnFile = Awaited<ReturnType<typeof filesOf>>[number];

/** What came, held against the list. */
export function comparedOf(
  { list }: Pick<ReturnRow, "list">,
  files: readonly ReturnFile[],
): { readonly read: HashList | undefined; readonly compared: readonly Compared[] } {
  const came = files
    .filter((file) => !file.is_certificate)
    .map(({ id, name, bytes, md5, sha1, sha256 }) => ({ id, name, bytes, digests: { md5, sha1, sha256 } }));
  const read = list === undefined ? undefined : readHashList(list);
  return {
    read,
    compared: read ? compare(read.files, came) : came.map((file) => ({ outcome: "extra" as const, came: file })),
  };
}

/**
 * Takes the return in: the certificate and every file become exhibits, each saying what the list said of it. In one transaction, so that
 * there is never half a return. Where not all is as the list says, the officer says why it is taken in nevertheless.
 */
export const take = act("take", {
  input: z.strictObject({
    despite: z
      .string()
      .trim()
      .min(1)
      .max(2_000)
      .optional()
      .meta({ control: "textarea" as const }),
  }),
  apply: async (tx, row, { despite }, context) => {
    const { node, actor, now } = context;
    officerOf(context);
    const files = await filesOf(tx, node, row.id);
    const { read, compared } = comparedOf(row, files);
    const certificates = files.filter(({ is_certificate }) => is_certificate);
    if (files.length === 0) throw new Refusal("wrong-state", "return-empty");
    if (!read && certificates.length === 0) throw new Refusal("wrong-state", "return-no-certificate");
    const counts = countsOf(compared);
    if (read && !isWhole(counts) && despite === undefined) throw invalid("despite", "return-despite");
    const outcomes = new Map(
      compared.flatMap(({ outcome, came, listed }) => (came ? [[came.id, { outcome, listed }] as const] : [])),
    );
    let certificate: { id: string; number: string } | undefined;
    const made: string[] = [];
    for (const file of [...certificates, ...files.filter(({ is_certificate }) => !is_certificate)]) {
      const told = outcomes.get(file.id);
      const before = told?.listed?.digests;
      const performed = await performIn(tx, {
        node,
        actor,
        act: lodgeHeld,
        now,
        input: {
          holder: fileHolder(file.id),
          name: file.name,
          media: file.media,
          bytes: file.bytes,
          sha256: file.sha256,
          sha1: file.sha1,
          md5: file.md5,
          caseId: row.case_id,
          request: row.request_id,
          description: `${file.name} (${row.provider}${row.provider_reference ? `, ${row.provider_reference}` : ""})`,
          acquisition: {
            kind: "provider-return",
            method: "export-by-holder",
            source: row.provider,
            ...(row.provider_reference ? { provider_reference: row.provider_reference } : {}),
            ...(row.authority ? { authority: row.authority } : {}),
            ...(certificate ? { certificate: certificate.number } : {}),
            ...(before?.sha256 ? { digest_before: before.sha256 } : {}),
            ...(before && !before.sha256 ? { digest_listed: before.sha1 ?? before.md5 ?? "" } : {}),
            return_number: row.number,
            ...(file.is_certificate ? { is_certificate: true } : read ? { listed: told?.outcome ?? "extra" } : {}),
          },
        },
      });
      const number = String(performed.done["number"]);
      if (file.is_certificate) certificate ??= { id: performed.id, number };
      made.push(number);
      await tx.updateTable("provider_return_file").set({ item: performed.id }).where("id", "=", file.id).execute();
    }
    await tx
      .updateTable("provider_return")
      .set({ certificate_item: certificate?.id ?? null, ended_at: now })
      .where("id", "=", row.id)
      .execute();
    return {
      ...counts,
      exhibits: made.length,
      first: made[0] ?? "",
      last: made.at(-1) ?? "",
      ...(despite === undefined ? {} : { despite }),
    };
  },
});

/** Gives a return up: nothing becomes an exhibit, and its files are destroyed. */
export const drop = act("drop", {
  input: z.strictObject({
    reason: z
      .string()
      .trim()
      .min(1)
      .max(2_000)
      .meta({ control: "textarea" as const }),
  }),
  apply: async (tx, row, { reason }, { now }) => {
    const files = await tx.selectFrom("provider_return_file").select("id").where("return", "=", row.id).execute();
    for (const { id } of files) await letGoBlob(tx, fileHolder(id), now);
    await tx.deleteFrom("provider_return_file").where("return", "=", row.id).execute();
    await tx.updateTable("provider_return").set({ ended_at: now }).where("id", "=", row.id).execute();
    return { reason, files: files.length };
  },
});

export const returnActs = [begin, add, relist, take, drop] as const;
