import { z } from "zod";
import { actorId } from "../kernel/actor.ts";
import { sql } from "../kernel/database.ts";
import { endDeadline, setDeadline } from "../kernel/deadline.ts";
import { Refusal } from "../kernel/errors.ts";
import { act, officerOf } from "./acts-draft.ts";
import { EMERGENCY_RULES, emergencyLaw, voiceAgain } from "./emergency.ts";

/** Says that an officer has read the request: once for each officer. The sender sees who and when. @source CETS 185 Art. 35 */
export const see = act("see", {
  input: z.strictObject({}),
  apply: async (tx, row, _input, { tell, ...context }) => {
    officerOf(context);
    const { rows } = await sql<{ n: number }>`select count(*)::int as n from journal where subject_kind = 'request'
      and subject_id = ${row.id} and act = 'request.see' and record->'actor'->>'id' = ${actorId(context.actor)}`.execute(
      tx,
    );
    if ((rows[0]?.n ?? 0) > 0) throw new Refusal("conflict", "request-seen-already");
    tell({ to: row.peer, body: {} });
    return {};
  },
});

/** What came of a telephone call. */
export const CALL_OUTCOMES = ["reached", "no-answer", "wrong-number"] as const;

/**
 * Records a telephone call about the request: who was reached at which number, and what was said. It goes to the other node too, and
 * ends the wait for an answer, or sets the moment of the next try.
 */
export const call = act("call", {
  input: z.strictObject({
    outcome: z.enum(CALL_OUTCOMES),
    person: z.string().trim().max(300).optional(),
    telephone: z.string().trim().min(3).max(60),
    text: z.string().trim().max(4_000).optional().meta({ control: "textarea" }),
  }),
  apply: async (tx, row, { outcome, person, telephone, text }, { tell, now, node, ...context }) => {
    officerOf(context);
    if (outcome === "reached" && !person)
      throw new Refusal("invalid", "invalid-input", { fields: [{ path: "person", key: "request-call-person" }] });
    const voice = { kind: "request", id: row.id, rule: EMERGENCY_RULES.voice };
    const { rows } = await sql<{ id: string }>`select id from deadline where subject_kind = 'request'
      and subject_id = ${row.id} and rule = ${EMERGENCY_RULES.voice} and ended_at is null`.execute(tx);
    const law = emergencyLaw(node.services.country.pack.data);
    if (outcome === "reached") await endDeadline(tx, { ...voice, now });
    else if (rows.length > 0)
      await setDeadline(tx, {
        ...voice,
        startsAt: now,
        dueAt: voiceAgain(now, law),
        detail: { source: law.source },
      });
    const body = { outcome, telephone, ...(person ? { person } : {}), ...(text ? { text } : {}) };
    tell({ to: row.peer, body });
    return body;
  },
});
