import { createHash, randomBytes, randomInt } from "node:crypto";
import fc from "fast-check";
import { expect } from "vitest";
import { type Apart, type Code, CODES } from "./apart.ts";
import type { Fault } from "./line.ts";
import { type Acknowledged, patient } from "./patient.ts";
import { beginUpload, content, good, sendFrom } from "./road.ts";
import { type Client, until } from "./world.ts";

const reasons = "For the reasons that the file sets out.";
/** What may be done to a request, by whom, with what words. */
export const ACTS: readonly {
  readonly code: Code;
  readonly role: string;
  readonly act: string;
  readonly input: object;
}[] = [
  { code: "XP", role: "response-officer", act: "acknowledge", input: {} },
  { code: "XP", role: "response-officer", act: "accept", input: {} },
  { code: "XP", role: "response-officer", act: "ask", input: { text: "Which mailbox is meant?" } },
  { code: "XA", role: "investigator", act: "answer", input: { text: "The one named in the annex." } },
  { code: "XP", role: "response-officer", act: "execute", input: { outcome: "started" } },
  { code: "XP", role: "response-officer", act: "deliver", input: { complete: false, remark: "The rest will follow." } },
  { code: "XP", role: "response-officer", act: "deliver", input: { complete: true } },
  { code: "XP", role: "response-officer", act: "execute", input: { outcome: "done" } },
  { code: "XP", role: "response-officer", act: "refuse", input: { ground: "data-not-held", reasons } },
  { code: "XA", role: "investigator", act: "extend", input: { reasons } },
  { code: "XA", role: "investigator", act: "withdraw", input: { reasons } },
  { code: "XA", role: "investigator", act: "close", input: { outcome: "useful" } },
];

/** One request on its way, and what was done to it. */
export interface Walk {
  readonly at: Apart;
  readonly id: string;
  /** A client that repeats each act under its key until it is answered. */
  readonly by: (code: Code, role: string) => Client;
  /** Those acts on the request that a node said were done, as both must show them. */
  readonly told: string[];
  /** Files at Meridian that wait to be handed over, and those that were. */
  readonly lodged: Lodged[];
  readonly handedOver: Lodged[];
  /** True while Meridian has done nothing since its last backup that Aruna may not know. */
  isBackedUp: boolean;
}
interface Lodged {
  readonly item: string;
  /** SHA-256, hex. */
  readonly digest: string;
}
/** What was done to the nodes, over all walks. */
export const blows = {
  process: 0,
  database: 0,
  connections: 0,
  disk: 0,
  line: 0,
  restored: 0,
  rolled: 0,
  courier: 0,
  bound: 0,
};
let weeks = 0;

type Command = fc.AsyncCommand<object, Walk>;
const command = (name: string, run: (walk: Walk) => Promise<void>): Command => ({
  check: () => true,
  run: async (_, walk) => run(walk),
  toString: () => name,
});
const sides = fc.constantFrom(...CODES);
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const other = (code: Code): Code => (code === "XA" ? "XP" : "XA");

/** What ends the matter, done only where it is drawn itself: else every walk would be short. */
const ENDING: readonly string[] = ["refuse", "withdraw"];
/** An officer does the first thing, from the one drawn on, that the law and the state allow; whatever the node says is so. False where nothing is possible. */
export async function act(walk: Walk, first: number): Promise<boolean> {
  const others = [...ACTS.slice(first + 1), ...ACTS.slice(0, first)].filter(({ act: name }) => !ENDING.includes(name));
  for (const { code, role, act: name, input } of [...ACTS.slice(first, first + 1), ...others]) {
    const client = walk.by(code, role);
    const { status, body } = await client.get(`/requests/${walk.id}`);
    if (status !== 200) continue;
    const given = name === "deliver" ? await lodged(walk, client, body.state) : undefined;
    if (name === "deliver" && !given) continue;
    const items = given ? { items: [given.item] } : {};
    if ((await client.post(`/requests/${walk.id}/${name}`, { ...input, ...items })).status !== 200) continue;
    walk.told.push(`${code} ${name}`);
    if (code === "XP") walk.isBackedUp = false;
    if (given) walk.handedOver.push(...walk.lodged.splice(0, 1));
    return true;
  }
  return false;
}

