import { readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { expect } from "vitest";
import { type SealKey, wholeRecord } from "../src/kernel/journal.ts";
import { openKeyring } from "../src/trust/keys.ts";
import type { Driven } from "./faults-road.ts";
import { good } from "./road.ts";
import { type Client, type RunningWorld, until } from "./world.ts";

const CODES: readonly string[] = ["XA", "XB", "XP"];

/** The databases of a world's nodes, by code. */
export async function openDatabases(
  at: Pick<RunningWorld, "folder">,
  codes = CODES,
): Promise<{
  of: (code: string) => pg.Client;
  keysOf: (code: string) => SealKey;
  close: () => Promise<void>;
}> {
  const configOf = (code: string) =>
    JSON.parse(readFileSync(join(at.folder, `${code.toLowerCase()}.json`), "utf8")) as {
      database: string;
      folder: string;
    };
  const clients = await Promise.all(
    codes.map(async (code) => {
      const { database } = configOf(code);
      const client = new pg.Client({ connectionString: database });
      // A world that ends with a test that failed takes its connections along; the test has said why.
      client.on("error", () => undefined);
      await client.connect();
      return [code, client] as const;
    }),
  );
  return {
    of: (code) => {
      const found = clients.find(([each]) => each === code)?.[1];
      if (!found) throw new Error(`no database of ${code}`);
      return found;
    },
    keysOf: (code) => openKeyring(join(configOf(code).folder, "keys")),
    close: async () => {
      await Promise.all(clients.map(([, client]) => client.end()));
    },
  };
}
export type Databases = Awaited<ReturnType<typeof openDatabases>>;

const rows = async <Row extends pg.QueryResultRow>(database: pg.Client, text: string, values: unknown[] = []) =>
  (await database.query<Row>(text, values)).rows;

/** Until nothing waits to be sent or applied on any node. */
export const settled = (databases: Databases) =>
  until(
    async () =>
      Promise.all(
        CODES.map(async (code) =>
          rows<{ waiting: string }>(
            databases.of(code),
            `select 'out ' || peer || ' ' || act as waiting from outbox where delivered_at is null
             union all select 'in ' || peer || ' ' || act from inbox where settled_at is null`,
          ),
        ),
      ),
    (waiting) => waiting.every(({ length }) => length === 0),
    60,
  );

/** Every act that was acknowledged is in its node's journal under its digest, and nobody's act is there that was not. */
export async function checkJournal(databases: Databases, { acknowledged, reports, batched }: Driven): Promise<void> {
  for (const code of CODES) {
    const own = acknowledged.filter(({ node }) => node === code);
    const entries = await rows<{ id: string; digest: string; act: string; actor: string; kind: string }>(
      databases.of(code),
      `select id, encode(digest, 'hex') as digest, act, record->'actor'->>'id' as actor, subject_kind as kind from journal`,
    );
    for (const { path, entry } of own)
      expect(
        entries.filter(({ id }) => id === entry.id).map(({ digest }) => digest),
        `${code} ${path}`,
      ).toEqual([entry.digest]);
    const told = new Set(own.map(({ entry }) => entry.id));
    const officers = entries.filter(
      ({ actor, kind }) => actor.startsWith("account:") && ["request", "case", "item", "report"].includes(kind),
    );
    // What an act entails has an entry of its own: each item that was handed over was disclosed, once.
    expect(
      officers.filter(({ id }) => !told.has(id)).map(({ act }) => act),
      `acts on ${code} that nobody was told of`,
    ).toEqual(code === "XA" ? [] : ["item.disclose"]);
    expect(entries.filter(({ act }) => act === "report.submit")).toHaveLength(
      code === "XA" ? reports.length + batched.length : 0,
    );
  }
}

interface Sent {
  readonly id: string;
  readonly seq: string;
  readonly entry: string;
  readonly digest: string;
}

interface Receiving {
  readonly received: { readonly entry: { readonly digest: string } };
}

/** Each message that one node sent was received once under the same number, applied once, and refused never. */
export async function checkMessages(databases: Databases, codes = CODES): Promise<number> {
  let messages = 0;
  for (const from of codes)
    for (const to of codes.filter((code) => code !== from)) {
      const sent = await rows<Sent>(
        databases.of(from),
        `select o.id, o.seq, o.entry, encode(j.digest, 'hex') as digest from outbox o join journal j on j.id = o.entry where o.peer = $1 order by o.seq`,
        [to],
      );
      const received = await rows<{ id: string; seq: string; problem: unknown }>(
        databases.of(to),
        `select id, seq, problem from inbox where peer = $1 order by seq`,
        [from],
      );
      expect(received, `${from} to ${to}`).toEqual(sent.map(({ id, seq }) => ({ id, seq, problem: null })));
      expect(sent.map(({ seq }) => seq)).toEqual(sent.map((_, n) => `${n + 1}`));
      const applied = await rows<{ id: string; record: unknown; words: Buffer | null }>(
        databases.of(to),
        `select id, record, words from journal where record->'actor'->>'id' = $1`,
        [`peer:${from}`],
      );
      const digests = applied.map((entry) => {
        const { received } = wholeRecord(databases.keysOf(to), entry).change as unknown as Receiving;
        return received.entry.digest;
      });
      expect(digests.sort(), `${from} to ${to}`).toEqual(sent.map(({ digest }) => digest).sort());
      messages += sent.length;
    }
  return messages;
}

/** There is one of everything that was made once. */
export async function checkCounts(databases: Databases, { reports, batched }: Driven): Promise<void> {
  const count = async (code: string, table: string) =>
    Number((await rows<{ n: string }>(databases.of(code), `select count(*) as n from ${table}`))[0]?.n);
  const counted: Record<string, number[]> = {};
  for (const code of CODES) {
    const own: number[] = [];
    for (const table of ["case_file", "request", "item", "report"]) own.push(await count(code, table));
    counted[code] = own;
  }
  expect(counted).toEqual({
    XA: [1, 2, 1, reports.length + batched.length],
    XB: [0, 4, 1, 0],
    XP: [0, 2, 1, 0],
  });
}

const shown = async (client: Client, id: string) => {
  const { state, clocks, history } = good(await client.get(`/requests/${id}`)) as {
    state: string;
    clocks: { rule: string; startsAt: string; dueAt: string; state: string }[];
    history: unknown[];
  };
  return {
    state,
    history,
    // Telling the person concerned is a duty of the side that ordered: the other counts no clock of it.
    clocks: clocks
      .filter(({ rule }) => rule !== "request.notification")
      .map(({ rule, startsAt, dueAt, state: running }) => [rule, startsAt, dueAt, running]),
  };
};

/** Both nodes of each request show the same state, clocks and history. */
export async function checkBothSides({ requests }: Driven): Promise<void> {
  for (const { id, nodes } of requests) {
    const [sender, receiver] = nodes;
    expect(await shown(sender, id)).toEqual(await shown(receiver, id));
  }
}

/** Each code that a reporter was given opens the report of that reference. */
export async function checkReports(at: RunningWorld, { reports, batched }: Driven): Promise<void> {
  const portal = at.node("XA").portal;
  const all = [...reports, ...batched];
  expect(new Set(all.map(({ reference }) => reference)).size).toBe(all.length);
  for (const { code, reference } of all) {
    const answer = await fetch(`${portal}/api/v1/report`, { headers: { authorization: `Receipt ${code}` } });
    expect([answer.status, ((await answer.json()) as { reference?: string }).reference]).toEqual([200, reference]);
  }
}
