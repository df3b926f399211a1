import { z } from "zod";
import type { Context } from "../kernel/act.ts";
import type { Tx } from "../kernel/database.ts";
import { invalid } from "../kernel/errors.ts";
import { asJson } from "../kernel/json.ts";
import { CONDITION_CODES, conditionsSchema, type SetCondition } from "../law/slice.ts";
import { act, officerOf } from "./acts-draft.ts";
import { demandToCome } from "./law-today.ts";
import type { RequestRow } from "./request.ts";
import { answeredTerms, inForce, markTerms, setTerms, type Terms } from "./terms.ts";

const reasons = z.string().trim().min(10).max(4_000).meta({ control: "textarea" });
const condition = z.enum(CONDITION_CODES);

/** Writes what a request knows of its conditions. */
export const saveTerms = (tx: Tx, id: string, { terms, terms_version, terms_state }: Terms) =>
  tx
    .updateTable("request")
    .set({ terms: JSON.stringify(terms), terms_version, terms_state })
    .where("id", "=", id)
    .execute();

/** Sets conditions on what will be given. Gives what the message and the journal say of it. */
export async function proposeTerms(
  tx: Tx,
  row: RequestRow,
  given: readonly SetCondition[],
  context: Pick<Context, "actor" | "now" | "node">,
) {
  for (const [index, { until }] of given.entries())
    if (until !== undefined) demandToCome(context, until, `conditions.${index}.until`);
  const next = setTerms(row, given, row.state === "partly-executed" || row.state === "executed");
  await saveTerms(tx, row.id, next);
  return asJson({ conditions: next.terms, version: next.terms_version, terms_state: next.terms_state });
}

/**
 * Sets, changes or drops the conditions under which data will be given. Nothing is given before they are agreed; dropping the ones that
 * were declined is to give it nevertheless.
 *
 * @source CETS 185 Art. 28(2)-(3)
 */
export const bind = act("bind", {
  input: z.strictObject({ conditions: conditionsSchema }),
  apply: async (tx, row, { conditions }, context) => {
    const body = await proposeTerms(tx, row, conditions, context);
    context.tell({ to: row.peer, body });
    return body;
  },
});

/** Takes the conditions on: from now on they bind every office here. @source CETS 185 Art. 28(3) */
export const agree = act("agree", {
  input: z.strictObject({}),
  apply: async (tx, row, _input, { tell }) => {
    await saveTerms(tx, row.id, answeredTerms(row, row.terms_version, "agreed"));
    tell({ to: row.peer, body: { version: row.terms_version } });
    return { version: row.terms_version };
  },
});

/** Does not take them on, and says why: whoever set them decides whether to give the data nevertheless. @source CETS 185 Art. 28(3) */
export const decline = act("decline", {
  input: z.strictObject({ reasons }),
  apply: async (tx, row, { reasons: why }, { tell }) => {
    await saveTerms(tx, row.id, answeredTerms(row, row.terms_version, "declined"));
    tell({ to: row.peer, body: { version: row.terms_version, reasons: why } });
    return { version: row.terms_version, reasons: why };
  },
});

const said = (context: Pick<Context, "actor" | "now">) => {
  const officer = officerOf(context);
  return { at: context.now.toString(), by: `${officer.name}, ${officer.office.name}` };
};

/** A condition that is in force on this request. */
function demandTerm(row: RequestRow, code: string): void {
  if (!inForce(row.terms).some((each) => each.condition === code))
    throw invalid("condition", "condition-not-in-force", { condition: code });
}

/** Asks whoever set a condition to waive it. */
export const seek = act("seek", {
  input: z.strictObject({ condition, reasons }),
  apply: async (tx, row, { condition: code, reasons: why }, context) => {
    demandTerm(row, code);
    const { at, by } = said(context);
    const terms = markTerms(row.terms, code, { sought: { at, by, text: why } });
    await saveTerms(tx, row.id, { ...row, terms });
    context.tell({ to: row.peer, body: { condition: code, reasons: why, at, by } });
    return { condition: code, reasons: why };
  },
});

/** Waives a condition that this side set: on the other node it no longer binds the data. @source CETS 185 Art. 28(2) */
export const waive = act("waive", {
  stepUp: true,
  input: z.strictObject({ condition, reasons }),
  apply: async (tx, row, { condition: code, reasons: why }, context) => {
    demandTerm(row, code);
    const { at, by } = said(context);
    const terms = markTerms(row.terms, code, { waived: { at, by, reasons: why } });
    await saveTerms(tx, row.id, { ...row, terms });
    context.tell({ to: row.peer, body: { condition: code, reasons: why, at, by } });
    return { condition: code, reasons: why };
  },
});

export const conditionActs = [bind, agree, decline, seek, waive] as const;
