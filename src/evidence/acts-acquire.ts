import { z } from "zod";
import { type CaseRow, caseSubject } from "../cases/slice.ts";
import { actsOn, type Context, creates } from "../kernel/act.ts";
import type { Actor, Officer } from "../kernel/actor.ts";
import { sql, type Tx } from "../kernel/database.ts";
import { invalid, Refusal } from "../kernel/errors.ts";
import type { JsonObject } from "../kernel/json.ts";
import { performIn } from "../kernel/pipeline.ts";
import { type Algorithm, ALGORITHMS } from "../trust/vault.ts";
import { keepBlob, letGoBlob, shareBlob } from "../trust/vault-blobs.ts";
import { takeUpload } from "../trust/vault-upload-rows.ts";
import { acquiredAt, digestsMatch } from "./acquisition.ts";
import { carrying, said } from "./custody-facts.ts";
import { type Acquisition, acquisitionSchema, fields, holderOf, type ItemRow, itemSubject, LIFE } from "./item.ts";
import { startErasure } from "./acts-limits.ts";
import { boundBy, inherited, type Limits } from "./limits.ts";
import { answerEntered, requestSeen } from "./views-request.ts";
import { insertItem } from "./acts-words.ts";

const act = actsOn<ItemRow, keyof typeof LIFE>(itemSubject);
const upload = z.uuid().meta({ control: "hidden" });

/** The officer who acts. Items are acquired by a person, who answers for it. */
export function officerOf({ actor }: Pick<Context, "actor">): Officer {
  if (actor.kind !== "officer") throw new Refusal("not-signed-in", "not-signed-in");
  return actor;
}

/** The next exhibit number of a series: the case's, or the year's. The series stays locked until commit, so no number is left out. */
export async function nextNumber(
  tx: Tx,
  { node, now }: Pick<Context, "node" | "now">,
  of?: Pick<CaseRow, "number">,
): Promise<string> {
  const series = of?.number ?? `E-${now.toZonedDateTimeISO(node.config.zone).year}`;
  const { rows } = await sql<{ last: number }>`insert into exhibit_number (series, last) values (${series}, 1)
    on conflict (series) do update set last = exhibit_number.last + 1 returning last`.execute(tx);
  const last = rows[0]?.last ?? 1;
  return of ? `${series}/E${last}` : `${series}-${String(last).padStart(6, "0")}`;
}

/** What a new item is made of, beside its bytes. */
interface Making {
  readonly upload: string;
  readonly description: string;
  readonly acquisition: Acquisition;
  /** What the client computed of the same bytes. */
  readonly sha256?: string | undefined;
  readonly sha1?: string | undefined;
  readonly md5?: string | undefined;
  readonly retain_until?: string | undefined;
}
interface Origin {
  readonly caseFile?: CaseRow | undefined;
  readonly request?: string | undefined;
  /** By which answer without a node it came. */
  readonly came?: JsonObject;
  readonly parent?: ItemRow | undefined;
}

/** What the client computed, for the journal. Refuses where one of its digests is not the node's of the same bytes. */
function digestsOfClient(given: Pick<Making, Algorithm>, here: Readonly<Record<Algorithm, string | null>>): JsonObject {
  const told = ALGORITHMS.filter((algorithm) => given[algorithm] !== undefined && here[algorithm] !== null);
  for (const algorithm of told) if (given[algorithm] !== here[algorithm]) throw invalid(algorithm, "digest-differs");
  if (told.length === 0) return {};
  const names = { sha256: "digest_of_client", sha1: "sha1_of_client", md5: "md5_of_client" };
  return {
    ...Object.fromEntries(told.map((algorithm) => [names[algorithm], here[algorithm]])),
    match_of_client: true,
  };
}

