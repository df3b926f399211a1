import { randomInt } from "node:crypto";
import { system } from "../kernel/actor.ts";
import { monotonic } from "../kernel/clock.ts";
import { sql } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import { perform } from "../kernel/pipeline.ts";
import type { Job } from "../kernel/slice.ts";
import { refusalFrom } from "../kernel/problem.ts";
import { pauseEndpoint } from "./acts-endpoint.ts";
import { type DeliveryRow, type EndpointRow, PATIENCE_DAYS, retryMs } from "./endpoint.ts";
import { DELIVERY_CHANNEL } from "./messages-feed.ts";
import { send, type Sent } from "./send.ts";
import { messageBody, signatureHeaders } from "./webhook.ts";

/** Deliveries to one address that are under way at once, each of another report; and addresses at once. */
const BESIDE = 8;
const ADDRESSES = 50;
/** After so long a run begins nothing more, so that it ends and the next begins, in milliseconds. */
const RUN_MS_MAX = 10_000;
/** Days that the log of what was delivered is kept. */
const LOG_DAYS = 90;

/** Sends what waits: the addresses beside each other, so that a slow one holds nobody up; of each report its events in order. */
export async function sendDue(node: Node): Promise<void> {
  const started = monotonic();
  const under = new Map<string, Promise<void>>();
  const worked = new Set<string>();
  for (;;) {
    const due = monotonic() - started < RUN_MS_MAX ? await dueEndpoints(node) : [];
    for (const endpoint of due.filter(({ id }) => !under.has(id) && !worked.has(id))) {
      under.set(
        endpoint.id,
        sendTo(node, endpoint, started)
          .catch((error: unknown) => node.log.error({ err: error, endpoint: endpoint.id }, "a delivery broke off"))
          .finally(() => {
            under.delete(endpoint.id);
            worked.add(endpoint.id);
          }),
      );
    }
    if (under.size === 0) return;
    await Promise.race(under.values());
  }
}

async function dueEndpoints(node: Node): Promise<EndpointRow[]> {
  const now = node.clock();
  const { rows } =
    await sql<EndpointRow>`select e.* from endpoint e join client c on c.id = e.client_id and c.state = 'active'
    where e.state = 'active' and e.next_at <= ${now}
      and exists (select 1 from delivery d where d.endpoint_id = e.id and d.state = 'waiting' and d.next_at <= ${now})
    order by e.next_at limit ${sql.lit(ADDRESSES)}`.execute(node.db);
  return rows;
}

/** The first waiting event of each report, as far as it is due. */
async function dueDeliveries(node: Node, endpoint: string): Promise<DeliveryRow[]> {
  const { rows } =
    await sql<DeliveryRow>`select * from delivery d where d.endpoint_id = ${endpoint} and d.state = 'waiting' and d.next_at <= ${node.clock()}
      and not exists (select 1 from delivery b where b.endpoint_id = d.endpoint_id and b.subject_id = d.subject_id and b.state = 'waiting' and b.leaf < d.leaf)
    order by d.leaf limit ${sql.lit(BESIDE)}`.execute(node.db);
  return rows;
}

async function sendTo(node: Node, endpoint: EndpointRow, started: number): Promise<void> {
  while (monotonic() - started < RUN_MS_MAX) {
    const due = await dueDeliveries(node, endpoint.id);
    if (due.length === 0) return;
    const outcomes = await Promise.all(due.map((delivery) => sendOne(node, endpoint, delivery)));
    // One that does not answer is left alone for a while; the others of this round have been tried already.
    if (outcomes.includes("down")) return;
  }
}

