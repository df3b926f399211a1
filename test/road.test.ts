import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { marked, plantTraces, tracesIn } from "./markers.ts";
import { expectProved } from "./package-proved.ts";
import { comity, content, good, inDays, sendRequest, standing, upload } from "./road.ts";
import { type Client, type RunningWorld, startWorld, until } from "./world.ts";

const DATA = process.env["COMITY_TEST_DATA"] ?? "../shared/data";
const REAL_REPORTS = `${DATA}/reports/sms-philippines/crowd_reports_select.csv`;

let at: RunningWorld;
/** What goes from Meridian by Belmora to Aruna, and what Aruna acquires and makes itself. */
const given = marked("sunrise.claims,2026-10-29T06:11:04Z,198.51.100.77\n".repeat(400));
const own = marked();
const made = marked();
const all = [given, own, made];
beforeAll(async () => {
  at = await startWorld({ log: "debug", anew: true });
});
afterAll(async () => {
  await at.stop();
  at.remove();
});

test("one report becomes evidence across two countries", async () => {
  const [investigator, prosecutor, dutyA] = (["investigator", "prosecutor", "duty-officer"] as const).map((role) =>
    at.client("XA", role),
  );
  const [prosecutorB, dutyB, centralB] = (["prosecutor", "duty-officer", "central-authority"] as const).map((role) =>
    at.client("XB", role),
  );
  const response = at.client("XP", "response-officer");
  if (!investigator || !prosecutor || !dutyA || !prosecutorB || !dutyB || !centralB)
    throw new Error("an account is missing");

  // Reports: the real ones, by the command; two that share a number are linked.
  const imported = await comity(at, "XA", "import", "reports", REAL_REPORTS, "--mapping", "sms-philippines", "--json");
  expect(imported.status).toBe(0);
  expect((JSON.parse(imported.stdout) as { taken: number }).taken).toBeGreaterThan(4_000);
  const linked = await firstLinked(investigator);
  expect(linked.length).toBeGreaterThanOrEqual(2);

  // Case.
  const { id: caseId } = good(
    await investigator.post("/cases", { title: "Calls in a bank's name", reports: linked.slice(0, 2) }),
    201,
  ) as { id: string };

  // P29: without necessity it is refused with a sentence; the drafter can't authorise; the prosecutor does.
  const drafted = good(
    await investigator.post(`/cases/${caseId}/requests`, content("P29", "XB", { necessity: "" })),
    201,
  ) as { id: string };
  const refused = await investigator.post(`/requests/${drafted.id}/submit`);
  expect(refused.status).toBe(422);
  expect(refused.body.errors).toContainEqual({ path: "necessity", message: expect.stringContaining("necessary") });
  good(await investigator.post(`/requests/${drafted.id}/revise`, content("P29", "XB")));
  good(await investigator.post(`/requests/${drafted.id}/submit`));
  const own = await investigator.post(`/requests/${drafted.id}/authorise`, {
    reasons: "Because I say so myself.",
    until: inDays(30),
  });
  expect(own.status).toBe(403);
  expect(own.body.policies).toContain("core.drafter-never-authorises");
  good(
    await prosecutor.post(`/requests/${drafted.id}/authorise`, {
      reasons: "Necessary, narrow and in proportion.",
      until: inDays(30),
    }),
  );
  good(await dutyA.post(`/requests/${drafted.id}/send`));
  await standing(investigator, drafted.id, "delivered");

  // Belmora takes it on and has Meridian preserve, under its own law.
  await standing(dutyB, drafted.id, "delivered");
  good(await dutyB.post(`/requests/${drafted.id}/acknowledge`));
  good(await dutyB.post(`/requests/${drafted.id}/accept`));
  const p16 = await sendRequest({
    drafter: dutyB,
    authoriser: prosecutorB,
    sender: dutyB,
    path: `/requests/${drafted.id}/requests`,
    body: content("P16", "XP"),
  });
  await standing(response, p16, "delivered");
  good(await response.post(`/requests/${p16}/acknowledge`));
  good(await response.post(`/requests/${p16}/accept`));
  good(await response.post(`/requests/${p16}/execute`, { outcome: "done" }));
  await standing(dutyB, p16, "executed");
  good(
    await dutyB.post(`/requests/${drafted.id}/execute`, {
      outcome: "done",
      remark: "Meridian has confirmed the preservation.",
    }),
  );
  const preserved = await standing(investigator, drafted.id, "executed");

  // Both nodes show the same state, the same clocks, the same history.
  const there = await dutyB.get(`/requests/${drafted.id}`);
  expect(preserved.body.history).toEqual(there.body.history);
  expect(preserved.body.clocks.map((clock: { rule: string; dueAt: string }) => [clock.rule, clock.dueAt])).toEqual(
    there.body.clocks.map((clock: { rule: string; dueAt: string }) => [clock.rule, clock.dueAt]),
  );
  expect(preserved.body.clocks).toContainEqual(
    expect.objectContaining({ rule: "request.preservation", state: "running" }),
  );

  // M31 follows; Belmora's central authority orders the data from Meridian, and delivers it to Aruna.
  const number = preserved.body.number as string;
  const m31 = await sendRequest({
    drafter: investigator,
    authoriser: prosecutor,
    sender: dutyA,
    path: `/cases/${caseId}/requests`,
    body: content("M31", "XB", { particulars: { follows: number, use: "Evidence in the proceedings named above." } }),
  });
  await standing(centralB, m31, "delivered");
  const held = await until(
    () => dutyB.get(`/requests/${drafted.id}`),
    ({ body }) =>
      body.clocks.some(
        (clock: { rule: string; state: string }) =>
          clock.rule === "request.preservation" && clock.state === "suspended",
      ),
  );
  expect(held.status).toBe(200);
  good(await centralB.post(`/requests/${m31}/acknowledge`));
  good(await centralB.post(`/requests/${m31}/accept`));
  const o18b = await sendRequest({
    drafter: centralB,
    authoriser: prosecutorB,
    sender: centralB,
    path: `/requests/${m31}/requests`,
    body: content("O18b", "XP"),
  });
  await standing(response, o18b, "delivered");
  good(await response.post(`/requests/${o18b}/acknowledge`));
  good(await response.post(`/requests/${o18b}/accept`));
  const bytes = given.content;
  const digest = createHash("sha256").update(bytes).digest("hex");
  const file = await upload(response, bytes, given.name);
  const item = good(
    await response.post("/items", {
      upload: file,
      description: given.description,
      request: o18b,
      acquisition: {
        method: "export-by-holder",
        source: "Meridian account system",
        digest_before: digest,
        note: `As ${given.name} of ${given.description}`,
      },
    }),
    201,
  ) as { id: string };
  good(await response.post(`/requests/${o18b}/deliver`, { items: [item.id], complete: true }));
  const arrived = await standing(centralB, o18b, "executed");
  expect(arrived.body.items).toHaveLength(1);
  good(await centralB.post(`/requests/${m31}/deliver`, { items: arrived.body.items, complete: true }));
  const received = await standing(investigator, m31, "executed");
  const [evidence] = received.body.items as string[];
  await worked(investigator, caseId);
  const custody = good(await investigator.get(`/items/${evidence}/custody`));
  expect(JSON.stringify(custody)).toContain(digest);

  // The package, verified with the node stopped, by our verifier and by public tools.
  const folder = mkdtempSync(join(tmpdir(), "comity-package-"));
  const download = await until(
    () => investigator.raw(`/api/v1/items/${evidence}/package`),
    ({ status }) => status === 200,
  );
  const [, name = ""] = /filename="([^"]+)"/.exec(download.headers.get("content-disposition") ?? "") ?? [];
  const path = join(folder, name);
  writeFileSync(path, Buffer.from(await download.arrayBuffer()));
  const statistics = good(await at.client("XA", "statistician").get("/statistics/requests-by-measure.json"));
  expect(statistics.rows).toContainEqual(
    expect.objectContaining({ measure: "P29", peer: "XB", side: "sender", state: "executed", requests: 1 }),
  );
  const ledger = await comity(at, "XA", "ledger", "check", "--json");
  expect([ledger.status, ledger.stdout]).toEqual([0, expect.stringContaining("true")]);
  await at.stop();
  expectProved(path, { inside: bytes.toString(), name: given.name });
}, 300_000);

