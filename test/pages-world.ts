import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseHTML } from "linkedom";
import { addressOf } from "../src/portal/address.ts";
import type { StepName } from "../src/portal/draft.ts";
import { providerByHi1 } from "./pages-hi1.ts";
import { comity, content, good, sendRequest, standing, upload } from "./road.ts";
import { type Visited, Visitor } from "./visitor.ts";
import type { RunningWorld } from "./world.ts";

/** Rows as the table of the Philippine reports has them; two share a number. */
const TABLE = `id,number,network,type,proof,name,indicator
1,9171832274,Globe,work,"Hi this is HR of Luzon Retail. Part time job, earn 5000 a day: http://job-luzon.example/apply",False,917
2,9171832274,Globe,loan,"Approved ang loan mo! Claim at hxxp://loan-fast[.]example",False,917
3,9285550142,Smart,others,"Your parcel is held. Pay the customs fee of 75 PHP at parcel-track.example/pay now, or it goes back to its sender within the hour without any further notice to you",False,928
4,9285550177,Smart,bank,"BPI: your account is locked, verify at bpi-verify.example",True,928
`;

const REPORT =
  "A man rang from +230 5251 9999 and said he was of my bank. He had me read out the code from the message, and then 41,300 rupees were gone. He also sent hxxp://bank-safe[.]example/login";

/** Fills a world through the doors that people use, import, portal and API, so that something of every kind lies on every desk. */
export async function fillWorld(at: RunningWorld): Promise<Reported> {
  const table = join(at.folder, "table.csv");
  writeFileSync(table, TABLE);
  const imported = await comity(at, "XA", "import", "reports", table, "--mapping", "sms-philippines", "--json");
  rmSync(table);
  if (imported.status !== 0) throw new Error(`the import failed: ${imported.stdout}`);
  const reported = await reportByPortal(at.node("XA").portal);
  const caseId = await workOnReports(at);
  await accountsAndPeers(at);
  await road(at, caseId);
  await providerByHi1(at, caseId);
  await beforeCourt(at, caseId);
  return reported;
}

/** What a reporter went through: every page that they saw, and the code that they got. */
export interface Reported {
  readonly code: string;
  readonly reporter: Visitor;
  readonly pages: readonly Visited[];
}

/** What is answered on each page of the form; first wrongly, where it can be, and then rightly. */
const ANSWERS: readonly (readonly [StepName, Record<string, string>, Record<string, string>?])[] = [
  ["danger", { danger: "no" }, {}],
  ["child", { child: "no" }, {}],
  ["money", { money: "yes" }, {}],
  ["help", {}],
  ["payment", { amount: "1,300", to: "MU17 BOMM 0102", when: "day", do: "more" }, { amount: "a lot" }],
  ["payment", { amount: "41,300", to: "MU17 BOMM 0101", through: "", when: "now" }],
  ["enough", { do: "on" }, { do: "on", email: "no address" }],
  ["what", { tile: "message" }, {}],
  ["kind", { category: "F8" }, {}],
  ["whom", { whom: "me", age: "35-44", district: "north" }, {}],
  ["words", { description: REPORT }, { description: "" }],
];

/** Leads a reporter through every question to the sent report, and opens it by its code. */
export async function reportByPortal(portal: string, lang = "en"): Promise<Reported> {
  const reporter = new Visitor("a reporter", portal);
  const pages: Visited[] = [await reporter.get("/p", lang)];
  const answer = async (path: string, form: Record<string, string | string[]>) => {
    const page = await reporter.post(path, form, lang);
    pages.push(page);
    return page;
  };
  for (const [step, right, wrong] of ANSWERS) {
    if (wrong) await answer(addressOf(step), wrong);
    await answer(addressOf(step), right);
  }
  const kept = [...parseHTML(pages.at(-1)?.html ?? "").document.querySelectorAll("input[name=keep]")];
  await answer(addressOf("found"), { keep: kept.map((each) => each.getAttribute("value") ?? ""), more: "" });
  pages.push(await reporter.get("/p/0", lang));
  await answer(addressOf("files"), {});
  await answer(addressOf("who"), { choice: "contact", name: "Anjali R.", email: "no address", phone: "" });
  await answer(addressOf("who"), { choice: "contact", name: "Anjali R.", email: "anjali@example.org", phone: "" });
  const sent = await answer(addressOf("check"), {});
  const code = parseHTML(sent.html).document.querySelector(".code")?.textContent ?? "";
  await answer("/c", { code: "1234" });
  const follow = await answer("/c", { code });
  if (new URL(follow.url).pathname !== "/c/1") throw new Error(`the code opens no report: "${code}"`);
  for (const path of ["/c/2", "/c/3"]) pages.push(await reporter.get(path, lang));
  await answer("/c/1", { body: "" });
  await answer("/c/1", { body: "He has just rung again, from the same number." });
  return { code, reporter, pages };
}

