import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { argv, exit, stderr, stdout } from "node:process";
import canonicalize from "canonicalize";
import type { FastifyInstance } from "fastify";
import { parseArgs } from "node:util";
import { openCase } from "../src/cases/slice.ts";
import { compose } from "../src/compose.ts";
import { confirmPeer, proposePeer } from "../src/exchange/acts.ts";
import { bringCourier, giveCourier } from "../src/exchange/courier.ts";
import { courierFile } from "../src/exchange/messages-courier.ts";
import { ownEntry } from "../src/exchange/identity.ts";
import { deliverDue } from "../src/exchange/messages-outgoing.ts";
import { folders } from "../src/folders.ts";
import type { AnyAct } from "../src/kernel/act.ts";
import type { Officer, OfficeKind, Role } from "../src/kernel/actor.ts";
import { configSchema } from "../src/kernel/config.ts";
import { sql } from "../src/kernel/database.ts";
import { Refusal } from "../src/kernel/errors.ts";
import { sweep } from "../src/kernel/sweep.ts";
import { migrate } from "../src/kernel/migrate.ts";
import type { Node } from "../src/kernel/node.ts";
import { perform } from "../src/kernel/pipeline.ts";
import { ensureDatabase, startPostgres } from "../src/kernel/postgres.ts";
import { readerOf, readView } from "../src/kernel/reader.ts";
import { makeServer } from "../src/kernel/server.ts";
import { authorise, draftRequest, submit } from "../src/requests/acts-draft.ts";
import { accept, acknowledge, ask, execute, postpone, refuse } from "../src/requests/acts-receiver.ts";
import { answer, close, extend, send, withdraw } from "../src/requests/acts-sender.ts";
import { type RequestFound, requestView } from "../src/requests/views.ts";
import { telephoneNumber } from "../src/trust/directory.ts";

// A network of nodes in one process, each whole, with its own database, keys and law; what they tell each other goes signed and sealed
// over HTTP. Time is virtual: a year of requests and outages passes in minutes, and at its end every history agrees on both sides.

