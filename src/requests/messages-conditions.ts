import { z } from "zod";
import type { ReceiveContext } from "../kernel/act.ts";
import { system } from "../kernel/actor.ts";
import type { Tx } from "../kernel/database.ts";
import { performIn } from "../kernel/pipeline.ts";
import { specialise } from "../cases/slice.ts";
import { type Limits, liftLimit } from "../evidence/slice.ts";
import { peerNames } from "../exchange/slice.ts";
import { CONDITION_CODES } from "../law/slice.ts";
import { saveTerms } from "./acts-conditions.ts";
import type { RequestRow } from "./request.ts";
import { answeredTerms, inForce, markTerms, type Term } from "./terms.ts";

const words = (max: number) => z.string().max(max);
const moment = z.iso.datetime();
const condition = z.enum(CONDITION_CODES);
const said = { at: moment, by: words(700) };
const term = z.strictObject({
  condition,
  until: z.iso.date().optional(),
  words: words(1_000).optional(),
  sought: z.strictObject({ ...said, text: words(4_000) }).optional(),
  waived: z.strictObject({ ...said, reasons: words(4_000) }).optional(),
});

/** Conditions as the one asked sets them. */
export const termsSchema = z.strictObject({
  conditions: z.array(term).max(40),
  version: z.int().min(0).max(100_000),
  terms_state: z.enum(["proposed", "agreed"]).nullable(),
});
type Told = z.infer<typeof termsSchema>;

/** Takes over what the one asked has set. What is new among it was agreed by nobody here, whatever is said of it. @source CETS 185 Art. 28(3) */
export const takeTerms = (tx: Tx, row: RequestRow, { conditions, version, terms_state: said }: Told) => {
  const terms = conditions as Term[];
  const known = (of: Term) =>
    row.terms.some((each) => each.condition === of.condition && each.until === of.until && each.words === of.words);
  const terms_state = said === "agreed" && !inForce(terms).every(known) ? "proposed" : said;
  return saveTerms(tx, row.id, { terms, terms_version: version, terms_state });
};

export const versionSchema = z.strictObject({ version: z.int().min(0), reasons: words(4_000).optional() });

/** The one who asked has answered the conditions. */
export const takeAnswer =
  (answer: "agreed" | "declined") =>
  async (tx: Tx, row: RequestRow, { version, reasons }: z.infer<typeof versionSchema>): Promise<object> => {
    await saveTerms(tx, row.id, answeredTerms(row, version, answer));
    return { version, ...(reasons === undefined ? {} : { reasons }) };
  };

export const soughtSchema = z.strictObject({ condition, reasons: words(4_000), ...said });
type Sought = z.infer<typeof soughtSchema>;

/** The one who is bound asks for a waiver. */
export const takeSought = async (tx: Tx, row: RequestRow, { condition: code, reasons, at, by }: Sought) => {
  await saveTerms(tx, row.id, { ...row, terms: markTerms(row.terms, code, { sought: { at, by, text: reasons } }) });
  return { condition: code };
};

/** The one who set a condition waives it: it is taken off the data, and off the case where it bound that. */
export async function takeWaiver(
  tx: Tx,
  row: RequestRow,
  { condition: code, reasons, at, by }: Sought,
  { node, now }: Pick<ReceiveContext, "node" | "now">,
): Promise<object> {
  const terms = markTerms(row.terms, code, { waived: { at, by, reasons } });
  await saveTerms(tx, row.id, { ...row, terms });
  await liftLimit(tx, { node, now }, { request: row.id, condition: code, reason: reasons, by });
  if (code === "speciality" && row.case_id !== null) await specialised(tx, row.case_id, { node, now });
  return { condition: code };
}

/** Conditions that bind what arrives under the request; `undefined` where there are none. */
export async function limitsOf(tx: Tx, row: Pick<RequestRow, "id" | "terms" | "peer">): Promise<Limits | undefined> {
  const terms = inForce(row.terms);
  if (terms.length === 0) return undefined;
  return {
    limits: [...new Set(terms.map((each) => each.condition))],
    by: (await peerNames(tx)).get(row.peer) ?? row.peer,
    until: terms.find((each) => each.condition === "erase-by")?.until ?? null,
    request: row.id,
  };
}

/** Data of the case serves for the offences named alone, as long as some of it is under that condition. @source CETS 185 Art. 28(2) */
export async function specialised(
  tx: Tx,
  caseId: string,
  { node, now }: Pick<ReceiveContext, "node" | "now">,
): Promise<void> {
  const bound = await tx
    .selectFrom("item")
    .select(["bound_by", "limits"])
    .where("case_id", "=", caseId)
    .where("limits", "is not", null)
    .execute();
  const by = bound.find(({ limits }) => limits?.includes("speciality"))?.bound_by ?? null;
  const file = await tx.selectFrom("case_file").select("special_by").where("id", "=", caseId).executeTakeFirst();
  if (!file || file.special_by === by) return;
  await performIn(tx, { node, actor: system("conditions"), act: specialise, id: caseId, input: { by }, now });
}