/** Reports read, answered, linked, closed; a case of two of them, with people and a note; a case of nothing. */
async function workOnReports(at: RunningWorld): Promise<string> {
  const investigator = at.client("XA", "investigator");
  const { items } = good(await investigator.get("/reports")) as { items: { id: string; reference: string }[] };
  const [first, second, third, fourth] = items;
  if (!first || !second || !third || !fourth) throw new Error("there are too few reports");
  good(await investigator.post(`/reports/${first.id}/triage`, { priority: 1, note: "The number is known to us." }));
  good(await investigator.post(`/reports/${first.id}/assign`));
  good(await investigator.post(`/reports/${first.id}/reply`, { body: "Ring your bank now and ask them to stop it." }));
  good(await at.client("XA", "unit-head").post(`/reports/${fourth.id}/close`, { reason: "not-enough" }));
  const { id } = good(
    await investigator.post("/cases", {
      title: "Calls in a bank's name",
      reports: [first.reference, second.reference],
      offences: ["Aruna Cybercrime Act 2021, s. 11"],
    }),
    201,
  ) as { id: string };
  good(await investigator.post(`/cases/${id}/involve`, { name: "Anjali R.", role: "victim" }));
  good(
    await investigator.post(`/cases/${id}/note`, { body: "The bank has confirmed the two transfers by telephone." }),
  );
  good(await investigator.post("/cases", { title: "A case in which nothing is yet" }), 201);
  return id;
}

/** An account that waits for its holder, one that is shut, a token. */
async function accountsAndPeers(at: RunningWorld): Promise<void> {
  const administrator = at.client("XA", "administrator");
  const { items } = good(await administrator.get("/offices")) as { items: { id: string; kind: string }[] };
  const office = items.find(({ kind }) => kind === "police")?.id;
  const make = (username: string, name: string) =>
    administrator.post("/accounts", { username, name, role: "investigator", office });
  await make("new.xa", "Devi Moorghen");
  const shut = (await make("left.xa", "Paul Labelle")).body as { id?: string };
  if (shut.id) await administrator.post(`/accounts/${shut.id}/disable`, { reason: "Moved to another ministry." });
}

/** Requests in many states between three nodes, and an item that went all the way. */
async function road(at: RunningWorld, caseId: string): Promise<void> {
  const [investigator, prosecutor, dutyA] = [
    at.client("XA", "investigator"),
    at.client("XA", "prosecutor"),
    at.client("XA", "duty-officer"),
  ];
  const [dutyB, prosecutorB, centralB] = [
    at.client("XB", "duty-officer"),
    at.client("XB", "prosecutor"),
    at.client("XB", "central-authority"),
  ];
  const response = at.client("XP", "response-officer");
  const path = `/cases/${caseId}/requests`;
  const byAruna = { drafter: investigator, authoriser: prosecutor, sender: dutyA, path };

  good(await investigator.post(path, content("P29", "XB", { necessity: "" })), 201);
  const submitted = good(await investigator.post(path, content("P29", "XB")), 201) as { id: string };
  good(await investigator.post(`/requests/${submitted.id}/submit`));
  const p29 = await sendRequest({ ...byAruna, body: content("P29", "XB") });
  await standing(dutyB, p29, "delivered");
  good(await dutyB.post(`/requests/${p29}/acknowledge`));
  good(await dutyB.post(`/requests/${p29}/accept`));
  const p16 = await sendRequest({
    drafter: dutyB,
    authoriser: prosecutorB,
    sender: dutyB,
    path: `/requests/${p29}/requests`,
    body: content("P16", "XP"),
  });
  await standing(response, p16, "delivered");
  good(await response.post(`/requests/${p16}/acknowledge`));
  good(await response.post(`/requests/${p16}/accept`));
  good(await response.post(`/requests/${p16}/execute`, { outcome: "done" }));
  await standing(dutyB, p16, "executed");
  good(await dutyB.post(`/requests/${p29}/execute`, { outcome: "done", remark: "Meridian has preserved it." }));
  const preserved = await standing(investigator, p29, "executed");

  const m31 = await sendRequest({
    ...byAruna,
    body: content("M31", "XB", {
      particulars: { follows: preserved.body.number, use: "Evidence in the proceedings named above." },
    }),
  });
  await standing(centralB, m31, "delivered");
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
  const file = await upload(response, Buffer.from("account,registered\nsunrise.claims,2026-10-29\n"), "subscriber.csv");
  const item = good(
    await response.post("/items", {
      upload: file,
      description: "Subscriber information as held",
      request: o18b,
      acquisition: { method: "export-by-holder", source: "Meridian account system" },
    }),
    201,
  ) as { id: string };
  good(await response.post(`/items/${item.id}/preview`, { purpose: "To see that it is what was asked for." }));
  good(await response.post(`/requests/${o18b}/deliver`, { items: [item.id], complete: true }));
  const arrived = await standing(centralB, o18b, "executed");
  good(await centralB.post(`/requests/${m31}/deliver`, { items: arrived.body.items, complete: true }));
  await standing(investigator, m31, "executed");

  await unsettled(at, byAruna);
}