/** Turns a finished upload into an item of the officer's office: bytes, digest, facts. Gives what the journal says. */
async function make(tx: Tx, making: Making, origin: Origin, context: Context): Promise<JsonObject> {
  const { node, id, now } = context;
  const officer = officerOf(context);
  const { vault } = node.services;
  const taken = await takeUpload(tx, vault, making.upload, officer.account);
  if (!taken) throw invalid("upload", "upload-not-there");
  const ofClient = digestsOfClient(making, { sha256: taken.digest, sha1: taken.sha1, md5: taken.md5 });
  const acquired = acquiredAt(making.acquisition, officer.office.zone, now);
  const number = await nextNumber(tx, context, origin.caseFile);
  await keepBlob(tx, vault, taken, holderOf(id), now);
  const { parent } = origin;
  await insertItem(tx, node, {
    id,
    number,
    state: "kept",
    case_id: origin.caseFile?.id ?? parent?.case_id ?? null,
    request_id: origin.request ?? null,
    office: officer.office.id,
    office_name: officer.office.name,
    custodian: officer.account,
    custodian_name: officer.name,
    description: making.description,
    name: taken.name,
    media: taken.media,
    bytes: taken.bytes,
    digest: taken.digest,
    md5: taken.md5,
    sha1: taken.sha1,
    derived: parent !== undefined,
    ...inherited(parent),
    parent: parent?.id ?? null,
    root: parent ? (parent.root ?? parent.id) : null,
    acquired_at: acquired,
    acquired_by: officer.account,
    acquisition: making.acquisition,
    retain_until: making.retain_until ? Temporal.PlainDate.from(making.retain_until) : null,
    created_at: now,
  });
  if (parent) await startErasure(tx, id, parent, { now, node });
  const match = digestsMatch(making.acquisition, taken.digest);
  return {
    number,
    description: making.description,
    file: taken.name,
    media: taken.media,
    bytes: taken.bytes,
    digest_after: taken.digest,
    ...(taken.sha1 === null ? {} : { sha1_after: taken.sha1 }),
    ...(taken.md5 === null ? {} : { md5_after: taken.md5 }),
    ...(match === null ? {} : { digest_before: making.acquisition.digest_before, match }),
    ...ofClient,
    acquired_at: acquired.toString(),
    acquisition: { ...making.acquisition },
    ...(origin.caseFile ? { case: origin.caseFile.number } : {}),
    ...(origin.request === undefined ? {} : { request: origin.request }),
    ...origin.came,
    ...(parent ? { parent: parent.number, parent_digest: parent.digest } : {}),
  };
}

/** What the policy may know of an item before it exists. */
const ofOffice = (_input: unknown, { actor }: { actor: Actor }): Record<string, unknown> =>
  actor.kind === "officer" ? { office: actor.office.id, acquired_by: actor.account, held: false } : {};

const making = {
  upload,
  description: fields.text(2_000),
  sha256: fields.digest.optional().meta({ control: "hidden" }),
  sha1: fields.hex(40).optional().meta({ control: "hidden" }),
  md5: fields.hex(32).optional().meta({ control: "hidden" }),
  acquisition: acquisitionSchema,
  retain_until: z.iso.date().optional(),
};

/** By which answer to a request of the case a file came: that request, the way, who gave it, the entry that says so. */
async function cameBy(
  tx: Tx,
  { request, caseFile }: { readonly request: string; readonly caseFile: string },
  context: Context,
): Promise<JsonObject> {
  const seen = await requestSeen(tx, request, context);
  const answer = seen?.case_id === caseFile ? await answerEntered(tx, request, context) : undefined;
  if (!seen || !answer) throw invalid("request", "item-no-answer");
  return { request_number: seen.number, ...answer };
}

/** Makes an uploaded file an exhibit of a case; of one that came with an answer by e-mail or post, the custody says so. */
export const acquire = creates(itemSubject, "acquire", {
  under: caseSubject,
  state: "kept",
  basis: ["CETS 185 Art. 14(2)(c)"],
  input: z.strictObject({ ...making, request: z.uuid().optional() }),
  attributes: ofOffice,
  apply: async (tx, under: CaseRow, input, context) => {
    if (under.state === "closed")
      throw new Refusal("wrong-state", "wrong-state", { values: { act: "item.acquire", state: "closed" } });
    if (input.request === undefined) return make(tx, input, { caseFile: under }, context);
    const came = await cameBy(tx, { request: input.request, caseFile: under.id }, context);
    return make(tx, input, { caseFile: under, request: input.request, came }, context);
  },
});

