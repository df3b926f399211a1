import { z } from "zod";
import { type CaseRow, caseSubject } from "../cases/slice.ts";
import { demandItem, type ItemRow } from "../evidence/slice.ts";
import { actsOn, creates } from "../kernel/act.ts";
import type { Actor } from "../kernel/actor.ts";
import { sql, type Tx } from "../kernel/database.ts";
import { invalid, Refusal } from "../kernel/errors.ts";
import { type ExhibitRow, exhibitSubject, LIFE, PARTIES, type Party, sealWords, wordsIn } from "./exhibit.ts";
import { markOf } from "./mark.ts";

const act = actsOn<ExhibitRow, keyof typeof LIFE>(exhibitSubject);
const line = (max: number) => z.string().trim().min(1).max(max);
const text = (max: number) => line(max).meta({ control: "textarea" as const });
const said = { title: line(200), proves: text(2_000) };

/** The next place in a series of a case. The series stays locked until commit, so no number is left out or given twice. */
export async function nextPlace(tx: Tx, caseId: string, series: Party | "disclosure"): Promise<number> {
  const { rows } = await sql<{
    last: number;
  }>`insert into exhibit_place (case_id, party, last) values (${caseId}, ${series}, 1)
    on conflict (case_id, party) do update set last = exhibit_place.last + 1 returning last`.execute(tx);
  return rows[0]?.last ?? 1;
}

/**
 * Refuses what was given on condition that it is not used as evidence, while whoever set that has not waived it.
 *
 * @source CETS 185 Art. 27(6)
 */
function demandEvidence({ limits, bound_by }: Pick<ItemRow, "limits" | "bound_by">, path?: string): void {
  const values = { by: bound_by ?? "" };
  if (!(limits ?? []).includes("no-evidence")) return;
  throw path === undefined
    ? new Refusal("not-allowed", "limit-no-evidence", { values })
    : invalid(path, "limit-no-evidence", values);
}

/** Puts an item of the case on the list of exhibits, under the next mark of its party. A mark is never given twice. */
export const list = creates(exhibitSubject, "list", {
  under: caseSubject,
  state: "listed",
  basis: ["CETS 185 Art. 14(2)(c)"],
  input: z.strictObject({ item: z.uuid(), party: z.enum(PARTIES).default("prosecution"), ...said }),
  attributes: ({ party }, { under, actor }: { actor: Actor; under: CaseRow }) => ({
    office: under.office,
    party,
    ...(actor.kind === "officer" ? { listed_by: actor.account } : {}),
  }),
  apply: async (tx, under: CaseRow, { item, party, title, proves }, context) => {
    const { node, id, actor, now } = context;
    const found = await demandItem(tx, { item, caseId: under.id, path: "item" }, context);
    demandEvidence(found, "item");
    const listed = await tx
      .selectFrom("exhibit")
      .select("mark")
      .where("case_id", "=", under.id)
      .where("item_id", "=", item)
      .executeTakeFirst();
    if (listed) throw invalid("item", "exhibit-listed", { mark: listed.mark });
    const place = await nextPlace(tx, under.id, party);
    const mark = markOf(node.services.country.pack.court.marks[party], place, under.number);
    const officer = actor.kind === "officer" ? actor : undefined;
    await tx
      .insertInto("exhibit")
      .values({
        id,
        case_id: under.id,
        item_id: item,
        mark,
        party,
        place,
        state: "listed",
        office: under.office,
        words: sealWords(node, id, { title, proves }),
        listed_by: officer?.account ?? null,
        listed_by_name: officer?.name ?? null,
        listed_at: now,
      })
      .execute();
    return { mark, party, case: under.number, item: found.number };
  },
});

/** Says better what it is and what it is to prove, while it is only listed. */
export const describe = act("describe", {
  input: z.strictObject(said),
  apply: async (tx, row, words, { node }) => {
    await tx
      .updateTable("exhibit")
      .set({ words: sealWords(node, row.id, words) })
      .where("id", "=", row.id)
      .execute();
    return { mark: row.mark };
  },
});

/** Puts it before the court. Refused for what is not there any more. */
export const tender = act("tender", {
  input: z.strictObject({}),
  apply: async (tx, row, _input, { actor, now }) => {
    const item = await tx
      .selectFrom("item")
      .select(["state", "limits", "bound_by"])
      .where("id", "=", row.item_id)
      .executeTakeFirstOrThrow();
    demandEvidence(item);
    if (item.state === "disposed") throw new Refusal("wrong-state", "exhibit-disposed");
    await tx
      .updateTable("exhibit")
      .set({ tendered_by: actor.kind === "officer" ? actor.account : null, tendered_at: now })
      .where("id", "=", row.id)
      .execute();
    return { mark: row.mark };
  },
});

const rulingInput = z.strictObject({ ruling: text(4_000), provision: line(200).optional() });
/** A judge's ruling: signed for with a second factor, in words, for the record. */
const ruled = (verb: "admit" | "exclude") =>
  act(verb, {
    stepUp: true,
    input: rulingInput,
    apply: async (tx, row, { ruling, provision }, { node, actor, now }) => {
      const officer = actor.kind === "officer" ? actor : undefined;
      const words = { ...wordsIn(node, row), ruling, ...(provision === undefined ? {} : { provision }) };
      await tx
        .updateTable("exhibit")
        .set({
          words: sealWords(node, row.id, words),
          decided_by: officer?.account ?? null,
          decided_by_name: officer?.name ?? null,
          decided_at: now,
        })
        .where("id", "=", row.id)
        .execute();
      return { mark: row.mark, ...(provision === undefined ? {} : { provision }) };
    },
  });
export const admit = ruled("admit");
export const exclude = ruled("exclude");

/** Takes it back before a ruling. Its mark stays its own. */
export const withdraw = act("withdraw", {
  input: z.strictObject({ reason: text(2_000) }),
  apply: async (_tx, row, { reason }) => ({ mark: row.mark, reason }),
});

export const relist = act("relist", {
  input: z.strictObject({}),
  apply: async (_tx, row) => ({ mark: row.mark }),
});

export const exhibitActs = [list, describe, tender, admit, exclude, withdraw, relist] as const;