/** An exhibit that was ruled on and one that waits; a disclosure that the defence has, and one that is begun. */
async function beforeCourt(at: RunningWorld, caseId: string): Promise<void> {
  const investigator = at.client("XA", "investigator");
  const prosecutor = at.client("XA", "prosecutor");
  const judge = at.client("XA", "judge");
  const file = await upload(investigator, Buffer.from("a screen of the telephone\n"), "screen.txt");
  good(
    await investigator.post(`/cases/${caseId}/items`, {
      upload: file,
      description: "Screen of the victim's telephone",
      acquisition: { method: "screen-capture", source: "Telephone of Anjali R.", time_source: "stated" },
    }),
    201,
  );
  const { items } = good(await prosecutor.get(`/items?case=${caseId}`)) as { items: { id: string }[] };
  const [first, second] = items;
  if (!first || !second) throw new Error("there are too few items");
  const listed: string[] = [];
  for (const [index, item] of [first, second].entries()) {
    const body = {
      item: item.id,
      title: `What the caller left behind (${index + 1})`,
      proves: "That he had the code.",
    };
    const { id } = good(await investigator.post(`/cases/${caseId}/exhibits`, body), 201) as { id: string };
    listed.push(id);
  }
  good(await investigator.post(`/cases/${caseId}/refer`));
  for (const id of listed) good(await prosecutor.post(`/exhibits/${id}/tender`));
  const begun = { to: "A. Counsel", defendant: "B. Accused", conditions: "For this case only." };
  const served = good(await investigator.post(`/cases/${caseId}/disclosures`, begun), 201) as { id: string };
  good(await investigator.post(`/disclosures/${served.id}/decide`, { items: [first.id], fate: "given" }));
  const rest = items.slice(1).map(({ id }) => id);
  const withheld = { items: rest, fate: "withheld", ground: "privacy", reason: "Shows messages of others." };
  good(await investigator.post(`/disclosures/${served.id}/decide`, withheld));
  good(await prosecutor.post(`/disclosures/${served.id}/approve`));
  good(await prosecutor.post(`/disclosures/${served.id}/serve`));
  good(await investigator.post(`/cases/${caseId}/disclosures`, { ...begun, to: "C. Counsel" }), 201);
  good(await prosecutor.post(`/cases/${caseId}/charge`, { offences: ["Aruna Cybercrime Act 2021, s. 11"] }));
  good(await judge.post(`/exhibits/${listed[0] ?? ""}/admit`, { ruling: "Its custody is whole." }));
}

/** One that waits to be taken on, one with a question, one that was refused. */
async function unsettled(at: RunningWorld, byAruna: Omit<Parameters<typeof sendRequest>[0], "body">): Promise<void> {
  const dutyB = at.client("XB", "duty-officer");
  const send = () => sendRequest({ ...byAruna, body: content("P29", "XB") });
  await standing(dutyB, await send(), "delivered");
  const asked = await send();
  await standing(dutyB, asked, "delivered");
  good(await dutyB.post(`/requests/${asked}/acknowledge`));
  good(await dutyB.post(`/requests/${asked}/ask`, { text: "Is the mailbox still in use by its owner?" }));
  await standing(byAruna.drafter, asked, "clarification");
  const refused = await send();
  await standing(dutyB, refused, "delivered");
  good(await dutyB.post(`/requests/${refused}/acknowledge`));
  good(
    await dutyB.post(`/requests/${refused}/refuse`, {
      ground: "data-not-held",
      reasons: "Meridian has no mailbox of that name, and says that it never had one.",
    }),
  );
  await standing(byAruna.drafter, refused, "refused");
}
