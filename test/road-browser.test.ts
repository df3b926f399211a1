import { type MeasureCode, measureOf } from "../src/law/slice.ts";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AtDesk, type Typed, typed } from "./at-desk.ts";
import { openBrowser } from "./browser.ts";
import { expectProved } from "./package-proved.ts";
import { comity, content, FACTS, inDays } from "./road.ts";
import { type RunningWorld, startWorld } from "./world.ts";

const DATA = process.env["COMITY_TEST_DATA"] ?? "../shared/data";
const REAL_REPORTS = `${DATA}/reports/sms-philippines/crowd_reports_select.csv`;
/** A number that stands in several of the real reports. */
const SHARED_NUMBER = "+639171832274";
const FILE = "account,registered,address\nsunrise.claims,2026-10-29T06:11:04Z,198.51.100.77\n".repeat(400);
const DIGEST = createHash("sha256").update(FILE).digest("hex");
const DECISION: Typed = { reasons: "Necessary, narrow and in proportion to the loss.", until: inDays(30) };

/** What happens to a preservation that is carried out, in order. */
const LIVED = [
  "Drafted",
  "Changed",
  "Submitted for decision",
  "Authorised",
  "Sent",
  "Acknowledged",
  "Accepted",
  "Carried out",
];

const folder = mkdtempSync(join(tmpdir(), "comity-road-"));

/** Some hundreds of the real reports as a table, those that share the number among them; all of them are imported on the road without a browser. */
function someReports(): string {
  const rows = parse(readFileSync(REAL_REPORTS)) as string[][];
  const chosen = rows.filter(
    (row, n) => n <= 300 || row.some((cell) => SHARED_NUMBER.endsWith(cell) && cell.length > 9),
  );
  const path = join(folder, "reports.csv");
  const line = (row: readonly string[]) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(",");
  writeFileSync(path, `${chosen.map(line).join("\n")}\n`);
  return path;
}
let at: RunningWorld;
let browser: Browser;
beforeAll(async () => {
  [at, browser] = await Promise.all([startWorld(), openBrowser()]);
}, 240_000);
afterAll(async () => {
  await browser.close();
  await at.stop();
  at.remove();
});

const desk = (code: string, role: string): Promise<AtDesk> => AtDesk.signIn(browser, at.client(code, role));

/** What a request says, as it is typed into its form, which asks what its measure must say and nothing else. */
function request(measure: MeasureCode, to: string, more: object = {}): Typed {
  const asked = new Set<string>(measureOf(measure).particulars.map((name) => `particulars.${name}`));
  return Object.fromEntries(
    Object.entries(typed(content(measure, to, more))).filter(
      ([name]) => name !== "measure" && (!name.startsWith("particulars.") || asked.has(name)),
    ),
  );
}
/** Chooses the measure on the page of the case, and drafts the request. */
async function draft(officer: AtDesk, measure: MeasureCode, values: Typed): Promise<void> {
  await officer.follow("Draft a request");
  await officer.follow(new RegExp(`^${measure}:`));
  await officer.type(values);
  expect(await officer.send()).toBe(true);
}

/** Submitted by who drafted it, whose page it is on, decided, and sent. */
async function sendOut(path: string, by: { drafter: AtDesk; authoriser: AtDesk; sender: AtDesk }): Promise<void> {
  await by.drafter.act("Submit for decision");
  await by.authoriser.go(path);
  await by.authoriser.act("Authorise", DECISION);
  await by.sender.go(path);
  await by.sender.act("Send");
}

/** Taken on by who is asked, once it has come. */
async function takeOn(officer: AtDesk, path: string): Promise<void> {
  await officer.sees(path, /Delivered/);
  await officer.act("Acknowledge");
  await officer.act("Accept");
}

/** The domestic measure that carries out the request on the officer's page, decided and sent to Meridian: its path. */
async function carryOut(officer: AtDesk, authoriser: AtDesk): Promise<string> {
  await officer.act("Draft the domestic measure", { to: "XP" });
  const { path } = officer;
  await sendOut(path, { drafter: officer, authoriser, sender: officer });
  return path;
}

/** Hands over the first file that is there for the request. */
async function deliver(officer: AtDesk, path: string): Promise<void> {
  await officer.go(path);
  await officer.follow("Deliver");
  await officer.tick("items", 0);
  expect(await officer.send()).toBe(true);
}

/** The whole of one request on one page: its two lanes, its history, its clocks; moments as the page gives them to programs. */
async function picture(officer: AtDesk, path: string) {
  await officer.go(path);
  const moments = (part: string) =>
    officer.page.locator(`main ${part} time`).evaluateAll((all) => all.map((each) => each.getAttribute("datetime")));
  const words = (part: string) => officer.page.locator(`main ${part}`).allInnerTexts();
  return {
    lanes: await words(".lanes .stop b"),
    moments: await moments(".lanes .stop"),
    happened: await words(".timeline b"),
    when: await moments(".timeline"),
    clocks: await words(".clock-label"),
    due: await moments(".clock"),
  };
}

