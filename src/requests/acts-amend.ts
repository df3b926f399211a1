import { z } from "zod";
import type { Context } from "../kernel/act.ts";
import type { Tx } from "../kernel/database.ts";
import { Refusal } from "../kernel/errors.ts";
import { asJson } from "../kernel/json.ts";
import { highest, isIdentifying } from "../law/slice.ts";
import { act, officerOf } from "./acts-draft.ts";
import { demandWithin, lawToday } from "./law-today.ts";
import { toldParticulars } from "./particulars.ts";
import type { RequestRow } from "./request.ts";
import { isIntrusive, questionsFor } from "./safeguards.ts";
import { amended, amendSchema, type Amendment, type Content, isSame, widens } from "./amendment.ts";
import { missing } from "./substance.ts";

const reasons = z.string().trim().min(10).max(4_000).meta({ control: "textarea" });

/**
 * Writes the changed content; what was said to be missing was said of the old one. Where it reaches data that makes the power an intrusive one by
 * the law here, oversight sees it from now on; what was one stays one.
 */
export const saveContent = (tx: Tx, row: RequestRow, content: Content, context: Pick<Context, "node" | "now">) => {
  const { data, particulars, facts, custodian } = content;
  const { pack, day } = lawToday(context);
  const reached = {
    ...row,
    data_category: highest(data.map(({ category }) => category)),
    identifying: isIdentifying(particulars),
  };
  return tx
    .updateTable("request")
    .set({
      data: JSON.stringify(data),
      particulars: JSON.stringify(particulars),
      data_category: reached.data_category,
      identifying: reached.identifying,
      intrusive: row.intrusive || isIntrusive(pack, reached, day),
      facts,
      custodian,
      missing: "[]",
    })
    .where("id", "=", row.id)
    .execute();
};

/** The content as it is told: without what is withheld until its conditions are accepted. @source CETS 185 Art. 26 */
const told = ({ measure }: Pick<RequestRow, "measure">, content: Content): Content => ({
  ...content,
  particulars: toldParticulars({ measure, particulars: content.particulars }),
});

/**
 * Adds to a sent request, or puts it right. What asks for no more than was allowed goes at once; what asks for more waits for a decision.
 *
 * @source CETS 185 Art. 15(2)
 */
export const amend = act("amend", {
  input: amendSchema,
  apply: async (tx, row, given, context) => {
    const officer = officerOf(context);
    const content = amended(row, given);
    if (isSame(row, content)) throw new Refusal("conflict", "amendment-changes-nothing");
    const fields = missing({ ...row, ...content });
    if (fields.length > 0) throw new Refusal("invalid", "request-incomplete", { fields });
    const { kind, reasons: why } = given;
    if (!widens(row, content)) {
      await saveContent(tx, row, content, context);
      await tx.updateTable("request").set({ amendment: null }).where("id", "=", row.id).execute();
      context.tell({ to: row.peer, body: asJson({ kind, reasons: why, content: told(row, content) }) });
      return { kind, reasons: why };
    }
    const last = row.authorised_until?.toString();
    if (last !== undefined) demandWithin({ ...row, ...content }, last, "until");
    const { pack, day } = lawToday(context);
    const category = highest(content.data.map((each) => each.category));
    const unanswered = questionsFor(pack, { ...row, data_category: category }, day).find(
      ({ code }) => !row.answered.includes(code),
    );
    if (unanswered) throw new Refusal("conflict", "amendment-unanswered");
    const by = `${officer.name}, ${officer.office.name}`;
    const waiting: Amendment = { kind, reasons: why, content, by, at: context.now.toString() };
    await tx
      .updateTable("request")
      .set({
        amendment: JSON.stringify(waiting),
        amended_by: officer.account,
        amended_category: category,
      })
      .where("id", "=", row.id)
      .execute();
    return { kind, reasons: why, pending: true };
  },
});

/** The change that waits on this request. */
function waitingOn({ amendment }: { readonly amendment: Amendment | null }): Amendment {
  if (amendment === null || amendment.denied) throw new Refusal("conflict", "amendment-none");
  return amendment;
}

/** Allows a change that asks for more; then it goes to the other side. @source CETS 185 Art. 15(2) */
export const approve = act("approve", {
  stepUp: true,
  input: z.strictObject({ reasons }),
  apply: async (tx, row, { reasons: why }, context) => {
    const { kind, reasons: text, content } = waitingOn(row);
    const until = row.authorised_until?.toString();
    if (until !== undefined) demandWithin({ ...row, ...content }, until, "reasons");
    await saveContent(tx, row, content, context);
    await tx
      .updateTable("request")
      .set({ amendment: null, amended_by: null, amended_category: null })
      .where("id", "=", row.id)
      .execute();
    context.tell({ to: row.peer, body: asJson({ kind, reasons: why, text, content: told(row, content) }) });
    return { kind, text, reasons: why };
  },
});

/** Does not allow it; the request stays as it was. @source CETS 185 Art. 15(2) */
export const disapprove = act("disapprove", {
  stepUp: true,
  input: z.strictObject({ reasons }),
  apply: async (tx, row, { reasons: why }, context) => {
    const officer = officerOf(context);
    const denied = { by: `${officer.name}, ${officer.office.name}`, at: context.now.toString(), reasons: why };
    await tx
      .updateTable("request")
      .set({
        amendment: JSON.stringify({ ...waitingOn(row), denied }),
        amended_by: null,
        amended_category: null,
      })
      .where("id", "=", row.id)
      .execute();
    return { reasons: why, pending: true };
  },
});

export const amendActs = [amend, approve, disapprove] as const;
