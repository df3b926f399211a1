import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Fault, openLine } from "./line.ts";
import { BEGINS, type Place, placeCountry } from "./country-kept.ts";
import { officerNamed } from "../src/access/slice.ts";
import { openCase } from "../src/cases/slice.ts";
import { compose } from "../src/compose.ts";
import { contact } from "../src/contact/slice.ts";
import { exchange, peerDemo } from "../src/exchange/slice.ts";
import type { AnyAct } from "../src/kernel/act.ts";
import type { Officer, Role } from "../src/kernel/actor.ts";
import { configSchema } from "../src/kernel/config.ts";
import { sql } from "../src/kernel/database.ts";
import { Refusal } from "../src/kernel/errors.ts";
import { sweep } from "../src/kernel/sweep.ts";
import { wholeRecord } from "../src/kernel/journal.ts";
import type { Node } from "../src/kernel/node.ts";
import { messageOf } from "../src/kernel/outbox.ts";
import { perform } from "../src/kernel/pipeline.ts";
import { readerOf, readView } from "../src/kernel/reader.ts";
import { receiveIn } from "../src/kernel/receive.ts";
import { makeServer } from "../src/kernel/server.ts";
import { requests } from "../src/requests/slice.ts";
import { type RequestFound, requestView } from "../src/requests/views.ts";

type Code = Place["code"];
const PLACES: readonly Place[] = [
  { code: "XA", name: "Aruna", kind: "state", zone: "Indian/Mauritius" },
  { code: "XB", name: "Belmora", kind: "state", zone: "Asia/Manila" },
  { code: "XP", name: "Meridian", kind: "provider", zone: "Africa/Casablanca" },
];

/** Two states and a provider with their real packs, accounts and databases; what they tell each other is handed over by the test. */
export interface Countries {
  readonly node: (code: Code) => Node;
  /** Officer of the demo with that role. */
  readonly officer: (code: Code, role: Role) => Promise<Officer>;
  /** Performs an act; gives `done`, or the refusal’s key (that of its first field, where it names one). */
  readonly tries: (code: Code, role: Role, act: AnyAct, of: { id?: string; input?: unknown }) => Promise<string>;
  readonly does: (code: Code, role: Role, act: AnyAct, of: { id?: string; input?: unknown }) => Promise<string>;
  /** The request as that officer sees it. */
  readonly sees: (code: Code, role: Role, id: string) => Promise<RequestFound>;
  readonly openCase: () => Promise<string>;
  /** Bearer token of that officer. */
  readonly token: (code: Code, role: Role) => string;
  /** Hands over what waits, oldest first, at most `count` messages of one node; gives the keys of what was not taken. */
  readonly handOver: (from?: Code, count?: number) => Promise<string[]>;
  /** Sends everything that waits through the gateways, signed and sealed, and pulls the files that go with it; needs `lines`. */
  readonly deliver: (from: Code) => Promise<void>;
  /** Moves the clocks of all three, and performs what became due. */
  readonly pass: (time: Temporal.DurationLike) => Promise<void>;
  /** Puts the clock of one of them so far off the others'. */
  readonly skew: (code: Code, by: Temporal.DurationLike) => void;
  /** What the line to a node does to each call, until it is set anew; needs `lines`. */
  readonly fault: (code: Code, of: (call: { readonly path: string; readonly n: number }) => Fault) => void;
  readonly now: () => Temporal.Instant;
  readonly close: () => Promise<void>;
}

interface Waiting {
  readonly id: string;
  readonly peer: string;
  readonly act: string;
  readonly subject_kind: string;
  readonly subject_id: string;
  readonly words: Buffer | null;
  readonly body: unknown;
  readonly files: unknown;
  readonly at: Temporal.Instant;
  readonly entry: string;
  readonly record: unknown;
  readonly change: Buffer | null;
  readonly salt: Buffer;
  readonly digest: Buffer;
}

const NO_CHROME = { asset: () => "", actForm: () => "", problem: () => "" };