/** The file that is to be handed over next, where one may be now. */
async function lodged(walk: Walk, client: Client, state: string): Promise<Lodged | undefined> {
  if (!["accepted", "executing", "partly-executed"].includes(state)) return undefined;
  if (walk.lodged[0]) return walk.lodged[0];
  walk.isBackedUp = false;
  const bytes = randomBytes(randomInt(1_500_000) + 1);
  // One upload, gone on with wherever it broke off: to begin anew each time would come to the most that one may have under way.
  let location: string | undefined;
  const goOn = async () => {
    location ??= await beginUpload(client, bytes.length, "subscriber.csv");
    const known = await client.raw(location, { method: "HEAD", headers: { "tus-resumable": "1.0.0" } });
    if (known.status === 404 || known.status === 410) location = undefined;
    if (known.status !== 200 || location === undefined) return undefined;
    const offset = Number(known.headers.get("upload-offset"));
    return offset === bytes.length ? location.split("/").at(-1) : sendFrom(client, location, bytes, offset);
  };
  const { made: id } = await until(
    () =>
      goOn().then(
        (made) => ({ made, why: "the upload is not known" }),
        (error: unknown) => ({ made: undefined, why: String(error) }),
      ),
    ({ made }) => made !== undefined,
    60,
  );
  const acquisition = { method: "export-by-holder", source: "Meridian account system" };
  const said = { upload: id, description: "Subscriber information as held", request: walk.id, acquisition };
  const answer = await client.post("/items", said);
  if (answer.status !== 201) return undefined;
  walk.lodged.push({ item: answer.body.id, digest: createHash("sha256").update(bytes).digest("hex") });
  return walk.lodged[0];
}

const acting = fc
  .nat({ max: ACTS.length - 1 })
  .map((first) => command(`act from ${ACTS[first]?.act ?? ""} on`, async (walk) => void (await act(walk, first))));
/** While somebody acts and messages go, something falls. */
const striking = (name: string, strike: (walk: Walk, code: Code) => Promise<void>) =>
  fc.tuple(sides, fc.nat({ max: ACTS.length - 1 }), fc.nat({ max: 600 })).map(([code, first, ms]) =>
    command(`${name} of ${code}, ${ms} ms into an act from ${ACTS[first]?.act ?? ""} on`, async (walk) => {
      const falling = pause(ms).then(() => strike(walk, code));
      await Promise.all([act(walk, first), falling]);
    }),
  );
const killing = striking("kill -9 of the process", async (walk, code) => {
  blows.process += 1;
  await walk.at.kill(code);
});
const killingDatabase = striking("kill -9 of PostgreSQL", async (walk, code) => {
  blows.database += 1;
  await walk.at.killDatabase(code);
});
const cutting = striking("every connection to the database cut", async (walk, code) => {
  blows.connections += 1;
  await walk.at.cutDatabase(code);
});
const filling = striking("full disk", async (walk, code) => {
  const free = walk.at.fillDisk?.(code);
  if (!free) return;
  blows.disk += 1;
  await pause(1_200);
  free();
});

const FAULTS: readonly Fault[] = [
  "pass",
  "drop",
  "drop-answer",
  "twice",
  "truncate",
  "late",
  "flip",
  "overtaken",
  "again-later",
  "garble-answer",
  "flip-answer",
  "cut-answer",
];
/** The next calls in either direction meet what was drawn; after those the line is good. */
const garbling = fc
  .tuple(sides, fc.array(fc.constantFrom(...FAULTS), { minLength: 2, maxLength: 8 }))
  .map(([code, faults]) =>
    command(`the line to ${code} does ${faults.join(", ")}`, async (walk) => {
      let n = 0;
      walk.at.fault(code, () => faults[n++] ?? "pass");
      blows.line += faults.length;
    }),
  );