const { values: asked } = parseArgs({
  args: argv.slice(2),
  options: {
    nodes: { type: "string", default: "100" },
    days: { type: "string", default: "365" },
    requests: { type: "string", default: "10" },
    peers: { type: "string", default: "3" },
    seed: { type: "string", default: "1" },
  },
});
const [NODES, DAYS, REQUESTS, PEERS, SEED] = [asked.nodes, asked.days, asked.requests, asked.peers, asked.seed].map(
  Number,
) as [number, number, number, number, number];
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Numbers from 0 to below 1 that a seed gives again (mulberry32). */
function chances(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
const chance = chances(SEED);
const among = <T>(all: readonly T[]): T => all[Math.floor(chance() * all.length)] as T;
/** A time until something happens that happens on average every `mean`, in milliseconds. */
const wait = (mean: number): number => -Math.log(1 - chance()) * mean;

const start = Temporal.Instant.from("2026-01-01T00:00:00Z").epochMilliseconds;
let now = start;
const clock = () => Temporal.Instant.fromEpochMilliseconds(Math.round(now));

// --- What happens when ---------------------------------------------------------------------------------------------

interface Event {
  readonly at: number;
  readonly n: number;
  readonly run: () => Promise<void>;
}
/** A heap by time; of two at one time the one planned first comes first, so that a seed gives the same year again. */
const planned: Event[] = [];
let plans = 0;
const before = (a: Event, b: Event): boolean => a.at < b.at || (a.at === b.at && a.n < b.n);
function plan(after: number, run: () => Promise<void>): void {
  planned.push({ at: now + after, n: (plans += 1), run });
  for (let child = planned.length - 1; child > 0;) {
    const parent = (child - 1) >> 1;
    const [a, b] = [planned[child], planned[parent]] as [Event, Event];
    if (!before(a, b)) return;
    [planned[child], planned[parent]] = [b, a];
    child = parent;
  }
}
function nextEvent(): Event | undefined {
  const first = planned[0];
  const last = planned.pop();
  if (!first || !last || planned.length === 0) return first;
  planned[0] = last;
  for (let parent = 0; ;) {
    const children = [2 * parent + 1, 2 * parent + 2].filter((each) => each < planned.length);
    const [least] = children.sort((a, b) => (before(planned[a] as Event, planned[b] as Event) ? -1 : 1));
    if (least === undefined || !before(planned[least] as Event, planned[parent] as Event)) return first;
    [planned[parent], planned[least]] = [planned[least] as Event, planned[parent] as Event];
    parent = least;
  }
}

// --- Nodes ---------------------------------------------------------------------------------------------------------

interface Side {
  readonly node: Node;
  readonly gateway: FastifyInstance;
  readonly officer: (role: Role) => Officer;
  readonly peers: Side[];
  /** Until when nothing comes or goes, as the simulation counts time. */
  cutUntil: number;
  file: string;
  readonly close: () => Promise<void>;
}
const OFFICES: Partial<Record<Role, OfficeKind>> = {
  investigator: "police",
  judge: "court",
  "duty-officer": "contact-point",
  "central-authority": "central-authority",
  administrator: "administration",
};
function officersOf(code: string): (role: Role) => Officer {
  const made = new Map<Role, Officer>();
  return (role) => {
    const kind = OFFICES[role] ?? "police";
    const found: Officer = made.get(role) ?? {
      kind: "officer",
      account: randomUUID(),
      name: `${role} of ${code}`,
      role,
      locale: "en",
      via: "token",
      credential: randomUUID(),
      steppedUpAt: null,
      office: { id: randomUUID(), name: `${kind} of ${code}`, kind, zone: "UTC" },
    };
    made.set(role, found);
    return found;
  };
}
const sides = new Map<string, Side>();
const isCut = ({ cutUntil }: Side): boolean => now < cutUntil;

/** One server for all gateways: `/N001/exchange/v1/envelopes` goes to that node, unless its line is cut. */
const lines = createServer((incoming, outgoing) => {
  const [, code = "", rest = ""] = /^\/([A-Z]\d+)(\/.*)$/.exec(incoming.url ?? "") ?? [];
  const side = sides.get(code);
  const parts: Buffer[] = [];
  incoming.on("data", (part: Buffer) => parts.push(part));
  incoming.on("end", () => {
    if (!side || isCut(side)) return void outgoing.destroy();
    void side.gateway
      .inject({
        method: incoming.method === "POST" ? "POST" : "GET",
        url: rest,
        headers: incoming.headers,
        payload: Buffer.concat(parts),
      })
      .then((answer) => {
        outgoing.writeHead(answer.statusCode, { "content-type": String(answer.headers["content-type"] ?? "") });
        outgoing.end(answer.rawPayload);
      });
  });
});

const counted = { acts: 0, notPossible: 0, messages: 0, outages: 0, long: 0, couriers: 0, requests: 0 };
async function does(
  side: Side,
  role: Role,
  act: AnyAct,
  of: { id?: string; input?: unknown },
): Promise<string | undefined> {
  try {
    const { id } = await perform({
      node: side.node,
      actor: side.officer(role),
      act,
      input: of.input ?? {},
      ...(of.id ? { id: of.id } : {}),
    });
    counted.acts += 1;
    return id;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    counted.notPossible += 1;
    return undefined;
  }
}
/** What waits goes as soon as the line carries it; where it does not, again when it should. */
async function deliver(side: Side): Promise<void> {
  if (!isCut(side)) await deliverDue(side.node);
}
const soon = (side: Side): void => plan(30_000, () => deliver(side));

// --- What officers do ----------------------------------------------------------------------------------------------

const reasons = "For the reasons that the file sets out.";
interface Course {
  readonly id: string;
  readonly from: Side;
  readonly to: Side;
}
const courses: Course[] = [];

async function begin(from: Side): Promise<void> {
  const to = among(from.peers);
  const measure = chance() < 0.6 ? "P29" : "M31";
  const input = {
    measure,
    to: to.node.code,
    offence: "Computer-related fraud",
    facts: "A caller had the victim read out a one-time code; a year of wages left her account within minutes.",
    necessity: "Only the provider holds the log-in records of this mailbox; bank records end at the transfer.",
    proportionality: "One mailbox and nine days are asked for, and nothing that its owner wrote.",
    data: [{ category: "subscriber", description: "Subscriber information", identifiers: ["claims@mail.example"] }],
    custodian: "The provider, response desk",
    urgency: among(["routine", "urgent"]),
    particulars: { assistance: "A request will follow within sixty days.", use: "Evidence in these proceedings only." },
  };
  const id = await does(from, "investigator", draftRequest, { id: from.file, input });
  if (id === undefined) throw new Error("a draft was refused: the simulation does not know the law it runs under");
  await does(from, "investigator", submit, { id });
  const until = clock().toZonedDateTimeISO("UTC").toPlainDate().add({ days: 60 }).toString();
  await does(from, "judge", authorise, { id, input: { reasons, until } });
  if ((await does(from, "duty-officer", send, { id })) === undefined)
    throw new Error("a request that was authorised could not be sent");
  counted.requests += 1;
  const course = { id, from, to };
  courses.push(course);
  soon(from);
  plan(wait(12 * HOUR), () => receiverActs(course, 0));
  plan(wait(20 * DAY), () => senderActs(course, 0));
}

const STEPS_MAX = 14;
async function receiverActs(course: Course, step: number): Promise<void> {
  const { id, to } = course;
  const [act, input] = among<readonly [AnyAct, object]>([
    [acknowledge, {}],
    [acknowledge, {}],
    [accept, {}],
    [accept, {}],
    [ask, { text: "Which mailbox is meant?" }],
    [postpone, { reasons }],
    [refuse, { ground: "sovereignty", reasons }],
    [execute, { outcome: "started" }],
    [execute, { outcome: "done" }],
    [execute, { outcome: "done" }],
  ]);
  await does(to, chance() < 0.5 ? "duty-officer" : "central-authority", act, { id, input });
  soon(to);
  if (step < STEPS_MAX) plan(wait(step < 4 ? DAY : 6 * DAY), () => receiverActs(course, step + 1));
}
async function senderActs(course: Course, step: number): Promise<void> {
  const { id, from } = course;
  const [act, input] = among<readonly [AnyAct, object]>([
    [answer, { text: "The one named in the annex." }],
    [answer, { text: "The one named in the annex." }],
    [extend, { reasons }],
    [withdraw, { reasons }],
    [close, { outcome: "useful" }],
  ]);
  await does(from, "investigator", act, { id, input });
  soon(from);
  if (step < STEPS_MAX / 2) plan(wait(9 * DAY), () => senderActs(course, step + 1));
}

// --- Outages -------------------------------------------------------------------------------------------------------

const LONG = 0.08;
async function outage(side: Side): Promise<void> {
  const isLong = chance() < LONG;
  const lasts = isLong ? 10 * DAY + wait(15 * DAY) : wait(8 * HOUR);
  counted.outages += 1;
  if (isLong) counted.long += 1;
  side.cutUntil = Math.max(side.cutUntil, now + lasts);
  if (isLong) for (let at = 5 * DAY; at < lasts; at += 7 * DAY) plan(at, () => courierRound(side));
  plan(lasts + 1, async () => {
    for (const each of [side, ...side.peers]) plan(16 * 60_000, () => deliver(each));
  });
  plan(wait(45 * DAY), () => outage(side));
}
/** While a cable is cut for weeks, somebody flies in with what waits, and out with what goes back. */
async function courierRound(side: Side): Promise<void> {
  for (const other of side.peers)
    for (const [from, to] of [
      [other, side],
      [side, other],
    ] as const) {
      const { peer } = await giveCourier(from.node, from.officer("duty-officer"), { to: to.node.code, carrier: "Bag" });
      const { rows } = await sql<{
        first: number | null;
        last: number | null;
      }>`select min(seq) as first, max(seq) as last from inbox
        where peer = ${to.node.code} and courier is not null`.execute(from.node.db);
      const owed = rows[0]?.first && rows[0].last ? { from: rows[0].first, to: rows[0].last } : undefined;
      const file = await courierFile(from.node, peer, { carrier: "Bag", owed });
      const { brought } = await bringCourier(to.node, to.officer("duty-officer"), file);
      if (brought.problem) throw new Error(`a courier's file was not taken: ${JSON.stringify(brought.problem)}`);
      counted.couriers += 1;
    }
}

// --- The year ------------------------------------------------------------------------------------------------------

async function open(n: number, of: { url: (name: string) => string; root: string; port: number }): Promise<Side> {
  const code = `N${String(n).padStart(3, "0")}`;
  const database = of.url(code.toLowerCase());
  const folder = join(of.root, code);
  mkdirSync(folder, { recursive: true });
  const config = configSchema.parse({
    code,
    name: `Country ${n}`,
    pack: n % 2 === 0 ? "XA" : "XB",
    packs: folders.packs,
    pack_unsigned: true,
    database,
    folder,
    connections: 2,
    log_level: "silent",
    gateway_url: `http://127.0.0.1:${of.port}/${code}`,
  });
  const { node, close: shut } = await compose(config, clock);
  const gateway = await makeServer({
    node,
    role: "gateway",
    chrome: { asset: () => "", actForm: () => null, problem: () => null },
  });
  await gateway.ready();
  return {
    node,
    gateway,
    officer: officersOf(code),
    peers: [],
    cutUntil: 0,
    file: "",
    close: async () => {
      await gateway.close();
      await shut();
    },
  };
}

/** Each node has so many peers before it and behind it in a ring: what is next to what does not matter to the rules. */
async function bind(all: readonly Side[]): Promise<void> {
  for (const [n, side] of all.entries())
    for (let step = 1; step <= PEERS; step += 1) {
      const other = all[(n + step * step) % all.length];
      if (!other || other === side || side.peers.includes(other)) continue;
      for (const [mine, theirs] of [
        [side, other],
        [other, side],
      ] as const) {
        const signed = ownEntry(theirs.node);
        const { id } = await perform({
          node: mine.node,
          actor: mine.officer("administrator"),
          act: proposePeer,
          input: { document: JSON.stringify(signed) },
        });
        const input = { number: telephoneNumber(signed), channel: "simulation" };
        await perform({ node: mine.node, actor: mine.officer("central-authority"), act: confirmPeer, id, input });
        mine.peers.push(theirs);
      }
    }
}

async function settle(all: readonly Side[]): Promise<void> {
  for (const side of all) side.cutUntil = 0;
  for (let round = 0; round < 50; round += 1) {
    let waits = 0;
    for (const side of all) {
      await deliverDue(side.node);
      const { rows } = await sql<{
        n: number;
      }>`select count(*)::int as n from outbox where delivered_at is null`.execute(side.node.db);
      waits += rows[0]?.n ?? 0;
    }
    if (waits === 0) return;
    now += 16 * 60_000;
  }
  throw new Error("messages still wait after fifty rounds over lines that are whole");
}

async function shown(side: Side, role: Role, id: string): Promise<string> {
  const found = (await readView(requestView, readerOf(side.node, side.officer(role)), { id })) as RequestFound;
  return canonicalize({ state: found.state, history: found.history }) ?? "";
}

async function main(): Promise<void> {
  const from = performance.now();
  const say = (text: string) =>
    stderr.write(`${((performance.now() - from) / 1_000).toFixed(0).padStart(5)} s  ${text}\n`);
  const root = mkdtempSync(join(tmpdir(), "comity-simulate-"));
  const postgres = await startPostgres(join(root, "postgres"), { durable: false, connections: 2 * NODES + 40 });
  const all: Side[] = [];
  try {
    await new Promise<void>((resolve) => lines.listen(0, "127.0.0.1", resolve));
    const { port } = lines.address() as AddressInfo;
    await ensureDatabase(postgres, "template_node");
    await migrate(postgres.url("template_node"), folders.migrations);
    for (let n = 1; n <= NODES; n += 1) {
      await ensureDatabase(postgres, `n${String(n).padStart(3, "0")}`, "template_node");
      const side = await open(n, { url: postgres.url, root, port });
      side.file = (await does(side, "investigator", openCase, { input: { title: "A case", reports: [] } })) ?? "";
      all.push(side);
      sides.set(side.node.code, side);
    }
    say(`${NODES} nodes stand`);
    await bind(all);
    say(`${all.reduce((sum, { peers }) => sum + peers.length, 0)} times two people bound a peer`);
    const end = start + DAYS * DAY;
    for (const side of all) {
      const loop = async (): Promise<void> => {
        await begin(side);
        plan(wait((DAYS * DAY) / REQUESTS), loop);
      };
      plan(wait((DAYS * DAY) / REQUESTS), loop);
      plan(wait(45 * DAY), () => outage(side));
      const daily = async (): Promise<void> => {
        await sweep.run(side.node);
        await deliver(side);
        plan(DAY, daily);
      };
      plan(chance() * DAY, daily);
    }
    let month = 0;
    for (let event = nextEvent(); event && event.at < end; event = nextEvent()) {
      now = event.at;
      await event.run();
      const passed = Math.floor((now - start) / (30 * DAY));
      if (passed > month) say(`month ${(month = passed)}: ${JSON.stringify(counted)}`);
    }
    now = end;
    await settle(all);
    say("nothing waits any more");
    let differing = 0;
    for (const { id, from: sender, to } of courses) {
      const [here, there] = [await shown(sender, "investigator", id), await shown(to, "duty-officer", id)];
      if (here === there) continue;
      differing += 1;
      if (differing <= 5) say(`${id} differs:\n${sender.node.code} ${here}\n${to.node.code} ${there}`);
    }
    const [refused, doubled] = await doubts(all);
    const { messages, alarms } = await totals(all);
    const report = {
      seed: SEED,
      nodes: NODES,
      days: DAYS,
      ...counted,
      messages,
      alarms,
      differing,
      refused,
      doubled,
      seconds: Math.round((performance.now() - from) / 1_000),
    };
    stdout.write(`${JSON.stringify(report)}\n`);
    if (differing + refused + doubled > 0 || courses.length === 0) exit(1);
  } finally {
    lines.closeAllConnections();
    lines.close();
    for (const side of all) await side.close().catch(() => undefined);
    await postgres.stop();
    rmSync(root, { recursive: true, force: true });
  }
}

/** Messages that were refused where they arrived, and acts of a peer that a journal holds twice. */
async function doubts(all: readonly Side[]): Promise<[number, number]> {
  let [refused, doubled] = [0, 0];
  for (const { node } of all) {
    const { rows } = await sql<{ refused: number; doubled: number }>`select
      (select count(*) from inbox where problem is not null)::int as refused,
      (select count(*) from (select 1 from inbox group by id having count(*) > 1) twice)::int as doubled`.execute(
      node.db,
    );
    refused += rows[0]?.refused ?? 0;
    doubled += rows[0]?.doubled ?? 0;
  }
  return [refused, doubled];
}
async function totals(all: readonly Side[]): Promise<{ messages: number; alarms: Record<string, number> }> {
  let messages = 0;
  const alarms: Record<string, number> = {};
  for (const { node } of all) {
    const { rows } = await sql<{ n: number }>`select count(*)::int as n from inbox`.execute(node.db);
    messages += rows[0]?.n ?? 0;
    const { rows: raised } = await sql<{
      kind: string;
      n: number;
    }>`select kind, count(*)::int as n from exchange_alarm group by kind`.execute(node.db);
    for (const { kind, n } of raised) alarms[kind] = (alarms[kind] ?? 0) + n;
  }
  return { messages, alarms };
}

await main();