/** Opens the three, peers of each other, on 24 November 2026. With `lines` each has its gateway, so that messages and files really travel. */
export async function openCountries({
  lines = false,
  codes = ["XA", "XB", "XP"],
  config: more = {},
}: {
  readonly lines?: boolean;
  readonly codes?: readonly Code[];
  /** Settings beside those of the test. */
  readonly config?: object;
} = {}): Promise<Countries> {
  let now = BEGINS;
  const offsets = new Map<string, Temporal.DurationLike>();
  const faults = new Map<string, Parameters<Countries["fault"]>[1]>();
  const clockOf = (code: string) => () => now.add(offsets.get(code) ?? { hours: 0 });
  const opened = await Promise.all(
    PLACES.filter(({ code }) => codes.includes(code)).map(async (place) => {
      const line = lines ? await openLine({ fault: (call) => faults.get(place.code)?.(call) ?? "pass" }) : undefined;
      const folder = mkdtempSync(join(tmpdir(), "comity-country-"));
      const { database, accounts } = await placeCountry(place, folder);
      const config = configSchema.parse({
        ...place,
        pack: place.code,
        database: database.url,
        folder,
        log_level: "silent",
        pack_unsigned: true,
        ...more,
        ...(line ? { gateway_url: line.url } : {}),
      });
      const { node, close } = await compose(config, clockOf(place.code));
      const gateway = lines ? await makeServer({ node, role: "gateway", chrome: NO_CHROME }) : undefined;
      if (gateway && line) line.aim(Number(new URL(await gateway.listen({ host: "127.0.0.1", port: 0 })).port));
      return {
        node,
        accounts,
        close: async () => {
          await line?.close();
          await gateway?.close();
          await close();
          await database.drop();
          rmSync(folder, { recursive: true, force: true });
        },
      };
    }),
  );
  const node = (code: string): Node => {
    const found = opened.find((each) => each.node.code === code);
    if (!found) throw new Error(`there is no ${code}`);
    return found.node;
  };
  await peerDemo(opened.map((each) => each.node));
  const officer: Countries["officer"] = async (code, role) => {
    const found = await officerNamed(node(code).db, `${role}.${code.toLowerCase()}`);
    if (!found) throw new Error(`${code} has no ${role}`);
    return found;
  };
  const does: Countries["does"] = async (code, role, act, { id, input = {} }) =>
    (await perform({ node: node(code), actor: await officer(code, role), act, input, ...(id ? { id } : {}) })).id;
  return {
    node,
    officer,
    does,
    tries: async (...call) =>
      does(...call).then(
        () => "done",
        (error: unknown) => {
          if (error instanceof Refusal) return error.fields[0]?.key ?? error.key;
          throw error;
        },
      ),
    sees: async (code, role, id) =>
      (await readView(requestView, readerOf(node(code), await officer(code, role)), { id })) as RequestFound,
    token: (code, role) =>
      opened.find((each) => each.node.code === code)?.accounts.find((account) => account.role === role)?.token ?? "",
    openCase: () => does("XA", "investigator", openCase, { input: { title: "Calls in a bank's name", reports: [] } }),
    handOver: async (from, count = 1_000) => {
      const refused: string[] = [];
      for (const { code } of PLACES.filter(
        (place) => codes.includes(place.code) && (from === undefined || place.code === from),
      ))
        refused.push(...(await handOverFrom(node(code), node, count, now)));
      return refused;
    },
    deliver: async (from) => {
      await run(node(from), "exchange-outbox");
      for (const each of opened) if (each.node.code !== from) await run(each.node, "exchange-inbox");
    },
    pass: async (time) => {
      now = now.toZonedDateTimeISO("UTC").add(time).toInstant();
      for (const each of opened) await sweep.run(each.node);
    },
    skew: (code, by) => void offsets.set(code, by),
    fault: (code, of) => void faults.set(code, of),
    now: () => now,
    close: async () => {
      await Promise.all(opened.map((each) => each.close()));
    },
  };
}

const run = async (node: Node, name: string): Promise<void> =>
  exchange.jobs?.find((job) => job.name === name)?.run(node);

/** What the exchange does with a message that was signed, sealed, delivered and opened. */
async function handOverFrom(
  sender: Node,
  node: (code: string) => Node,
  count: number,
  now: Temporal.Instant,
): Promise<string[]> {
  const refused: string[] = [];
  const { rows } = await sql<Waiting>`
    select o.id, o.peer, o.act, o.subject_kind, o.subject_id, o.words, o.body, o.files, o.at, j.id as entry, j.record, j.words as change, j.salt, j.digest from outbox o join journal j on j.id = o.entry
    where o.delivered_at is null and o.subject_kind in ('request', 'drill') order by o.peer, o.seq limit ${count}`.execute(
    sender.db,
  );
  for (const waiting of rows) {
    const { id, peer, act, subject_kind: subjectKind, subject_id: subjectId, at, salt, digest } = waiting;
    const { body } = messageOf(sender, waiting);
    const opened = { id: waiting.entry, record: waiting.record, words: waiting.change };
    const record = wholeRecord(sender.services.keys, opened) as never;
    const from = { kind: "peer", code: sender.code, peerKind: sender.kind } as const;
    const entry = { record, salt: salt.toString("hex"), digest: digest.toString("hex") };
    const receiver = node(peer);
    await receiver.db
      .transaction()
      .execute((tx) => receiveIn(tx, receiver, { from, act, subjectId, body, at, entry, files: [] }, now))
      .catch((error: unknown) => {
        if (!(error instanceof Refusal)) throw error;
        refused.push(`${act} ${error.fields[0]?.key ?? error.key}`);
      });
    await sender.db.updateTable("outbox").set({ delivered_at: now }).where("id", "=", id).execute();
    await sender.db.transaction().execute(async (tx) => {
      const receipt = { subjectKind, subjectId, act, peer, receivedAt: now, entry: record };
      for (const { onReceipt } of [requests, contact]) await onReceipt?.(tx, receipt, sender, now);
    });
  }
  return refused;
}