test("nothing by which an item could be known is legible in what the nodes keep", () => {
  // The world has ended: its databases have written all they hold, and their logs of changes are there with them.
  expect(tracesIn(at.folder, all)).toEqual([]);
  const planted = join(at.folder, "planted");
  mkdirSync(planted);
  const traces = plantTraces(planted, all);
  expect(tracesIn(planted, all)).toEqual(expect.arrayContaining(traces));
  rmSync(planted, { recursive: true });
});

/** Aruna acquires something itself, makes another out of it, finds that again by its words and its digest, and seals it. */
async function worked(investigator: Client, caseId: string): Promise<void> {
  const item = good(
    await investigator.post(`/cases/${caseId}/items`, {
      upload: await upload(investigator, own.content, own.name),
      description: own.description,
      acquisition: { method: "screen-capture", note: `${own.name} as shown` },
    }),
    201,
  ) as { id: string };
  const { derived } = good(
    await investigator.post(`/items/${item.id}/derive`, {
      upload: await upload(investigator, made.content, made.name),
      description: made.description,
      tool: "csvgrep",
    }),
  ) as { derived: string };
  const digest = createHash("sha256").update(made.content).digest("hex");
  for (const asked of [digest.toUpperCase(), made.name, made.description.toUpperCase()]) {
    const { items } = good(await investigator.get(`/items?q=${encodeURIComponent(asked)}`)) as { items: object[] };
    expect(items, asked).toMatchObject([{ id: derived, name: made.name, digest }]);
  }
  good(await investigator.post(`/items/${derived}/seal`, { seal_number: made.seal, reason: `Done: ${made.name}` }));
}

/** A number that stands in several of the real reports. */
const SHARED_NUMBER = "+639171832274";

/** References of reports that share that number, as one report's page shows them linked. */
async function firstLinked(investigator: ReturnType<RunningWorld["client"]>): Promise<string[]> {
  const { items } = good(await investigator.get(`/reports?q=${encodeURIComponent(SHARED_NUMBER)}`)) as {
    items: { id: string }[];
  };
  const whole = good(await investigator.get(`/reports/${items[0]?.id}`)) as {
    reference: string;
    linked: { items: { reference: string; shared: string[] }[] };
  };
  return [
    whole.reference,
    ...whole.linked.items.filter(({ shared }) => shared.length > 0).map(({ reference }) => reference),
  ];
}
