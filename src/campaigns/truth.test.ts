import { existsSync, readFileSync } from "node:fs";
import { join as joined } from "node:path";
import { env } from "node:process";
import { Readable } from "node:stream";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestNode, testNode } from "../../test/node.ts";
import { PUBLIC } from "../kernel/actor.ts";
import { sql } from "../kernel/database.ts";
import { reports, takeBatch, toldIn } from "../reports/slice.ts";
import { linkAll } from "./acts-linking.ts";
import { campaigns } from "./slice.ts";
import { ALIKE_MIN, exactLikeness, wordingOf } from "./wording.ts";

// What others have gathered, read where it lies. A pair is to be found where both reports hold the same wallet or number. A pair that is
// together is right where a chain of such pairs, or of wordings that are really alike, leads from one to the other: each link of
// the chain is computed here from the reports themselves, not from what the node has noted.

const DATA = joined(env["COMITY_TEST_DATA"] ?? "../shared/data", "reports");
/** How far a signature's estimate may be from the real likeness. */
const ESTIMATE = 0.12;

let at: TestNode;
beforeAll(async () => {
  at = await testNode([reports, campaigns]);
});
afterAll(() => at.close());

/** Hands reports in as the batch route does, and joins them. */
async function handedIn(lines: readonly object[], key: string): Promise<void> {
  const input = Readable.from(lines.map((line) => Buffer.from(`${JSON.stringify(line)}\n`)));
  const errors: string[] = [];
  for await (const answer of takeBatch(input, { node: at.node, actor: PUBLIC, locale: "en", key, from: 1 }))
    if (answer.includes('"error"')) errors.push(answer);
  expect(errors).toEqual([]);
  await linkAll(at.node);
}

interface Member {
  readonly id: string;
  readonly campaign: string | null;
  readonly keys: readonly string[];
  readonly wording: string;
}
async function membersOf(category: string): Promise<Member[]> {
  const { rows } = await sql<{
    id: string;
    campaign: string | null;
    told: Buffer;
    keys: string[];
  }>`select r.id, r.campaign_id as campaign, r.told,
    array(select o.key from report_observable o where o.report_id = r.id and o.strong) as keys from report r where r.category = ${category} order by r.id`.execute(
    at.node.db,
  );
  return rows.map(({ told, ...row }) => ({
    ...row,
    wording: wordingOf(toldIn(at.node, { id: row.id, told }).description),
  }));
}

/** Share of the pairs with a thing in common that are in one campaign. */
function recall(rows: readonly Member[], of: (row: Member) => readonly string[]): { pairs: number; share: number } {
  const groups = new Map<string, Member[]>();
  for (const row of rows) for (const key of of(row)) groups.set(key, [...(groups.get(key) ?? []), row]);
  const wanted = new Map<string, boolean>();
  for (const group of groups.values())
    for (const [n, a] of group.entries())
      for (const b of group.slice(n + 1))
        wanted.set(`${a.id} ${b.id}`, a.campaign !== null && a.campaign === b.campaign);
  const found = [...wanted.values()].filter(Boolean).length;
  return { pairs: wanted.size, share: found / wanted.size };
}

/** Share of the pairs in one campaign that a chain of real likenesses ties. */
function precision(
  rows: readonly Member[],
  ties: (rows: readonly Member[]) => Iterable<readonly [string, string]>,
): { pairs: number; share: number } {
  const head = new Map(rows.map(({ id }) => [id, id]));
  const headOf = (id: string): string => {
    let top = id;
    while (head.get(top) !== top) top = head.get(top) ?? top;
    head.set(id, top);
    return top;
  };
  for (const [a, b] of ties(rows)) head.set(headOf(a), headOf(b));
  const two = (n: number) => (n * (n - 1)) / 2;
  const sizes = (of: (row: Member) => string) =>
    [
      ...Map.groupBy(
        rows.filter(({ campaign }) => campaign !== null),
        of,
      ).values(),
    ]
      .map((group) => two(group.length))
      .reduce((a, b) => a + b, 0);
  const together = sizes(({ campaign }) => campaign ?? "");
  return { pairs: together, share: sizes(({ id, campaign }) => `${campaign} ${headOf(id)}`) / together };
}

function* byKeys(rows: readonly Member[]): Generator<readonly [string, string]> {
  const first = new Map<string, string>();
  for (const { id, keys } of rows)
    for (const key of keys)
      if (first.has(key)) yield [first.get(key) ?? id, id];
      else first.set(key, id);
}
function* byWords(rows: readonly Member[]): Generator<readonly [string, string]> {
  const first = new Map<string, Member>();
  // Wordings of one campaign only: what is not together needs no reason.
  for (const row of rows) {
    const same = first.get(`${row.campaign} ${row.wording}`);
    if (same && row.wording.length >= 40) yield [same.id, row.id];
    else if (row.campaign !== null) first.set(`${row.campaign} ${row.wording}`, row);
  }
  for (const group of Map.groupBy(first.values(), ({ campaign }) => campaign).values())
    for (const [n, a] of group.entries())
      for (const b of group.slice(n + 1))
        if (exactLikeness(a.wording, b.wording) >= ALIKE_MIN - ESTIMATE) yield [a.id, b.id];
}

describe.skipIf(!existsSync(DATA))("on what others have gathered", () => {
  test("2,577 phishing sites are together where they share a wallet, and nowhere else", async () => {
    const sites = JSON.parse(readFileSync(joined(DATA, "crypto-scamsniffer/combined.json"), "utf8")) as Record<
      string,
      string[]
    >;
    await handedIn(
      Object.entries(sites).map(([site, wallets]) => ({ category: "F4", description: [site, ...wallets].join("\n") })),
      "sniffer",
    );
    const rows = await membersOf("F4");
    const found = recall(rows, ({ keys }) => keys.filter((key) => key.startsWith("wallet:")));
    expect(found.pairs).toBeGreaterThan(200_000);
    expect(found.share).toBeGreaterThanOrEqual(0.95);
    expect(precision(rows, byKeys).share).toBeGreaterThanOrEqual(0.99);
  });

  test("4,883 citizens' reports of scam messages are together where they share a number or their wording, and nowhere else", async () => {
    const table = parse(readFileSync(joined(DATA, "sms-philippines/crowd_reports_select.csv")), {
      columns: true,
      bom: true,
      relax_quotes: true,
      relax_column_count: true,
      skip_empty_lines: true,
    }) as Record<string, string>[];
    const said = (text: string | undefined) =>
      ["", "false", "'"].includes((text ?? "").trim().toLowerCase()) ? "" : (text ?? "").trim();
    await handedIn(
      table.map(({ number, proof, name }) => ({
        category: "F7",
        description: [said(proof), said(name)].filter((each) => each !== "").join("\n") || "Scam message",
        observables: [{ type: "phone", value: `+63${(number ?? "").replace(/^0/, "")}` }],
      })),
      "crowd",
    );
    const rows = await membersOf("F7");
    expect(rows.length).toBe(table.length);
    const found = recall(rows, ({ keys }) => keys.filter((key) => key.startsWith("phone:")));
    expect(found.pairs).toBeGreaterThan(300);
    expect(found.share).toBeGreaterThanOrEqual(0.95);
    const right = precision(rows, (all) => [...byKeys(all), ...byWords(all)]);
    expect(right.pairs).toBeGreaterThan(1_000);
    expect(right.share).toBeGreaterThanOrEqual(0.99);
  });
});
