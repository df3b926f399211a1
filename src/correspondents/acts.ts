import { z } from "zod";
import { actsOn, creates } from "../kernel/act.ts";
import { system } from "../kernel/actor.ts";
import { sql } from "../kernel/database.ts";
import { invalid, Refusal } from "../kernel/errors.ts";
import { WHOLE_LANGUAGES } from "../kernel/i18n.ts";
import { performIn } from "../kernel/pipeline.ts";
import { addressSchema } from "../mail/slice.ts";
import { arrive } from "../requests/slice.ts";
import {
  correspondentSubject,
  type CorrespondentRow,
  letterKey,
  type LetterRow,
  letterSubject,
} from "./correspondent.ts";
import { readNotice } from "./notice.ts";

const act = actsOn<CorrespondentRow, "confirm" | "revoke">(correspondentSubject);
const line = (max: number) => z.string().trim().min(1).max(max);

/** The first person's act: enters an authority or provider that runs no node. Nothing goes there yet. @source CETS 185 Art. 25(3) */
export const proposeCorrespondent = creates(correspondentSubject, "propose", {
  state: "proposed",
  input: z.strictObject({
    code: z
      .string()
      .trim()
      .regex(/^[A-Z][A-Z0-9]{1,7}$/, "peer-code"),
    name: line(80),
    kind: z.enum(["state", "provider"]),
    address: addressSchema,
    languages: z.array(z.enum(WHOLE_LANGUAGES)).min(1).max(WHOLE_LANGUAGES.length),
    voice: line(60).optional(),
    hours: line(120).optional(),
    escalation: line(200).optional(),
  }),
  apply: async (tx, _under: undefined, { languages, voice, hours, escalation, ...input }, { id, actor, now, node }) => {
    if (actor.kind !== "officer")
      throw new Refusal("not-allowed", "not-permitted", { values: { act: "correspondent.propose" } });
    const { rows } = await sql<{
      n: number;
    }>`select count(*)::int as n from (select code from peer where state <> 'revoked'
      union all select code from correspondent) k where k.code = ${input.code}`.execute(tx);
    if ((rows[0]?.n ?? 0) > 0 || input.code === node.code) throw invalid("code", "peer-known", { code: input.code });
    await tx
      .insertInto("correspondent")
      .values({
        id,
        ...input,
        state: "proposed",
        languages: [...languages],
        voice: voice ?? null,
        hours: hours ?? null,
        escalation: escalation ?? null,
        proposed_by: actor.account,
        proposed_at: now,
      })
      .execute();
    return { ...input, languages: [...languages] };
  },
});

/** The second person's act: they heard the address from the other side by telephone, and type what they heard. */
export const confirmCorrespondent = act("confirm", {
  stepUp: true,
  input: z.strictObject({ address: z.string().trim().max(254), channel: line(200) }),
  apply: async (tx, row, { address, channel }, { actor, now }) => {
    if (address.toLowerCase() !== row.address.toLowerCase()) throw invalid("address", "correspondent-address");
    await tx
      .updateTable("correspondent")
      .set({ confirmed_by: actor.kind === "officer" ? actor.account : null, confirmed_at: now })
      .where("id", "=", row.id)
      .execute();
    return { code: row.code, address: row.address, channel };
  },
});

/** Nothing is written there any more. */
export const revokeCorrespondent = act("revoke", {
  input: z.strictObject({ reason: z.string().trim().min(3).max(2_000).meta({ control: "textarea" }) }),
  apply: async (tx, row, { reason }, { now }) => {
    await tx.updateTable("correspondent").set({ revoked_at: now }).where("id", "=", row.id).execute();
    return { code: row.code, reason };
  },
});

/**
 * Puts in what a mail server or a mail program said of a letter: its source, as the mail program shows it. A proof of delivery counts as
 * the receipt of the wire; a bounce is shown on the request until something better comes.
 */
export const takeNotice = actsOn<LetterRow, "notice">(letterSubject)("notice", {
  input: z.strictObject({ text: z.string().min(1).max(300_000).meta({ control: "textarea" }) }),
  apply: async (tx, row, { text }, { node, now, settle }) => {
    const notice = readNotice(text);
    if (!notice) throw invalid("text", "letter-no-notice");
    const { rows } = await sql<{ id: string }>`select id from mail where once = ${letterKey(row.id)}`.execute(tx);
    const mail = rows[0]?.id;
    if (mail === undefined || !notice.about.some((about) => about === mail || about.startsWith(`${mail}@`)))
      throw invalid("text", "letter-other-message");
    const better = notice.state === "read" || row.state !== "delivered" || notice.state === "bounced";
    if (better) settle(notice.state);
    await tx.updateTable("letter").set({ changed_at: now, detail: notice.detail }).where("id", "=", row.id).execute();
    if (notice.state === "delivered" || notice.state === "read") {
      const delivered = await tx
        .updateTable("outbox")
        .set({ delivered_at: now, problem: null })
        .where("id", "=", row.id)
        .where("delivered_at", "is", null)
        .returning("act")
        .executeTakeFirst();
      if (delivered?.act === "request.send")
        await performIn(tx, {
          node,
          actor: system("letters"),
          act: arrive,
          id: row.request_id,
          input: { receivedAt: now.toString() },
          now,
        });
    } else if (notice.state === "bounced")
      await tx
        .updateTable("outbox")
        .set({ problem: JSON.stringify({ stage: "delivery", type: "bounced", at: now.toString() }) })
        .where("id", "=", row.id)
        .execute();
    return { says: notice.state, detail: notice.detail };
  },
});

export const correspondentActs = [proposeCorrespondent, confirmCorrespondent, revokeCorrespondent, takeNotice];
