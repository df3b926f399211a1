import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { verifyPdf } from "../src/trust/verify.ts";
import { answersTo } from "./answers.ts";
import { AtDesk, typed } from "./at-desk.ts";
import { carryOut, DECISION, deliver, draft, lodge, request, sendOut, takeOn } from "./at-requests.ts";
import { openBrowser } from "./browser.ts";
import { expectProved } from "./package-proved.ts";
import { comity, FACTS } from "./road.ts";
import { type RunningWorld, startWorld } from "./world.ts";

const DATA = process.env["COMITY_TEST_DATA"] ?? "../shared/data";
const REAL_REPORTS = `${DATA}/reports/sms-philippines/crowd_reports_select.csv`;
/** A number that stands in several of the real reports. */
const SHARED_NUMBER = "+639171832274";
const FILE = "account,registered,address\nsunrise.claims,2026-10-29T06:11:04Z,198.51.100.77\n".repeat(400);
const DIGEST = createHash("sha256").update(FILE).digest("hex");

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
  writeFileSync(join(folder, "subscriber.csv"), FILE);
  [at, browser] = await Promise.all([startWorld(), openBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await at.stop();
  at.remove();
});

/** Officers who have come in: a one-time code is good for one sign-in. */
const desks = new Map<string, Promise<AtDesk>>();
function desk(code: string, role: string): Promise<AtDesk> {
  const found = desks.get(`${code}.${role}`) ?? AtDesk.signIn(browser, at.client(code, role));
  desks.set(`${code}.${role}`, found);
  return found;
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

const LOSS = {
  category: "F2",
  description: "A caller who said he was of my bank had me read out a code, and my savings left the account.",
  transfers: [
    {
      amount: "41300",
      currency: "MUR",
      to: "XA21ANBX00000012345678",
      through: "national bank",
      reference: "TX-778899",
    },
  ],
};

/** A report of money that left two hours ago, handed in as the public does, on its page. */
async function openLoss(investigator: AtDesk): Promise<void> {
  const ago = Temporal.Now.instant().subtract({ hours: 2 }).toString();
  const response = await fetch(`${at.node("XA").portal}/api/v1/reports`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...LOSS, transfers: LOSS.transfers.map((each) => ({ ...each, at: ago })) }),
  });
  expect(response.status).toBe(201);
  const { reference } = (await response.json()) as { reference: string };
  await investigator.sees("/reports", new RegExp(reference));
  await investigator.follow(new RegExp(reference));
}

test("money is held by a notice to a bank, in a browser without scripts", async () => {
  const investigator = await desk("XA", "investigator");
  await openLoss(investigator);
  // The node drafts the notice by itself.
  await investigator.sees(investigator.path, /H-\d{4}-/);
  await investigator.follow(/^H-/);
  const notice = investigator.path;
  expect(await investigator.text()).toContain("Aruna National Bank");
  await investigator.act("Send the notice");
  await investigator.go(notice);
  const letter = await at.client("XA", "investigator").raw(`/api/v1${notice}/notice`);
  expect((await verifyPdf(Buffer.from(await letter.arrayBuffer()))).ok).toBe(true);
  await investigator.act("They have it");
  await investigator.act("Record their answer", { answer: "held" });
  await investigator.act(/^End the hold/, { release: "returned" });
  const head = await desk("XA", "unit-head");
  await head.go("/holds");
  await head.follow(/^Done/);
  expect(await head.text()).toMatch(/H-\d{4}-\d+/);
}, 300_000);

test("a European order goes to the provider on the word of a judge, and its data comes back", async () => {
  const [investigator, judge] = [await desk("XA", "investigator"), await desk("XA", "judge")];
  const response = await desk("XP", "response-officer");
  await openLoss(investigator);
  await investigator.follow("Open a case");
  await investigator.type({ title: "Savings by a call" });
  expect(await investigator.send()).toBe(true);
  await draft(investigator, "EU1", request("EU1", "XP"));
  const order = investigator.path;
  await sendOut(order, { drafter: investigator, authoriser: judge, sender: investigator });
  await takeOn(response, order);
  expect(await response.text()).toContain("Regulation (EU) 2023/1543");
  await lodge(response, join(folder, "subscriber.csv"), "Meridian account system");
  await deliver(response, order);
  await investigator.sees(order, /Item 1/);
  await investigator.act("Close", { outcome: "useful" });
  await response.sees(order, /Closed/);
}, 180_000);

