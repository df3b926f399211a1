import { afterAll, beforeAll, expect, test } from "vitest";
import { type Countries, openCountries } from "../../test/countries.ts";
import type { Role } from "../kernel/actor.ts";
import type { Node } from "../kernel/node.ts";
import { perform } from "../kernel/pipeline.ts";
import { readerOf, readView } from "../kernel/reader.ts";
import { draftRequest, submit } from "../requests/acts-draft.ts";
import { choose, letterOf, stop, tellDigests } from "./acts.ts";
import { digestView, type OwnDigest } from "./views.ts";

let at: Countries;
let node: Node;
const FACTS =
  "On 3 November a caller who said he was of the victim's bank had her read out a one-time code; 41,300 rupees left her account.";
beforeAll(async () => {
  at = await openCountries({ codes: ["XA"] });
  const plain = at.node("XA");
  // The mail server is never reached: what is queued is looked at.
  const config = { ...plain.config, smtp_url: "smtp://127.0.0.1:1", mail_from: "no-reply@aruna.example" };
  node = { ...plain, config: { ...config, desk_url: "https://desk.aruna.example" } };
  const id = await at.openCase();
  const input = { measure: "P29", to: "XB", offence: "Fraud, s. 11", facts: FACTS };
  expect(await at.tries("XA", "investigator", draftRequest, { id, input })).toBe("request-peer-unknown");
  expect(submit.name).toBe("request.submit");
});
afterAll(() => at.close());

const does = async (role: Role, act: Parameters<Countries["does"]>[2], input: object, id?: string) =>
  perform({ node, actor: await at.officer("XA", role), act, input, ...(id === undefined ? {} : { id }) });
const own = async (role: Role): Promise<OwnDigest["own"]> =>
  ((await readView(digestView, readerOf(node, await at.officer("XA", role)), {})) as OwnDigest).own;
const queued = async () =>
  (await node.db.selectFrom("mail").select(["kind", "subject_id"]).where("kind", "=", "digest").execute()).length;

test("the letter holds counts and the address of the desk, and nothing of any matter", () => {
  const letter = letterOf(node, "en", [{ label: "requests.to-decide", count: 3 }]);
  expect(letter.subject).toBe("Aruna: 3 things wait for you");
  expect(letter.parts).toContainEqual({ list: ["To decide: 3"] });
  expect(letter.parts).toContainEqual({ link: { label: "Open the desk", href: "https://desk.aruna.example" } });
});

test("an officer chooses, changes and ends it; nobody else sees the address, and it is kept sealed", async () => {
  await does("judge", choose, { address: "judge@example.org", every: "day", hour: 8 });
  await does("judge", choose, { address: "bench@example.org", every: "week", hour: 9 });
  expect(await own("judge")).toMatchObject({ every: "week", hour: 9, address: "bench@example.org" });
  expect(await own("prosecutor")).toBeNull();
  const [row] = await node.db.selectFrom("digest").selectAll().execute();
  expect(row?.address.toString("latin1")).not.toContain("example.org");
  const id = row?.id ?? "";
  await expect(does("prosecutor", stop, {}, id)).rejects.toMatchObject({ key: "not-found" });
  await does("judge", stop, {}, id);
  expect(await own("judge")).toBeNull();
});

test("when something waits it is written once a day, and when nothing does, not at all", async () => {
  await does("statistician", choose, { address: "figures@example.org", every: "day", hour: 0 });
  await tellDigests.run(node);
  expect(await queued()).toBe(0);
  await does("investigator", choose, { address: "officer@example.org", every: "day", hour: 0 });
  await node.db.updateTable("digest").set({ told_on: null }).execute();
  await tellDigests.run(node);
  await tellDigests.run(node);
  expect(await queued()).toBe(1);
});