const parting = fc.nat({ max: ACTS.length - 1 }).map((first) =>
  command("no line for an hour", async (walk) => {
    for (const code of CODES) walk.at.fault(code, () => "down");
    await act(walk, first);
    await walk.at.clock.pass(3_600_000);
    await act(walk, (first + 3) % ACTS.length);
    for (const code of CODES) walk.at.fault(code, () => "pass");
  }),
);
/** By a courier's file alone, and what goes back. */
const partingForWeeks = fc.constant(
  command("no line for two weeks, and a courier", async (walk) => {
    if (weeks > 8) return;
    weeks += 2;
    walk.isBackedUp = false;
    for (const code of CODES) walk.at.fault(code, () => "down");
    await act(walk, 3);
    await walk.at.clock.pass(15 * 86_400_000);
    await carry(walk, "XA");
    await act(walk, 0);
    await carry(walk, "XP");
    for (const code of CODES) walk.at.fault(code, () => "pass");
  }),
);
const couriering = sides.map((from) => command(`a courier goes from ${from}`, (walk) => carry(walk, from)));
const OFFICERS = { XA: "duty-officer.xa", XP: "response-officer.xp" } as const;
async function carry(walk: Walk, from: Code): Promise<void> {
  blows.courier += 1;
  const file = `${walk.at.folder}/bag-${walk.id}-${blows.courier}`;
  const to = other(from);
  expect(await walk.at.comity(from, "courier", "export", file, "--to", to, "--as", OFFICERS[from])).toMatchObject({
    status: 0,
  });
  const took = await walk.at.comity(to, "courier", "import", file, "--as", OFFICERS[to]);
  // The line may have been quicker; then the file is known, never wrong.
  expect(took, took.stderr).toMatchObject({ status: 0, stderr: "" });
  const back = await walk.at.comity(from, "courier", "import", `${file}.answer`, "--as", OFFICERS[from]);
  if (took.stdout.includes("What goes back")) expect(back, back.stderr).toMatchObject({ status: 0, stderr: "" });
  else expect(back.status).toBe(1);
}

const skewing = fc
  .tuple(sides, fc.constantFrom(-60, 0, 60))
  .map(([code, minutes]) =>
    command(`the clock of ${code} is ${minutes} minutes off`, ({ at }) => at.clock.skew(code, minutes * 60_000)),
  );
const rolling = fc.tuple(sides, fc.constantFrom("signing", "encryption")).map(([code, kind]) =>
  command(`${code} rolls over its ${kind} key`, async (walk) => {
    const as = `administrator.${code.toLowerCase()}`;
    const own = await walk.at.comity(code, "keys", "own", "--json");
    const { keys } = JSON.parse(own.stdout) as { keys: { kind: string; state: string; fingerprint: string }[] };
    if (keys.some((key) => key.kind === kind && key.state === "former")) {
      // The one before is ended only when nothing is on its way under it, and the other node knows the present one.
      await walk.at.settle();
      walk.isBackedUp = false;
      await walk.at.kill(other(code));
      await walk.at.settle();
      const told = await walk.at.comity(code, "keys", "retire", kind, "--early", "--as", as);
      expect(told, told.stderr).toMatchObject({ status: 0 });
    }
    const told = await walk.at.comity(code, "keys", "roll", kind, "--as", as);
    expect(told, told.stderr).toMatchObject({ status: 0 });
    blows.rolled += 1;
  }),
);
const binding = sides.map((code) =>
  command(`${code} revokes the other and binds it anew`, async (walk) => {
    const peer = other(code);
    const administrator = walk.by(code, "administrator");
    const { items } = good(await administrator.get("/peers")) as { items: { id: string; state: string }[] };
    const { id } = items.find(({ state }) => state === "trusted") ?? { id: "" };
    if (code === "XP") walk.isBackedUp = false;
    good(await administrator.post(`/peers/${id}/revoke`, { reason: "Its contact point did not answer." }));
    await act(walk, 0);
    for (const each of CODES) walk.at.fault(each, () => "pass");
    const listed = await walk.at.comity(peer, "peer", "list", "--json");
    const { own } = JSON.parse(listed.stdout) as { own: { number: string } };
    const small = code.toLowerCase();
    const address = walk.at.gateway(peer);
    const proposed = await walk.at.comity(code, "peer", "propose", address, "--as", `administrator.${small}`);
    expect(proposed, proposed.stderr).toMatchObject({ status: 0 });
    const second = code === "XA" ? "central-authority.xa" : "response-head.xp";
    const confirmed = await walk.at.comity(code, "peer", "confirm", peer, "--as", second, "--number", own.number);
    expect(confirmed, confirmed.stderr).toMatchObject({ status: 0 });
    blows.bound += 1;
  }),
);
const backing = fc.constant(
  command("Meridian is backed up", async (walk) => {
    await walk.at.backUp("XP");
    walk.isBackedUp = true;
  }),
);
const restoring = fc.constant(
  command("Meridian is put back to its backup", async (walk) => {
    if (!walk.isBackedUp) return;
    await walk.at.putBack("XP");
    blows.restored += 1;
  }),
);

