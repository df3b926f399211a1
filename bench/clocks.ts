import type { Officer } from "../src/kernel/actor.ts";
import { sql } from "../src/kernel/database.ts";
import type { Node } from "../src/kernel/node.ts";
import { readerOf, readView } from "../src/kernel/reader.ts";
import { sweep } from "../src/kernel/sweep.ts";
import { waitingFor } from "../src/kernel/tools-make.ts";
import { CLOCKS, fillRequests, officer, SMALL_OFFICE } from "../test/filled-requests.ts";
import { type Measurement, measured, p95 } from "./measurement.ts";
import { withNode } from "./node.ts";

const SMALL = 1_000;
const LARGE = 100_000;
const READS = 240;
/** Each statement is read some times before: what has just been written is cold. */
const UNCOUNTED = 240;
/** Minutes that are swept one by one. */
const MINUTES = 30;

/** Whose worklists are read. The second investigator's office has drafted next to nothing, and been given nothing. */
const WHO = {
  investigator: officer("investigator", "police"),
  "investigator of an office with hardly any": officer("investigator", "police", SMALL_OFFICE),
  judge: officer("judge", "court"),
  "duty officer": officer("duty-officer", "contact-point"),
  overseer: officer("overseer", "oversight"),
} as const;

/** What lists are asked for: every box, every state that is few or none, and one of each other filter. */
const FILTERS = [
  {},
  ...["outgoing", "incoming", "to-decide", "to-send", "to-carry-out", "to-answer"].map((box) => ({ box })),
  ...["draft", "executing", "denied"].map((state) => ({ state })),
  { measure: "M31" },
  { measure: "EU2" },
  { peer: "XB" },
  { category: "content" },
  { urgency: "emergency" },
  ...["mine", "late", "warned", "standing", "assigned", "translating", "conditions"].map((aside) => ({
    [aside]: "true",
  })),
];

const PAGE = 50;
/** How many rows each list shows, by its name and filter. */
type Shown = Map<string, number>;

/**
 * What somebody waits for who opens a worklist: its page, its filters, the counts beside it, and the desk's first page with its clocks. A list that
 * `shown` knows is asked for no more rows than it says. Gives the 95th percentile in milliseconds, and how many rows each list showed.
 */
async function worklists(node: Node, who: Officer, shown: Shown): Promise<{ took: number; rows: Shown }> {
  const rows: Shown = new Map();
  const read = (name: string, input: object = {}) => {
    const found = node.registry.views.get(name);
    if (!found) throw new Error(`there is no view ${name}`);
    return readView(found, readerOf(node, who), input);
  };
  const list = (name: string, filter: object) => async () => {
    const key = `${name} ${JSON.stringify(filter)}`;
    const limit = Math.min(PAGE, Math.max(1, shown.get(key) ?? PAGE));
    const { items } = (await read(name, { ...filter, limit })) as { items: readonly unknown[] };
    rows.set(key, items.length);
  };
  const works = [
    ...FILTERS.map((filter) => list("request.list", filter)),
    () => read("clock.desk"),
    list("request.emergencies", {}),
    ...(who.role === "overseer"
      ? [{}, { box: "late" }, { box: "untold" }].map((box) => list("oversight.list", box))
      : []),
    ...(who.role === "duty-officer" ? [() => read("board.read")] : []),
    () => waitingFor(node, readerOf(node, who)),
  ];
  let n = 0;
  const next = () => works[n++ % works.length]?.() ?? Promise.resolve();
  await p95(next, UNCOUNTED);
  return { took: await p95(next, READS), rows };
}

type Who = keyof typeof WHO;
const NAMES = Object.keys(WHO) as Who[];
type Read = Record<Who, { readonly took: number; readonly rows: Shown }>;
async function worklistsOf(node: Node, shown?: Read): Promise<Read> {
  const read: [Who, Read[Who]][] = [];
  for (const name of NAMES) read.push([name, await worklists(node, WHO[name], shown?.[name].rows ?? new Map())]);
  return Object.fromEntries(read) as Read;
}

/** Minutes ahead of the machine's clock up to which all is swept. */
let swept = 0;

/** The longest of some minutes' sweeps, in milliseconds: what warned or ran out in each of them is warned of, and lapses. */
async function longestSweep(node: Node): Promise<number> {
  const begin = node.clock();
  const at = (minute: number) => sweep.run({ ...node, clock: () => begin.add({ minutes: minute }) });
  // What ran out while all was being filled, and in the hours that were swept before.
  await at(swept);
  let longest = 0;
  for (let minute = 1; minute <= MINUTES; minute += 1) {
    const started = performance.now();
    await at(swept + minute);
    longest = Math.max(longest, performance.now() - started);
  }
  swept += MINUTES + 10;
  return longest;
}

/** What a hundred times the requests and their clocks cost: the worklists, and the minute's sweep. */
export async function measureClocks(): Promise<Measurement[]> {
  return withNode(async (node) => {
    await fillRequests(node, { from: 0, total: SMALL });
    const small = await worklistsOf(node);
    const smallSweep = await longestSweep(node);
    await fillRequests(node, { from: SMALL, total: LARGE });
    const { rows } = await sql<{
      n: number;
    }>`select count(*)::int as n from deadline where ended_at is null and fired_at is null`.execute(node.db);
    // Rows cost what they cost, wherever they come from: the same number of them is read, and then what there is.
    const alike = await worklistsOf(node, small);
    const large = await worklistsOf(node);
    const largeSweep = await longestSweep(node);
    const clocks = rows[0]?.n ?? 0;
    const named = `${LARGE.toLocaleString("en")} open requests and ${clocks.toLocaleString("en")} clocks`;
    const fewer = `${SMALL.toLocaleString("en")} requests and ${(SMALL * CLOCKS).toLocaleString("en")} clocks`;
    return [
      ...NAMES.flatMap((role) =>
        [
          {
            of: `worklists of the ${role} with ${named}, as many rows a list as with ${fewer}`,
            took: alike[role].took,
          },
          { of: `worklists of the ${role} with ${named}, full pages`, took: large[role].took },
        ].map(({ of, took }) =>
          measured(`${of}, 95th percentile`, took, "ms", { name: `those with ${fewer}`, value: small[role].took }),
        ),
      ),
      measured(`the minute's sweep with ${named}, longest of ${MINUTES}`, largeSweep, "ms", {
        name: `the same with ${fewer}`,
        value: smallSweep,
      }),
    ];
  });
}
