import { createHash, randomBytes, randomInt, randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { access, loadCountry } from "../src/access/slice.ts";
import * as disclosures from "../src/court/acts-disclosure.ts";
import * as exhibits from "../src/court/acts-exhibit.ts";
import { checkCourt, court } from "../src/court/slice.ts";
import { derive } from "../src/evidence/acts-acquire.ts";
import { dispose, hold, release, retain } from "../src/evidence/acts-keeping.ts";
import { lend } from "../src/evidence/acts-outside.ts";
import { seal } from "../src/evidence/acts-seals.ts";
import { receive, transfer } from "../src/evidence/acts-transfer.ts";
import { verify } from "../src/evidence/acts-verify.ts";
import { open } from "../src/evidence/acts.ts";
import { checkItems } from "../src/evidence/slice.ts";
import { exchange } from "../src/exchange/slice.ts";
import { buildLists } from "../src/hashsets/acts-build.ts";
import { confirm, importList, register } from "../src/hashsets/acts.ts";
import { matchItems, matchNew } from "../src/hashsets/acts-match.ts";
import { checkMatches, hashsets } from "../src/hashsets/slice.ts";
import { sql } from "../src/kernel/database.ts";
import type { Node } from "../src/kernel/node.ts";
import { scanAll } from "../src/malware/acts.ts";
import { checkScans, malware } from "../src/malware/slice.ts";
import { requests } from "../src/requests/slice.ts";
import { returns } from "../src/returns/slice.ts";
import { checkBlobs } from "../src/trust/vault-rows.ts";
import { type CustodyGround, custodyGround } from "./custody-ground.ts";
import { thorough } from "./thorough.ts";
import { passedNote } from "./passed.ts";

// Whatever value is changed by hand in whatever row of evidence is found, and the finding says in which row and column.

/** Tables of evidence, with the columns by which a row is known. Every column of each is tried, those too that are yet to come. */
const TABLES: Readonly<Record<string, readonly string[]>> = {
  item: ["id"],
  item_hold: ["id"],
  item_opening: ["id"],
  item_scan: ["item"],
  hash_match: ["item", "set_id", "kind"],
  hash_check: ["item"],
  exhibit: ["id"],
  disclosure: ["id"],
  disclosure_item: ["disclosure", "item"],
  blob: ["id"],
  blob_wrap: ["holder"],
};
/** Columns that say nothing of any evidence, each with why. */
const MEANINGLESS: Readonly<Record<string, string>> = {
  "item.inspected_at": "marks that its contents were looked into; a wrong one has that done again, or not listed yet",
  "blob.at": "when the vault first held the bytes: orders the scrub; when an item came stands in its custody",
  "blob.looked_at": "the scrub's turn: every round reads what the round has not read",
  "blob.verified_at": "the scrub's turn, as above",
  "blob.asked_at": "the scrub's turn, as above",
  "blob_wrap.key": "PostgreSQL makes it of the wrapped bytes and refuses to be told otherwise",
  "hash_check.generation": "whether the comparison is due; a wrong one has it done again",
  "hash_check.pdq_at": "whether the picture was drawn; a wrong one has it done again",
  "hash_match.at": "when the machine compared; lists are compared anew whenever they change",
};

let ground: CustodyGround;
let node: Node;
let scanner: Server;
const socket = join(tmpdir(), `comity-scan-${randomUUID().slice(0, 8)}`);

beforeAll(async () => {
  // Speaks as clamd does: what has BAD in it is called by a name.
  scanner = createServer((to) => {
    let said = Buffer.alloc(0);
    to.on("error", () => undefined);
    to.on("data", (piece: Buffer) => {
      said = Buffer.concat([said, piece]);
      if (said.toString("latin1").startsWith("zVERSION\0")) to.end("ClamAV 1.4/27000/Thu\0");
      else if (said.subarray(-4).equals(Buffer.alloc(4)))
        to.end(said.includes("BAD") ? "stream: Some.Thing-1 FOUND\0" : "stream: OK\0");
    });
  });
  await new Promise<void>((resolve) => scanner.listen(socket, resolve));
  ground = await custodyGround([access, requests, exchange, returns, court, hashsets, malware], {
    config: { clamd: `unix:${socket}` },
  });
  node = ground.at.node;
  Object.assign(node.services, {
    itemMade: (tx: never, item: never, now: Temporal.Instant) => matchNew(tx, node, item, now),
    country: loadCountry({ packs: "packs", pack: "XA", code: "XA" }, node.registry, passedNote("XA")),
  });
  await tellStories();
});
afterAll(async () => {
  await ground.close();
  scanner.close();
  rmSync(socket, { force: true });
});

const WHY = { reason: "as the law says" };
/** Exhibits in every condition that tables can tell of. */
async function tellStories(): Promise<void> {
  const { at, does, item, upload, caseId } = ground;
  const [investigator, prosecutor] = [at.officer("investigator"), at.officer("prosecutor")];
  const bad = Buffer.from(`BAD ${"x".repeat(40_000)}`);
  const set = (await does(investigator, register, "", { name: "List", source: "S", category: "known-bad" })).id;
  const list = await upload(Buffer.from(createHash("sha256").update(bad).digest("hex")), investigator, "list.txt");
  await does(investigator, importList, set, { upload: list, version: "1" });
  await buildLists.run(node);
  const version = await sql<{ proposed: string | null }>`select proposed from hash_set`.execute(node.db);
  if (version.rows[0]?.proposed) await does(ground.another("investigator"), confirm, set);
  const ids = [await item(bad), await item(), await item(), await item(), await item(), await item()];
  const [held = "", moved = "", under = "", sealed = "", lent = "", gone = ""] = ids;
  await does(investigator, hold, held, { ...WHY, until: "2031-01-01" });
  await does(investigator, hold, held, { reason: "another case" });
  await does(investigator, hold, moved, WHY);
  await does(investigator, release, moved, WHY);
  await does(investigator, retain, moved, { ...WHY, until: "2035-05-05" });
  for (const id of [moved, under]) await does(investigator, transfer, id, { ...WHY, to_office: prosecutor.office.id });
  await does(prosecutor, receive, moved, { digest_seen: await digestOf(moved), storage: "safe 2" });
  await does(investigator, seal, sealed, { ...WHY, seal_number: "XA-17" });
  await does(investigator, lend, lent, { ...WHY, recipient: "Laboratory", person: "Dr A.", due: "2099-01-01" });
  await does(investigator, derive, held, {
    upload: await upload(randomBytes(20_000)),
    description: "Hits",
    tool: "grep",
  });
  await does(investigator, open, held, {});
  await does(investigator, verify, held, {});
  await does(investigator, dispose, gone, WHY);
  await does(ground.another("investigator"), dispose, gone, WHY);
  const exhibit = { item: held, party: "prosecution", title: "Mailbox", proves: "That they knew." };
  const { id: mark } = await does(prosecutor, exhibits.list, caseId, exhibit);
  await does(prosecutor, exhibits.tender, mark);
  const { id: set_ } = await does(prosecutor, disclosures.prepare, caseId, { to: "Counsel", defendant: "N. N." });
  await does(prosecutor, disclosures.decide, set_, { items: [held], fate: "inspect", reason: "too large" });
  await scanAll.run(node);
  await matchItems.run(node);
}
const digestOf = async (id: string): Promise<string> =>
  String((await ground.events(id))[0]?.facts["digest_after"] ?? "").slice(0, 12);

interface Found {
  readonly says: string;
}
/** What `comity ledger check` does to these tables; of it, what can tell of one of them. */
const CHECKS: readonly { readonly of: RegExp; readonly run: () => Promise<readonly Found[]> }[] = [
  { of: /^(item|item_hold|item_opening|blob|blob_wrap)$/, run: () => checkItems(node) },
  { of: /^(exhibit|disclosure|disclosure_item)$/, run: () => checkCourt(node) },
  { of: /^blob/, run: () => checkBlobs(node.db, ground.vault) },
  { of: /^item_scan$/, run: () => checkScans(node) },
  { of: /^hash_/, run: () => checkMatches(node) },
];
async function check(table?: string): Promise<Found[]> {
  const found: Found[] = [];
  for (const { of, run } of CHECKS) if (table === undefined || of.test(table)) found.push(...(await run()));
  return found;
}

interface Column {
  readonly table: string;
  readonly column: string;
  readonly type: string;
}
async function columnsTried(): Promise<Column[]> {
  const { rows } = await sql<Column>`select table_name as table, column_name as column, udt_name as type
    from information_schema.columns where table_schema = 'public' and table_name = any(${Object.keys(TABLES)}::text[]) order by 1, 2`.execute(
    node.db,
  );
  return rows.filter(({ table, column }) => MEANINGLESS[`${table}.${column}`] === undefined);
}

const oneOf = <T>(list: readonly T[]): T => list[randomInt(list.length)] as T;
function otherLetter(text: string): string {
  const places = [...text.matchAll(/[a-z0-9]/gi)].map(({ index }) => index);
  if (places.length === 0) return `${text}x`;
  const place = oneOf(places);
  const letters =
    /[\da-f-]{36}/.test(text) || /\d/.test(text[place] ?? "") ? "0123456789" : "abcdefghijklmnopqrstuvwxyz";
  const other = oneOf([...letters].filter((letter) => letter !== text[place]?.toLowerCase()));
  return text.slice(0, place) + other + text.slice(place + 1);
}
function flipped(hex: string): string {
  const bytes = Buffer.from(hex, "hex");
  if (bytes.length === 0) return "00";
  const at = randomInt(bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << randomInt(8));
  return bytes.toString("hex");
}
/** Another value of the type, near to what is there; as PostgreSQL writes it. */
function another(type: string, text: string | null): string {
  switch (type) {
    case "uuid":
      return text === null ? randomUUID() : otherLetter(text);
    case "bytea":
      return text === null ? "\\x00" : `\\x${flipped(text.slice(2))}`;
    case "_bytea":
      return text === null || text === "{}" ? '{"\\\\x00"}' : text.replace(/[\da-f]{2}(?=")/, (pair) => flipped(pair));
    case "bool":
      return text === "t" || text === "true" ? "false" : "true";
    case "int2":
    case "int4":
    case "int8":
      return String(Number(text ?? 0) + 1 + randomInt(9));
    case "date":
      return text === null
        ? "2031-02-03"
        : Temporal.PlainDate.from(text)
            .add({ days: 1 + randomInt(99) })
            .toString();
    case "timestamptz":
      return text === null
        ? "2031-02-03T04:05:06Z"
        : Temporal.Instant.from(text.replace(" ", "T").replace(/([+-]\d\d)$/, "$1:00"))
            .subtract({ milliseconds: 1 + randomInt(86_400_000) })
            .toString();
    case "jsonb":
      return text === null ? '{"x": 1}' : otherLetter(text);
    default:
      return text === null ? "x" : otherLetter(text);
  }
}

/** Changes one value; `undefined` where the database itself refuses it, or holds it for the same. Gives the row's names and how it is taken back. */
async function change({
  table,
  column,
  type,
}: Column): Promise<{ names: string[]; undo: () => Promise<void> } | undefined> {
  const keys = TABLES[table] ?? [];
  const { rows } = await node.pool.query<Record<string, string | null>>(
    `select ${[...keys, column].map((name, n) => `"${name}"::text as c${n}`).join(", ")} from "${table}" order by random() limit 1`,
  );
  const [row] = rows;
  if (!row) throw new Error(`the world has no row of ${table}`);
  const names = keys.map((_, n) => row[`c${n}`] ?? "");
  const before = row[`c${keys.length}`] ?? null;
  const after = another(type, before);
  const set = async (value: string | null, known: readonly string[]) => {
    const where = keys.map((name, n) => `"${name}"::text = $${n + 2}`).join(" and ");
    await node.pool.query(
      `update "${table}" set "${column}" = $1::text::${type === "_bytea" ? "bytea[]" : type} where ${where}`,
      [value, ...known],
    );
  };
  const known = keys.map((name, n) => (name === column ? after : (names[n] ?? "")));
  try {
    await set(after, names);
  } catch (error) {
    // Foreign keys, checks, unique values and forms: such a row can't come to be.
    if (/^2[23]/.test(String((error as { code?: unknown }).code))) return undefined;
    throw error;
  }
  const { rows: now } = await node.pool.query<{ same: boolean }>(
    `select "${column}" is not distinct from $1::text::${type === "_bytea" ? "bytea[]" : type} as same from "${table}" where ${keys.map((name, n) => `"${name}"::text = $${n + 2}`).join(" and ")}`,
    [before, ...known],
  );
  const undo = () => set(before, known);
  if (now[0]?.same) {
    await undo();
    return undefined;
  }
  return { names: [...names, ...known], undo };
}

describe("the tables of evidence", () => {
  test("nothing is found where nothing was changed, and every table has a row", async () => {
    expect((await check()).map(({ says }) => says)).toEqual([]);
    for (const table of Object.keys(TABLES))
      expect((await node.pool.query(`select 1 from "${table}"`)).rows.length, table).toBeGreaterThan(0);
    const columns = new Set(
      (
        await node.pool.query<{ name: string }>(
          "select table_name || '.' || column_name as name from information_schema.columns",
        )
      ).rows.map(({ name }) => name),
    );
    expect(Object.keys(MEANINGLESS).filter((name) => !columns.has(name))).toEqual([]);
  });

  test(
    "one value changed at random is found, and the finding names the row and the column",
    async () => {
      const all = (await columnsTried())
        .map((each) => ({ each, by: randomInt(1_000_000) }))
        .sort((a, b) => a.by - b.by)
        .map(({ each }) => each);
      const wanted = thorough(60, 1_000);
      const tried = new Map<string, number>();
      let refused = 0;
      for (let done = 0, turn = 0; done < wanted; turn += 1) {
        const place = turn < all.length * 8 && done < all.length ? (all[turn % all.length] ?? oneOf(all)) : oneOf(all);
        const changed = await change(place);
        if (!changed) {
          refused += 1;
          continue;
        }
        const { table, column } = place;
        const findings = await check(table);
        const named = findings.filter(
          ({ says }) =>
            changed.names.some((name) => says.includes(name)) &&
            (says.includes(column) || says.includes(`row`) || says.includes("wrapped")),
        );
        expect([`${table}.${column}`, named.length > 0, findings.map(({ says }) => says)]).toEqual([
          `${table}.${column}`,
          true,
          expect.anything(),
        ]);
        await changed.undo();
        tried.set(`${table}.${column}`, (tried.get(`${table}.${column}`) ?? 0) + 1);
        done += 1;
      }
      expect((await check()).map(({ says }) => says)).toEqual([]);
      process.stdout.write(
        `${wanted} changes in ${tried.size} of ${all.length} columns, ${refused} more refused by the database\n`,
      );
    },
    thorough(60_000, 1_800_000),
  );
});
