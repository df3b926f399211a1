import { z } from "zod";
import { actsOn, creates } from "../kernel/act.ts";
import { invalid, Refusal } from "../kernel/errors.ts";
import { asJson } from "../kernel/json.ts";
import { type CorrespondentRow, correspondentSubject } from "../correspondents/slice.ts";
import { seal } from "../trust/seal.ts";
import { answerPlace, dispatch, endpoint, type EndpointRow, textPlace } from "./endpoint.ts";
import { keyFingerprint, readKey } from "./signature.ts";

const act = actsOn<EndpointRow, "confirm" | "revoke">(endpoint);
const line = (max: number) => z.string().trim().min(1).max(max);

/** Messages go encrypted, or nowhere: plainly only to this machine itself. */
const isSafe = (address: string): boolean => {
  const { protocol, hostname } = new URL(address);
  return protocol === "https:" || hostname === "127.0.0.1" || hostname === "localhost" || hostname === "[::1]";
};

/**
 * The first person's act: enters where a provider takes messages of TS 103 120, how it is named in them, and its public key. Nothing goes
 * there yet, and nothing from there is believed.
 *
 * @source CETS 185 Art. 25(3)
 */
export const proposeEndpoint = creates(endpoint, "propose", {
  under: correspondentSubject,
  state: "proposed",
  input: z.strictObject({
    url: z.url({ protocol: /^https?$/ }).max(200),
    country: z
      .string()
      .trim()
      .regex(/^[A-Z]{2}$/, "hi1-country"),
    identifier: line(200),
    public_key: line(4_000).meta({ control: "textarea" }),
  }),
  attributes: (_input, { under }: { under: CorrespondentRow }) => ({ peer: under.code }),
  apply: async (tx, under: CorrespondentRow, { url, country, identifier, public_key }, { id, actor, now, node }) => {
    if (actor.kind !== "officer")
      throw new Refusal("not-allowed", "not-permitted", { values: { act: "hi1-endpoint.propose" } });
    if (under.state !== "trusted") throw new Refusal("conflict", "hi1-correspondent-first");
    if (under.kind !== "provider") throw new Refusal("conflict", "hi1-provider-only");
    if (!isSafe(url)) throw invalid("url", "hi1-https");
    if (country === node.code.slice(0, 2) && identifier === node.code) throw invalid("identifier", "hi1-ours");
    const key = readKey(public_key);
    if (!key) throw invalid("public_key", "hi1-key");
    const fingerprint = keyFingerprint(key);
    await tx
      .insertInto("hi1_endpoint")
      .values({
        id,
        peer: under.code,
        correspondent_id: under.id,
        state: "proposed",
        url,
        country,
        identifier,
        public_key: key.export({ type: "spki", format: "pem" }).toString(),
        fingerprint,
        proposed_by: actor.account,
        proposed_at: now,
      })
      .execute();
    return { peer: under.code, url, country, identifier, fingerprint };
  },
});

/** The second person's act: they heard the key's fingerprint from the provider by telephone, and type what they heard. An endpoint that was trusted before ends with it. */
export const confirmEndpoint = act("confirm", {
  stepUp: true,
  input: z.strictObject({ fingerprint: z.string().trim().max(200), channel: line(200) }),
  apply: async (tx, row, { fingerprint, channel }, { actor, now }) => {
    if (fingerprint.toLowerCase().replaceAll(/[^\da-f]/g, "") !== row.fingerprint)
      throw invalid("fingerprint", "hi1-fingerprint");
    const taken = await tx
      .selectFrom("hi1_endpoint")
      .select("peer")
      .where("country", "=", row.country)
      .where("identifier", "=", row.identifier)
      .where("state", "=", "trusted")
      .where("peer", "<>", row.peer)
      .executeTakeFirst();
    if (taken) throw new Refusal("conflict", "hi1-name-taken", { values: { peer: taken.peer } });
    const former = await tx
      .updateTable("hi1_endpoint")
      .set({ state: "revoked", revoked_at: now })
      .where("peer", "=", row.peer)
      .where("state", "=", "trusted")
      .returning("id")
      .execute();
    await tx
      .updateTable("hi1_endpoint")
      .set({ confirmed_by: actor.kind === "officer" ? actor.account : null, confirmed_at: now })
      .where("id", "=", row.id)
      .execute();
    return { peer: row.peer, fingerprint: row.fingerprint, channel, replaces: former.map(({ id }) => id) };
  },
});

/** Nothing is sent there or believed from there any more: what waits goes as letters. */
export const revokeEndpoint = act("revoke", {
  input: z.strictObject({ reason: z.string().trim().min(3).max(2_000).meta({ control: "textarea" }) }),
  apply: async (tx, row, { reason }, { now }) => {
    await tx.updateTable("hi1_endpoint").set({ revoked_at: now }).where("id", "=", row.id).execute();
    return { peer: row.peer, reason };
  },
});

/** A verified message of a provider's is taken in, with what became of it and the answer that it gets, also when it comes again. */
export const takeDispatch = creates(dispatch, "take", {
  audience: "internal",
  input: z.object({
    peer: z.string(),
    transaction: z.uuid(),
    request: z.uuid().nullable(),
    actions: z.array(z.string()),
    digest: z.string(),
    text: z.string(),
    answer: z.string(),
    problem: z.object({ type: z.string(), code: z.number().optional(), words: z.string().optional() }).nullable(),
  }),
  apply: async (tx, _under: undefined, input, { id, now, node }) => {
    const { peer, transaction, request, actions, digest, text, answer, problem } = input;
    const key = node.services.keys.seal;
    await tx
      .insertInto("hi1_message")
      .values({
        id,
        peer,
        direction: "in",
        state: problem === null ? "applied" : "refused",
        transaction,
        request_id: request,
        actions,
        digest: Buffer.from(digest, "hex"),
        words: seal(key, text, textPlace(id)),
        answer: seal(key, answer, answerPlace(id)),
        at: now,
        settled_at: now,
        next_at: now,
        problem: problem && JSON.stringify(problem),
      })
      .execute();
    return asJson({
      peer,
      transaction,
      actions,
      digest,
      problem: problem && { type: problem.type, code: problem.code },
    });
  },
});

export const hi1Acts = [proposeEndpoint, confirmEndpoint, revokeEndpoint, takeDispatch];
