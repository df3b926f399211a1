import { z } from "zod";
import { actsOn, creates } from "../kernel/act.ts";
import { momentAt } from "../kernel/clock.ts";
import { type Tx, sql } from "../kernel/database.ts";
import { invalid, Refusal } from "../kernel/errors.ts";
import { urlProblem } from "./address.ts";
import { type ClientRow, clientSubject } from "./client.ts";
import { ENDPOINTS_MAX, type EndpointRow, endpointShape, endpointSubject, OVERLAP_HOURS_MAX } from "./endpoint.ts";
import { replayFrom } from "./messages-feed.ts";
import { webhookSecret } from "./webhook.ts";

const act = actsOn(endpointSubject);

/** Registers an address to be told at. Its secret is in the answer, and on its page while it is new. */
export const registerEndpoint = creates(endpointSubject, "register", {
  under: clientSubject,
  state: "active",
  input: z.strictObject(endpointShape),
  attributes: (_input, { under }: { under: ClientRow }) => ({ client_id: under.id }),
  apply: async (tx, client: ClientRow, { url, events }, { id, now, node, answer }) => {
    const problem = urlProblem(url, node.config.webhook_loopback);
    if (problem !== undefined) throw invalid("url", problem);
    if (client.state === "closed") throw new Refusal("wrong-state", "client-closed");
    if (!client.scopes.includes("webhook"))
      throw new Refusal("not-allowed", "client-scope-needed", { values: { scope: "webhook" } });
    await demandRoom(tx, client.id);
    await tx
      .insertInto("endpoint")
      .values({ id, client_id: client.id, state: "active", url, events, secret_at: now, created_at: now, next_at: now })
      .execute();
    answer({ secret: webhookSecret(node, id, 1) });
    return { client: client.id, url, events };
  },
});

async function demandRoom(tx: Tx, client: string): Promise<void> {
  const { rows } = await sql<{
    n: number;
  }>`select count(*)::int as n from endpoint where client_id = ${client} and state <> 'closed'`.execute(tx);
  if ((rows[0]?.n ?? 0) >= ENDPOINTS_MAX)
    throw new Refusal("conflict", "webhook-too-many", { values: { maximum: ENDPOINTS_MAX } });
}

/** Makes a new secret. Deliveries bear the signatures of both until the overlap is over. */
export const rotateEndpoint = act("rotate", {
  input: z.strictObject({ overlap_hours: z.coerce.number().int().min(0).max(OVERLAP_HOURS_MAX).default(24) }),
  apply: async (tx, row, { overlap_hours: overlap }, { node, now, answer }) => {
    const number = row.secret_number + 1;
    const until = now.add({ hours: overlap });
    await tx
      .updateTable("endpoint")
      .set({ secret_number: number, secret_at: now, former_until: until })
      .where("id", "=", row.id)
      .execute();
    answer({ secret: webhookSecret(node, row.id, number) });
    return { number, former_until: until.toString() };
  },
});

/** Nobody has answered there for days: nothing more is sent until somebody has looked. Done by the node itself. */
export const pauseEndpoint = act("pause", {
  audience: "internal",
  input: z.strictObject({ why: z.string().max(40) }),
  apply: async (_tx, _row, { why }) => ({ why }),
});

/** Deliveries go on, with what waited first. */
export const resumeEndpoint = act("resume", {
  input: z.strictObject({}),
  apply: async (tx, row, _input, { now }) => {
    await afresh(tx, row, now);
    return {};
  },
});

const afresh = async (tx: Tx, { id }: EndpointRow, now: Temporal.Instant): Promise<void> => {
  await sql`update endpoint set failures = 0, failing_since = null, next_at = ${now} where id = ${id}`.execute(tx);
  await sql`update delivery set next_at = ${now}, queued_at = ${now} where endpoint_id = ${id} and state = 'waiting'`.execute(
    tx,
  );
};

export const closeEndpoint = act("close", {
  input: z.strictObject({}),
  apply: async () => ({}),
});

/** Sends again what was sent since a time, or from one delivery on. Each bears the id that it had, so a receiver knows it again. */
export const replayEndpoint = act("replay", {
  input: z.strictObject({
    /** RFC 3339 with zone; from a form in the zone of the office. */
    since: z.iso.datetime({ offset: true, local: true }).meta({ control: "datetime" }).optional(),
    from: z.string().trim().max(60).optional(),
  }),
  apply: async (tx, row, { since, from }, { now, actor, node }) => {
    if ((since === undefined) === (from === undefined)) throw invalid("since", "webhook-replay-from");
    const zone = actor.kind === "officer" ? actor.office.zone : node.config.zone;
    const start = from === undefined ? { at: momentIn(since ?? "", zone) } : { entry: idIn(from) };
    const again = await replayFrom(tx, row, start, now);
    if (again === undefined) throw invalid("from", "webhook-replay-unknown");
    await sql`update endpoint set next_at = ${now} where id = ${row.id}`.execute(tx);
    return { again, ...(since ? { since } : {}), ...(from ? { from } : {}) };
  },
});

function momentIn(text: string, zone: string): Temporal.Instant {
  const moment = /(Z|[+-]\d{2}:\d{2})$/.test(text) ? Temporal.Instant.from(text) : momentAt(text, zone);
  if (!moment) throw invalid("since", "webhook-replay-from");
  return moment;
}

/** The journal entry that a `webhook-id` names. */
function idIn(text: string): string {
  const id = /^(?:evt_)?([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/i.exec(text)?.[1];
  if (id === undefined) throw invalid("from", "webhook-replay-unknown");
  return id;
}

export const endpointActs = [
  registerEndpoint,
  rotateEndpoint,
  pauseEndpoint,
  resumeEndpoint,
  closeEndpoint,
  replayEndpoint,
] as const;