async function sendOne(node: Node, endpoint: EndpointRow, delivery: DeliveryRow): Promise<"done" | "refused" | "down"> {
  const body = messageBody(delivery);
  const timestamp = Math.floor(node.clock().epochMilliseconds / 1_000);
  const sent = await send({
    url: endpoint.url,
    headers: signatureHeaders(node, endpoint, { id: `evt_${delivery.entry}`, timestamp, body }),
    body,
    allowsLoopback: node.config.webhook_loopback,
  });
  if (sent.outcome === "answered" && sent.status >= 200 && sent.status < 300) {
    await delivered(node, delivery, sent);
    return "done";
  }
  return failed(node, endpoint, delivery, sent);
}

async function delivered(
  node: Node,
  { id, endpoint_id: endpoint }: DeliveryRow,
  { status, ms }: Extract<Sent, { outcome: "answered" }>,
): Promise<void> {
  const now = node.clock();
  await sql`with d as (update delivery set state = 'delivered', attempts = attempts + 1, status = ${status}, took_ms = ${ms}, problem = null,
      tried_at = ${now}, delivered_at = ${now} where id = ${id})
    update endpoint set failures = 0, failing_since = null, next_at = least(next_at, ${now}) where id = ${endpoint} and failures > 0`.execute(
    node.db,
  );
}

/** True where nobody there could have answered any delivery: the address rests as a whole, not only this event. */
const isDown = (sent: Sent): boolean =>
  sent.outcome === "failed" || sent.status >= 500 || sent.status === 429 || sent.status === 408 || sent.status === 410;

const HOURS_OF_PATIENCE = PATIENCE_DAYS * 24;

async function failed(
  node: Node,
  endpoint: EndpointRow,
  delivery: DeliveryRow,
  sent: Sent,
): Promise<"refused" | "down"> {
  const now = node.clock();
  const problem =
    sent.outcome === "failed" ? sent.problem : sent.status >= 300 && sent.status < 400 ? "redirect" : "status";
  const next = (failures: number) => now.add({ milliseconds: retryMs(failures, randomInt(1_000) / 1_000) });
  const down = isDown(sent);
  const isOld = now.since(delivery.queued_at).total("hours") >= HOURS_OF_PATIENCE;
  // Only its receiver minds this one: after days it is left, so that later events of the report go on.
  const state = !down && isOld ? "given-up" : "waiting";
  await sql`update delivery set state = ${state}, attempts = attempts + 1, next_at = ${next(delivery.attempts + 1)}, status = ${sent.outcome === "answered" ? sent.status : null},
      took_ms = ${sent.ms}, problem = ${problem}, tried_at = ${now} where id = ${delivery.id}`.execute(node.db);
  if (!down) return "refused";
  const { rows } = await sql<{
    failing_since: Temporal.Instant;
  }>`update endpoint set failures = failures + 1, failing_since = coalesce(failing_since, ${now}),
      next_at = ${next(endpoint.failures + 1)} where id = ${endpoint.id} returning failing_since`.execute(node.db);
  const since = rows[0]?.failing_since ?? now;
  const isGone = sent.outcome === "answered" && sent.status === 410;
  if (isGone || now.since(since).total("hours") >= HOURS_OF_PATIENCE)
    await pause(node, endpoint.id, isGone ? "gone" : problem);
  return "down";
}

/** Pauses an address, unless somebody has done something about it meanwhile. */
async function pause(node: Node, id: string, why: string): Promise<void> {
  try {
    await perform({ node, actor: system("webhook"), act: pauseEndpoint, id, input: { why } });
  } catch (error) {
    if (refusalFrom(error)?.code !== "wrong-state") throw error;
  }
}

export const sending: Job = {
  name: "webhook-send",
  everySeconds: 5,
  wokenBy: [DELIVERY_CHANNEL],
  run: sendDue,
};

/** Forgets what was delivered long ago. */
export const forgetDeliveries: Job = {
  name: "webhook-forget",
  everySeconds: 3_600,
  run: async ({ db, clock }) => {
    await sql`delete from delivery where state <> 'waiting' and tried_at < ${clock().subtract({ hours: LOG_DAYS * 24 })}`.execute(
      db,
    );
  },
};
