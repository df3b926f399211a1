import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Machines, type Registered, startMachines } from "../../test/machines.ts";
import { perform } from "../kernel/pipeline.ts";
import { assign, triage } from "../reports/acts.ts";
import { close, reply } from "../reports/acts-answer.ts";
import { sequence } from "../trust/sequencer.ts";
import { ledgerSigner } from "../trust/ledger-key.ts";
import { replayEndpoint } from "./acts-endpoint.ts";
import { isPublicAddress, urlProblem } from "./address.ts";
import { eventOf, retryMs } from "./endpoint.ts";
import { feed } from "./messages-feed.ts";
import { sendDue } from "./messages-send.ts";
import { send } from "./send.ts";

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let world: Machines;
let receiver: Server;
let base: string;
const received: Received[] = [];
/** What the receiver does with a call, by path; without an entry it answers 204. */
const behaviours = new Map<string, (response: ServerResponse, socket: Socket) => void>();

beforeAll(async () => {
  world = await startMachines();
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const path = request.url ?? "";
      received.push({ path, headers: request.headers, body: Buffer.concat(chunks).toString() });
      const behave = behaviours.get(path);
      if (behave) behave(response, request.socket);
      else response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
});
afterAll(async () => {
  receiver.closeAllConnections();
  receiver.close();
  await world.close();
});

const call = (by: Registered, method: "GET" | "POST", path: string, payload?: object) =>
  world.portal.inject({
    method,
    url: `/api/v1/client/endpoints${path}`,
    headers: by.bearer,
    ...(payload ? { payload } : {}),
  });
async function registered(
  by: Registered,
  path: string,
  events = ["report.received", "report.state", "report.message"],
) {
  const answer = await call(by, "POST", "", { url: base + path, events });
  expect(answer.statusCode, answer.body).toBe(201);
  return answer.json<{ id: string; secret: string }>();
}
const report = async (by: Registered, description = "a wrong transfer") =>
  (
    await world.portal.inject({ method: "POST", url: "/api/v1/reports", payload: { description }, headers: by.bearer })
  ).json<{
    id: string;
    reference: string;
  }>();
const does = (act: Parameters<typeof perform>[0]["act"], id: string, input: object) =>
  perform({ node: world.at.node, actor: world.at.officer("unit-head"), act, id, input });
/** What the jobs of a worker do in their turn. */
async function work(): Promise<void> {
  const { node } = world.at;
  await sequence(node.db, ledgerSigner(node), node.clock());
  while ((await feed(node)) > 0);
  await sendDue(node);
}
const at = (path: string) => received.filter((each) => each.path === path);
const typeOf = ({ body }: Received) => (JSON.parse(body) as { type: string }).type;
const log = async (by: Registered, id: string) =>
  (await call(by, "GET", `/${id}/deliveries`)).json<{
    items: { id: string; state: string; status: number | null; problem: string | null; attempts: number }[];
  }>().items;

/** Checks a delivery as a receiver would, from the text of Standard Webhooks alone. */
function isSigned({ headers, body }: Received, secret: string): boolean {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const signed = `${String(headers["webhook-id"])}.${String(headers["webhook-timestamp"])}.${body}`;
  const expected = createHmac("sha256", key).update(signed, "utf8").digest("base64");
  return String(headers["webhook-signature"]).split(" ").includes(`v1,${expected}`);
}