/** Makes an uploaded file an item of no case here: what a provider or a contact point hands over for a request. */
export const lodge = creates(itemSubject, "lodge", {
  state: "kept",
  input: z.strictObject({ ...making, request: z.uuid().optional() }),
  attributes: ofOffice,
  apply: async (tx, _under: undefined, input, context) => {
    if (input.request !== undefined && !(await requestSeen(tx, input.request, context)))
      throw invalid("request", "item-no-request");
    return make(tx, input, { request: input.request }, context);
  },
});

/** What the vault holds already, under another holder's name: a file of a provider's return. */
export interface HeldFile {
  readonly holder: string;
  readonly name: string;
  readonly media: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly sha1: string;
  readonly md5: string;
  readonly caseId: string | null;
  readonly request: string | null;
  readonly description: string;
  readonly acquisition: Acquisition;
}

/** Makes such a file an item of the officer's office. The other holder lets it go. */
export const lodgeHeld = creates(itemSubject, "take-in", {
  audience: "internal",
  state: "kept",
  input: z.custom<HeldFile>(),
  attributes: ofOffice,
  apply: async (tx, _under: undefined, file, context) => {
    const { node, id, now } = context;
    const officer = officerOf(context);
    const caseFile =
      file.caseId === null
        ? undefined
        : ((await tx.selectFrom("case_file").selectAll().where("id", "=", file.caseId).executeTakeFirst()) as
            | CaseRow
            | undefined);
    const number = await nextNumber(tx, context, caseFile);
    await shareBlob(tx, node.services.vault, file.holder, holderOf(id));
    await letGoBlob(tx, file.holder, now);
    const { name, media, bytes, sha256, sha1, md5, description, acquisition } = file;
    await insertItem(tx, node, {
      id,
      number,
      state: "kept",
      case_id: file.caseId,
      request_id: file.request,
      office: officer.office.id,
      office_name: officer.office.name,
      custodian: officer.account,
      custodian_name: officer.name,
      description,
      name,
      media,
      bytes,
      digest: sha256,
      md5,
      sha1,
      acquired_at: now,
      acquired_by: officer.account,
      acquisition,
      created_at: now,
    });
    const match = digestsMatch(acquisition, sha256);
    return {
      number,
      description,
      file: name,
      media,
      bytes,
      digest_after: sha256,
      sha1_after: sha1,
      md5_after: md5,
      ...(match === null ? {} : { digest_before: acquisition.digest_before, match }),
      acquired_at: now.toString(),
      acquisition: { ...acquisition },
      ...(caseFile ? { case: caseFile.number } : {}),
      ...(file.request === null ? {} : { request: file.request }),
    };
  },
});

/** The derived item's own first event: it names its parent and the parent's digest. */
export const emerge = creates(itemSubject, "emerge", {
  audience: "internal",
  state: "kept",
  input: z.custom<Making & { parent: ItemRow }>(),
  attributes: ofOffice,
  apply: async (tx, _under: undefined, { parent, ...input }, context) => {
    const caseFile =
      parent.case_id === null
        ? undefined
        : await tx.selectFrom("case_file").selectAll().where("id", "=", parent.case_id).executeTakeFirst();
    return make(tx, input, { parent, caseFile: caseFile as CaseRow | undefined }, context);
  },
});

/** What a derived item is to its parent. */
const DERIVED_AS = ["extracted", "redacted", "converted", "working-copy", "other"] as const;