test("an emergency by clicks: the danger is asked, one click lays it before the authoriser, the other desk says that it has read it", async () => {
  const investigator = await desk("XA", "investigator");
  await investigator.go("/cases/new");
  await investigator.type({ title: "A girl who has left home" });
  expect(await investigator.send()).toBe(true);
  await investigator.follow("Emergency");
  await investigator.type({
    "particulars.risk": "life",
    "particulars.endangered": "A girl of fourteen, last seen in Port Reef",
    "particulars.emergency": "She wrote that she would jump; the account that drives her to it still writes to her.",
    measure: "X9",
    to: "XB",
    custodian: "Belmora Mail",
    "data.0.category": "subscriber",
    "data.0.description": "Who holds the account, and from where it was last used",
    "data.0.identifiers": "reef.jumper@belmora.example",
    offence: "Incitement to suicide, s. 40",
    facts: "Since this morning an account has been telling a girl of fourteen to jump, and she has left home.",
    necessity: "Only the provider knows from which line the account writes, and so where its holder is.",
    proportionality: "One account and its last line are asked for, and nothing that anybody wrote.",
  });
  expect(await investigator.send()).toBe(false);
  expect(await investigator.text()).toContain("Say how soon the harm may happen.");
  await investigator.type({ "particulars.imminence": "hours" });
  expect(await investigator.send()).toBe(true);
  const { path } = investigator;
  const prosecutor = await desk("XA", "prosecutor");
  await prosecutor.go(path);
  await prosecutor.act("Authorise", DECISION);
  const duty = await desk("XA", "duty-officer");
  await duty.go(path);
  await duty.act("Send");
  const there = await desk("XB", "duty-officer");
  await there.sees("/board", /Emergency Delivered/);
  await there.sees(path, /Delivered/);
  await there.act("Say that you have read it");
  await duty.sees(path, /Read there by[^]*Belmora/);
  await duty.follow("What to say on the telephone");
  expect(await duty.text()).toContain("This is an emergency: a life or safety is in danger.");
  await duty.act("Record a telephone call", { outcome: "reached", telephone: "+63 2 5550 0100", person: "L. Reyes" });
  await there.sees(path, /L\. Reyes/);
}, 180_000);

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

  // D30 follows by one click: what is known stands in the form, with the number of the preservation.
  const number = await investigator.page.locator("main h1").innerText();
  await investigator.follow(/^Follow up: D30/);
  expect(await investigator.page.inputValue("[name='particulars.preserved']")).toBe(number);
  expect(await investigator.page.inputValue("[name=facts]")).toBe(FACTS);
  await investigator.type({
    "particulars.communication": "The log-in of 3 November from which the code was used.",
    ...typed({ safeguards: { answers: answersTo("D30") } }),
  });
  expect(await investigator.send()).toBe(true);
  const d30 = investigator.path;
  await sendOut(d30, { drafter: investigator, authoriser: prosecutor, sender: dutyA });

  // Belmora gives it under a condition; nothing is given before Aruna takes that on.
  await centralB.sees(d30, /Delivered/);
  await centralB.act("Acknowledge");
  await centralB.act("Accept", { "conditions.0.condition": "no-transfer" });
  writeFileSync(join(folder, "path.csv"), "provider,seen\nmeridian.example,2026-11-03\n");
  await lodge(centralB, join(folder, "path.csv"), "Records of Meridian");
  await centralB.go(d30);
  expect(await centralB.text()).toContain("Nothing is given before Aruna has taken them on.");
  await dutyA.sees(d30, /Not to be handed on/);
  await dutyA.act("Take the conditions on");
  await centralB.sees(d30, /They bind every office of Aruna/);
  await deliver(centralB, d30);
  await investigator.sees(d30, /Item 1/);
  await investigator.follow("Item 1");
  expect(await investigator.text()).toContain("Set by Belmora, who alone can waive them.");

  // M31 follows it; Belmora's central authority orders the data from Meridian.
  await investigator.go(p29);
  await investigator.follow(/^Follow up: M31/);
  await investigator.type({ "particulars.use": "Evidence in the proceedings named above." });
  expect(await investigator.send()).toBe(true);
  const m31 = investigator.path;
  await sendOut(m31, { drafter: investigator, authoriser: prosecutor, sender: dutyA });
  await takeOn(centralB, m31);
  const o18b = await carryOut(centralB, prosecutorB);

  // Meridian lodges the file and delivers it; Belmora hands it to Aruna.
  await takeOn(response, o18b);
  await lodge(response, join(folder, "subscriber.csv"), "Meridian account system");
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
    ["Expedited disclosure of preserved traffic data", "Sent", "Belmora (XB)", "Carried out", "1"],
    ["European production order", "Sent", "Meridian (XP)", "Closed", "1"],
    ["Assistance: stored data abroad", "Sent", "Belmora (XB)", "Carried out", "1"],
    ["Preservation abroad", "Sent", "Belmora (XB)", "Carried out", "1"],
    ["Expedited disclosure in an emergency", "Sent", "Belmora (XB)", "Delivered", "1"],
  ]);

  // With every node stopped, the package is verified by Comity and by public tools.
  await at.stop();
  expectProved(path, { inside: FILE, name: "subscriber.csv" });
}, 300_000);