describe("a delivery", () => {
  test("tells of each act once, in order, signed, and without a word of the report", async () => {
    const bank = await world.register("Told Bank");
    const { id, secret } = await registered(bank, "/told");
    const { id: of, reference } = await report(bank, "the secret words of a customer");
    await does(assign, of, {});
    await does(reply, of, { body: "the secret words of an officer" });
    await does(close, of, { reason: "answered" });
    await work();
    await work();
    const told = at("/told");
    expect(told.map(typeOf)).toEqual(["report.received", "report.state", "report.message", "report.state"]);
    for (const each of told) {
      expect(JSON.parse(each.body)).toEqual({
        type: typeOf(each),
        timestamp: expect.any(String) as string,
        data: { reference },
      });
      expect(isSigned(each, secret)).toBe(true);
      expect(isSigned({ ...each, body: `${each.body} ` }, secret)).toBe(false);
      const age = Math.abs(Number(each.headers["webhook-timestamp"]) - world.at.node.clock().epochMilliseconds / 1_000);
      expect(age).toBeLessThan(60);
    }
    expect(new Set(told.map(({ headers }) => headers["webhook-id"])).size).toBe(4);
    expect((await log(bank, id)).map(({ state, status }) => [state, status])).toEqual(
      Array.from({ length: 4 }, () => ["delivered", 204]),
    );
  });
  test("goes to the client that sent the report, of the kinds it asked for, from then on", async () => {
    const [one, other] = [await world.register("One told"), await world.register("Other told")];
    await report(one, "before it was registered");
    await registered(one, "/one", ["report.received"]);
    await registered(other, "/other");
    const { id } = await report(one);
    await does(triage, id, { priority: 1 });
    const anonymous = await world.portal.inject({
      method: "POST",
      url: "/api/v1/reports",
      payload: { description: "anonymous" },
    });
    expect(anonymous.statusCode).toBe(201);
    await work();
    expect(at("/one").map(typeOf)).toEqual(["report.received"]);
    expect(at("/other")).toEqual([]);
  });
  test("bears both signatures during the overlap of a rotation, and the new one alone afterwards", async () => {
    const bank = await world.register("Rotating told");
    const { id, secret } = await registered(bank, "/rotating");
    const fresh = (await call(bank, "POST", `/${id}/rotate`, { overlap_hours: 2 })).json<{ secret: string }>().secret;
    await report(bank);
    await work();
    world.pass({ hours: 3 });
    await report(bank);
    await work();
    expect(at("/rotating").map((each) => [isSigned(each, secret), isSigned(each, fresh)])).toEqual([
      [true, true],
      [false, true],
    ]);
  });
  test("is sent again from a time or an id, under the id that it had", async () => {
    const bank = await world.register("Replaying Bank");
    const early = await report(bank, "before anything was registered");
    const { id } = await registered(bank, "/replayed");
    const first = world.at.node.clock();
    for (const text of ["a", "b", "c"]) await report(bank, text);
    await work();
    const ids = () => at("/replayed").map(({ headers }) => String(headers["webhook-id"]));
    const once = ids();
    expect(once).toHaveLength(3);
    const from = await call(bank, "POST", `/${id}/replay`, { from: once[1] });
    expect(from.json()).toMatchObject({ again: 2 });
    await work();
    expect(ids().slice(3).sort()).toEqual(once.slice(1).sort());
    const since = await call(bank, "POST", `/${id}/replay`, { since: first.subtract({ hours: 1 }).toString() });
    expect(since.json(), "what came before the address was there is in the journal, too").toMatchObject({ again: 4 });
    await work();
    expect(ids().slice(5)).toHaveLength(4);
    expect(at("/replayed").some(({ body }) => body.includes(early.reference))).toBe(true);
    const local = world.at.node
      .clock()
      .toZonedDateTimeISO(world.at.node.config.zone)
      .toPlainDateTime()
      .subtract({ days: 1 });
    const byForm = await does(replayEndpoint, id, { since: local.toString({ smallestUnit: "minute" }) });
    expect(byForm.done, "an hour as a form sends it is read on the clock of the office").toMatchObject({ again: 4 });
    expect((await call(bank, "POST", `/${id}/replay`, {})).statusCode).toBe(422);
    expect((await call(bank, "POST", `/${id}/replay`, { from: `evt_${crypto.randomUUID()}` })).statusCode).toBe(422);
  });
});