/** Makes a working or derived item out of this one: the result of an examination, with the tool that gave it. */
export const derive = act("derive", {
  input: z.strictObject({
    upload,
    description: fields.text(2_000),
    as: z.enum(DERIVED_AS).default("extracted"),
    ...carrying("derive"),
  }),
  apply: async (tx, row, { upload: file, description, as, ...given }, context) => {
    const { node, actor, now } = context;
    const facts = said("derive", given, { office: officerOf(context).office, now });
    const { tool, tool_version, settings } = given;
    const acquisition = acquisitionSchema.parse({ method: "other", source: row.number, tool, tool_version, settings });
    const made = await performIn(tx, {
      node,
      actor,
      act: emerge,
      input: { upload: file, description, acquisition, parent: row },
      now,
    });
    return {
      derived: made.id,
      derived_number: made.done["number"] ?? null,
      derived_digest: made.done["digest_after"] ?? null,
      as,
      digest: row.digest,
      ...facts,
    };
  },
});

/** What another node delivered, once its bytes are here and their digest is the promised one. */
export interface Arrival {
  readonly from: string;
  readonly peerItem: string;
  readonly request: string | null;
  readonly caseId: string | null;
  readonly office: string;
  readonly officeName: string;
  readonly name: string;
  readonly media: string;
  readonly bytes: number;
  readonly digest: string;
  readonly md5?: string | undefined;
  readonly sha1?: string | undefined;
  readonly description: string;
  /** Holder under which the vault keeps the pulled bytes. */
  readonly blob: string;
  /** The sender's journal entry of the delivery, digest in hex. */
  readonly entry: string;
  readonly actedAt: string;
  /** Conditions under which it is given. */
  readonly bound?: Limits | undefined;
}

/** An item arrives from another node. The first event of its custody here, with both sides' digests. */
export const arrive = creates(itemSubject, "arrive", {
  audience: "internal",
  state: "kept",
  input: z.custom<Arrival>(),
  attributes: ({ from, office }) => ({ office, peer: from, held: false }),
  apply: async (tx, _under: undefined, arrival, context) => {
    const { node, id, now } = context;
    const caseFile =
      arrival.caseId === null
        ? undefined
        : await tx.selectFrom("case_file").selectAll().where("id", "=", arrival.caseId).executeTakeFirst();
    const number = await nextNumber(tx, context, caseFile as CaseRow | undefined);
    await shareBlob(tx, node.services.vault, arrival.blob, holderOf(id));
    const bound = boundBy(arrival.bound);
    const acquisition = {
      method: "export-by-holder",
      source: arrival.from,
      at: arrival.actedAt,
      digest_before: arrival.digest,
    };
    await insertItem(tx, node, {
      id,
      number,
      state: "kept",
      case_id: arrival.caseId,
      request_id: arrival.request,
      office: arrival.office,
      office_name: arrival.officeName,
      description: arrival.description,
      name: arrival.name,
      media: arrival.media,
      bytes: arrival.bytes,
      digest: arrival.digest,
      md5: arrival.md5 ?? null,
      sha1: arrival.sha1 ?? null,
      acquired_at: now,
      acquisition,
      peer: arrival.from,
      peer_item: arrival.peerItem,
      created_at: now,
      ...bound,
    });
    await startErasure(tx, id, bound, { now, node });
    return {
      number,
      from: arrival.from,
      office: arrival.officeName,
      item_there: arrival.peerItem,
      entry_there: arrival.entry,
      sent_at: arrival.actedAt,
      file: arrival.name,
      media: arrival.media,
      bytes: arrival.bytes,
      digest_before: arrival.digest,
      digest_after: arrival.digest,
      ...(arrival.sha1 === undefined ? {} : { sha1_after: arrival.sha1 }),
      ...(arrival.md5 === undefined ? {} : { md5_after: arrival.md5 }),
      match: true,
      ...(arrival.request === null ? {} : { request: arrival.request }),
      ...(caseFile ? { case: caseFile.number } : {}),
      ...(bound.limits === null ? {} : { limits: bound.limits.join(", "), bound_by: bound.bound_by }),
    };
  },
});

export const acquireActs = [acquire, lodge, lodgeHeld, emerge, derive, arrive] as const;