/** Opens a case whose requests are walked. */
export const openCase = async (at: Apart): Promise<string> =>
  (
    good(await at.client("XA", "investigator").post("/cases", { title: "Calls in a bank's name" }), 201) as {
      id: string;
    }
  ).id;

/** A request on its way: drafted, decided, sent. What any node acknowledges is told to `acknowledged`. */
export async function sent(
  at: Apart,
  {
    caseId,
    measure,
    acknowledged,
  }: { readonly caseId: string; readonly measure: string; readonly acknowledged: Acknowledged[] },
): Promise<Walk> {
  const by: Walk["by"] = (code, role) => patient(at.client(code, role), code, { acknowledged, begun: () => undefined });
  const [investigator, judge] = [by("XA", "investigator"), by("XA", "judge")];
  const drafted = await investigator.post(`/cases/${caseId}/requests`, content(measure, "XP"));
  const { id } = good(drafted, 201) as { id: string };
  good(await investigator.post(`/requests/${id}/submit`));
  const day = at.now().toZonedDateTimeISO("UTC").toPlainDate().add({ days: 30 }).toString();
  const why = "Necessary, narrow and in proportion to the loss.";
  good(await judge.post(`/requests/${id}/authorise`, { reasons: why, until: day }));
  good(await investigator.post(`/requests/${id}/send`));
  return { at, id, by, told: [], lodged: [], handedOver: [], isBackedUp: false };
}

interface Shown {
  readonly state: string;
  readonly history: readonly { readonly act: string; readonly node: string }[];
  readonly items: readonly string[];
}
/** Both nodes show the same, each act that was acknowledged once and nothing else; each file is there once. */
export async function agree(walk: Walk): Promise<void> {
  const shown = async (code: Code, role: string) =>
    good(await walk.at.client(code, role).get(`/requests/${walk.id}`)) as Shown;
  const [here, there] = [await shown("XA", "investigator"), await shown("XP", "response-officer")];
  expect({ state: there.state, history: there.history }).toEqual({ state: here.state, history: here.history });
  const done = here.history.map(({ act: name, node }) => `${node} ${name}`).filter((each) => each !== "XP lapse");
  expect(done.sort()).toEqual([...walk.told, "XA draft", "XA submit", "XA authorise", "XA send"].sort());
  const digests = await Promise.all(
    here.items.map(async (item) => {
      const custody = JSON.stringify(good(await walk.at.client("XA", "investigator").get(`/items/${item}/custody`)));
      return walk.handedOver.filter(({ digest }) => custody.includes(digest)).map(({ digest }) => digest);
    }),
  );
  expect(digests.flat().sort()).toEqual(walk.handedOver.map(({ digest }) => digest).sort());
}

/** Everything that may be done and befall, as often as it should be drawn. */
export const STEPS: readonly fc.Arbitrary<Command>[] = [
  ...Array.from({ length: 5 }, () => acting),
  ...Array.from({ length: 3 }, () => garbling),
  ...Array.from({ length: 3 }, () => killing),
  killingDatabase,
  cutting,
  filling,
  filling,
  parting,
  partingForWeeks,
  couriering,
  skewing,
  rolling,
  binding,
  backing,
  restoring,
];