describe("a receiver", () => {
  test("that fails is tried again later and later, keeps the order of each report, and is paused after days; resumed, nothing is lost", async () => {
    const bank = await world.register("Failing Bank");
    const { id } = await registered(bank, "/failing");
    behaviours.set("/failing", (response) => response.writeHead(500).end("<h1>our words</h1>"));
    const { id: of } = await report(bank);
    await does(close, of, { reason: "answered" });
    await work();
    await work();
    expect(at("/failing").map(typeOf), "the second waits for the first, and the first for its time").toEqual([
      "report.received",
    ]);
    world.pass({ minutes: 20 });
    await work();
    expect(at("/failing")).toHaveLength(2);
    world.pass({ hours: 73 });
    await work();
    expect((await call(bank, "GET", "")).json()).toMatchObject({ items: [{ state: "paused" }] });
    world.pass({ hours: 1 });
    await work();
    expect(at("/failing")).toHaveLength(3);
    behaviours.delete("/failing");
    expect((await call(bank, "POST", `/${id}/resume`, {})).statusCode).toBe(200);
    await work();
    expect(at("/failing").slice(3).map(typeOf)).toEqual(["report.received", "report.state"]);
    expect(JSON.stringify(await log(bank, id))).not.toContain("our words");
  });
  test("that refuses one event holds up that report alone, and is let off after days", async () => {
    const bank = await world.register("Picky Bank");
    const { id } = await registered(bank, "/picky");
    const bad = await report(bank, "the refused one");
    behaviours.set("/picky", (response) =>
      response.writeHead(at("/picky").at(-1)?.body.includes(bad.reference) ? 400 : 200).end(),
    );
    const good = await report(bank);
    await work();
    await work();
    expect((await log(bank, id)).map(({ state, status }) => [state, status])).toEqual([
      ["delivered", 200],
      ["waiting", 400],
    ]);
    expect(at("/picky").filter(({ body }) => body.includes(good.reference))).toHaveLength(1);
    world.pass({ hours: 73 });
    await work();
    expect((await log(bank, id)).map(({ state }) => state)).toEqual(["delivered", "given-up"]);
  });
  test.each([
    [
      "redirects",
      (response: ServerResponse) => response.writeHead(302, { location: `${base}/elsewhere` }).end(),
      ["redirect", 302],
    ],
    [
      "cuts the line before it has answered",
      (_: ServerResponse, socket: Socket) => socket.destroy(),
      ["connection", null],
    ],
    [
      "answers nonsense",
      (_: ServerResponse, socket: Socket) => socket.end("HTTP/9 nonsense\r\n\r\n"),
      ["connection", null],
    ],
    ["has gone", (response: ServerResponse) => response.writeHead(410).end(), ["status", 410]],
  ] as const)("that %s has not received", async (name, behave, [problem, status]) => {
    const bank = await world.register(`Receiver ${name}`);
    const path = `/${name.replaceAll(" ", "-")}`;
    const { id } = await registered(bank, path);
    behaviours.set(path, behave);
    await report(bank);
    await work();
    expect((await log(bank, id))[0]).toMatchObject({ state: "waiting", problem, status, attempts: 1 });
    expect(at("/elsewhere")).toEqual([]);
    const { items } = (await call(bank, "GET", "")).json<{ items: { state: string }[] }>();
    expect(items[0]?.state).toBe(status === 410 ? "paused" : "active");
  });
  test("that stalls costs its patience and no more; an answer cut short after its head counts", async () => {
    const sendTo = (path: string) =>
      send({ url: base + path, headers: {}, body: "{}", allowsLoopback: true, patienceMs: 150 });
    behaviours.set("/stalls", () => undefined);
    expect(await sendTo("/stalls")).toMatchObject({ outcome: "failed", problem: "timeout" });
    behaviours.set("/cut", (response, socket) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write("x");
      setTimeout(() => socket.destroy(), 5);
    });
    expect(await sendTo("/cut")).toMatchObject({ outcome: "answered", status: 200 });
    behaviours.set("/endless", (response) => {
      response.writeHead(200);
      const more = () => void (response.destroyed || response.write("x".repeat(10_000), () => setImmediate(more)));
      more();
    });
    expect(await sendTo("/endless")).toMatchObject({ outcome: "answered", status: 200 });
  });
});