test("one report becomes evidence across two countries, by clicks in a browser without scripts", async () => {
  // The real reports, by the command; two that share a number are shown linked.
  const imported = await comity(at, "XA", "import", "reports", someReports(), "--mapping", "sms-philippines", "--json");
  expect(imported.status).toBe(0);
  const investigator = await desk("XA", "investigator");
  await investigator.go("/reports");
  await investigator.search(SHARED_NUMBER);
  await investigator.follow(/^R-/);
  const report = await investigator.text();
  expect(report).toContain("both hold 9171832274");

  // A case of the report and one that is linked with it.
  await investigator.tick("reports", 0);
  await investigator.press("Open a case with what is chosen");
  await investigator.type({ title: "Calls in a bank's name" });
  expect(await investigator.send()).toBe(true);
  expect(await investigator.text()).toContain("The case is open.");
  const casePath = investigator.path;

  // P29: without necessity it is refused with a sentence, and nothing typed is lost.
  await draft(investigator, "P29", request("P29", "XB", { necessity: "" }));
  const p29 = investigator.path;
  await investigator.follow("Submit for decision");
  expect(await investigator.send()).toBe(false);
  expect(await investigator.page.locator(".summary").innerText()).toContain("Say why this is necessary");
  await investigator.follow("Change the draft");
  expect(await investigator.page.inputValue("[name=facts]")).toBe(FACTS);
  await investigator.type({ to: "", necessity: String(request("P29", "XB")["necessity"]) });
  expect(await investigator.send()).toBe(false);
  expect(await investigator.page.inputValue("[name=necessity]")).toContain("Only the provider holds");
  await investigator.type({ to: "XB" });
  expect(await investigator.send()).toBe(true);
  await investigator.act("Submit for decision");

  // The drafter is not offered the decision, and is refused it where they try; the prosecutor decides.
  expect(await investigator.page.locator(`main a[href="${p29}/authorise"]`).count()).toBe(0);
  expect(await investigator.go(`${p29}/authorise`)).toBe(403);
  expect(await investigator.text()).toContain("Whoever drafts a request does not decide on it.");
  const prosecutor = await desk("XA", "prosecutor");
  const dutyA = await desk("XA", "duty-officer");
  await prosecutor.go(p29);
  await prosecutor.act("Authorise", DECISION);
  await dutyA.go(p29);
  await dutyA.act("Send");
  await investigator.sees(p29, /Delivered/);

  // Belmora takes it on, and has Meridian preserve under its own law.
  const [dutyB, prosecutorB, centralB] = [
    await desk("XB", "duty-officer"),
    await desk("XB", "prosecutor"),
    await desk("XB", "central-authority"),
  ];
  const response = await desk("XP", "response-officer");
  await takeOn(dutyB, p29);
  const p16 = await carryOut(dutyB, prosecutorB);
  await takeOn(response, p16);
  await response.act("Carry out", { outcome: "done" });
  await dutyB.sees(p16, /Carried out/);
  await dutyB.go(p29);
  await dutyB.act("Carry out", { outcome: "done", remark: "Meridian has confirmed the preservation." });
  await investigator.sees(p29, /Carried out/);

  // The same picture on both nodes.
  const [here, there] = [await picture(investigator, p29), await picture(dutyB, p29)];
  expect(here).toEqual(there);
  expect(here.happened).toEqual(LIVED);
  expect(here.clocks).toEqual(expect.arrayContaining(["Acknowledge", "Data kept"]));
  expect(here.due).toHaveLength(here.clocks.length);

  // M31 follows; Belmora's central authority orders the data from Meridian.
  const number = await investigator.page.locator("main h1").innerText();
  await investigator.go(casePath);
  await draft(
    investigator,
    "M31",
    request("M31", "XB", { particulars: { follows: number, use: "Evidence in the proceedings named above." } }),
  );
  const m31 = investigator.path;
  await sendOut(m31, { drafter: investigator, authoriser: prosecutor, sender: dutyA });
  await takeOn(centralB, m31);
  const o18b = await carryOut(centralB, prosecutorB);

  // Meridian lodges the file and delivers it; Belmora hands it to Aruna.
  await takeOn(response, o18b);
  await response.follow("Lodge a file for it");
  writeFileSync(join(folder, "subscriber.csv"), FILE);
  await response.page.locator("main [name=file]").setInputFiles(join(folder, "subscriber.csv"));
  expect(await response.send()).toBe(true);
  await response.page.locator("main [value='provider-return']").check();
  await response.press("Go on");
  await response.type({
    description: "Subscriber information as held",
    "acquisition.source": "Meridian account system",
  });
  expect(await response.send()).toBe(true);
  expect(await response.text()).toContain(DIGEST.slice(0, 8));
  await deliver(response, o18b);
  await centralB.sees(o18b, /Item 1/);
  await deliver(centralB, m31);
  await investigator.sees(m31, /Item 1/);

  // The exhibit in Aruna: both sides' digests in its custody, and the package.
  await investigator.follow("Item 1");
  expect(await investigator.text()).toContain("subscriber.csv");
  expect(await investigator.page.locator(`main [data-hash="${DIGEST}"]`).count()).toBeGreaterThan(0);
  await investigator.sees(investigator.path, /Every event is in the ledger/);
  const path = await investigator.download("Download the package", folder);

  // The statistics page counts it all.
  const statistician = await desk("XA", "statistician");
  await statistician.go("/statistics");
  const rows = (await statistician.page.locator("#requests-by-measure tbody tr").allInnerTexts()).map((row) =>
    row.split(/\s*\t\s*/),
  );
  expect(rows).toEqual([
    ["Assistance: stored data abroad", "Sent", "Belmora (XB)", "Carried out", "1"],
    ["Preservation abroad", "Sent", "Belmora (XB)", "Carried out", "1"],
  ]);

  // With every node stopped, the package is verified by Comity and by public tools.
  await at.stop();
  expectProved(path, { inside: FILE, name: "subscriber.csv" });
}, 300_000);