describe("an address", () => {
  test.each([
    "http://bank.example/x", "ftp://bank.example", "https://user:pass@bank.example/", "https://bank.example/#part", "nonsense", "https://",
    "https://localhost/", "https://intranet/", "https://db.internal/", "https://printer.local/", "https://a.home.arpa/",
    "https://127.0.0.1/", "https://2130706433/", "https://0x7f.1/", "https://0177.0.0.1/", "https://0.0.0.0/", "https://10.1.2.3/", "https://172.16.0.1/",
    "https://192.168.1.1/", "https://169.254.169.254/latest/meta-data/", "https://100.100.100.200/", "https://168.63.129.16/", "https://224.0.0.1/",
    "https://255.255.255.255/", "https://[::1]/", "https://[::]/", "https://[fe80::1]/", "https://[fd00:ec2::254]/", "https://[::ffff:10.0.0.1]/",
    "https://[::ffff:a9fe:a9fe]/", "https://[64:ff9b::a9fe:a9fe]/", "https://[2002:7f00:1::]/", "https://[2001:0:7f00:1::]/", "https://[ff02::1]/",
  ])("%s is refused", (url) => {
    expect(urlProblem(url, false)).toBeDefined();
  }); // prettier-ignore
  test.each([
    "https://bank.example/hook?x=1",
    "https://bank.example:8443/",
    "https://93.184.215.14/",
    "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/",
  ])("%s may be told", (url) => {
    expect(urlProblem(url, false)).toBeUndefined();
  });
  test("of this machine is allowed by its own setting alone, and that opens no other network", () => {
    expect(urlProblem("http://127.0.0.1:4000/x", true)).toBeUndefined();
    for (const url of ["http://10.0.0.1/", "https://169.254.169.254/", "http://bank.example/", "https://192.168.0.1/"])
      expect(urlProblem(url, true)).toBeDefined();
  });
  test("whose name leads to a private network is not connected to; one forbidden address among good ones forbids the name", async () => {
    const asked: string[] = [];
    const leadingTo =
      (...addresses: string[]) =>
      async (name: string) => {
        asked.push(name);
        return addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
      };
    const { port } = new URL(base);
    for (const addresses of [["127.0.0.1"], ["93.184.215.14", "127.0.0.1"], ["::1"], ["169.254.169.254"], []])
      expect(
        await send({
          url: `https://bank.example:${port}/named`,
          headers: {},
          body: "{}",
          allowsLoopback: false,
          resolve: leadingTo(...addresses),
        }),
      ).toMatchObject({ outcome: "failed", problem: "address" });
    expect(at("/named")).toEqual([]);
    expect(asked, "each name is asked for once, so nobody can answer twice differently").toEqual(
      Array.from({ length: 5 }, () => "bank.example"),
    );
    // With the setting the connection goes to the address that was looked at, whatever the name.
    expect(
      await send({
        url: `${base.replace("127.0.0.1", "localhost")}/pinned`,
        headers: {},
        body: "{}",
        allowsLoopback: true,
        resolve: leadingTo("127.0.0.1"),
      }),
    ).toMatchObject({ outcome: "answered", status: 204 });
    expect(at("/pinned")).toHaveLength(1);
    expect(["127.0.0.1", "::1", "10.0.0.1", "fe80::1%eth0", "nonsense", ""].filter(isPublicAddress)).toEqual([]);
  });
  test("is refused in the answer to its registration, beside the field", async () => {
    const bank = await world.register("Private Bank");
    const answer = await call(bank, "POST", "", { url: "https://169.254.169.254/", events: ["report.state"] });
    expect([answer.statusCode, answer.json<{ errors: { path: string }[] }>().errors[0]?.path]).toEqual([422, "url"]);
    const other = await world.register("Stranger");
    const { id } = await registered(bank, "/private");
    for (const path of ["rotate", "replay", "close", "resume"])
      expect((await call(other, "POST", `/${id}/${path}`, { from: "x" })).statusCode).toBeGreaterThanOrEqual(403);
    expect((await call(other, "GET", `/${id}/deliveries`)).statusCode).toBe(404);
  });
});

test.each([
  ["report.submit", { from: null, to: "received" }, "report.received"],
  ["report.assign", { from: "received", to: "assigned" }, "report.state"],
  ["report.triage", { from: "triaged", to: "triaged" }, undefined],
  ["report.reply", { from: "assigned", to: "assigned" }, "report.message"],
  ["alert.update", { from: "published", to: "published" }, "alert.published"],
  ["report.identify", { from: "assigned", to: "assigned" }, undefined],
  ["case.open", { from: null, to: "open" }, undefined],
] as const)("of %s from and to a state, a client is told as %s", (act, change, event) => {
  expect(eventOf(act, change)).toBe(event);
});
test("tries come at longer and longer intervals, up to a quarter of an hour, never all at one moment", () => {
  const whole = [1, 2, 3, 10, 30].map((failures) => retryMs(failures, 0));
  expect(whole).toEqual([2_000, 4_000, 8_000, 900_000, 900_000]);
  expect(retryMs(30, 1)).toBe(450_000);
});
