import { createHash, createPublicKey, generateKeyPairSync, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answersTo } from "../../test/answers.ts";
import { type Countries, openCountries } from "../../test/countries.ts";
import { confirmCorrespondent, proposeCorrespondent } from "../correspondents/acts.ts";
import { postLetters } from "../correspondents/acts-post.ts";
import { readerOf, readView } from "../kernel/reader.ts";
import { askedFor, type MeasureCode, measureOf, type Particular } from "../law/slice.ts";
import { authorise, draftRequest, submit } from "../requests/acts-draft.ts";
import { halt, resume } from "../requests/acts-oversight.ts";
import { requestPaper } from "../requests/views-document.ts";
import { answer, close, extend, send, withdraw } from "../requests/acts-sender.ts";
import { confirmEndpoint, proposeEndpoint, revokeEndpoint } from "./acts.ts";
import type { DispatchShown } from "./views.ts";
import { dispatchesOf, dispatchText, dispatchView, endpointView } from "./views.ts";
import { HI1_PATH } from "./gateway.ts";
import { askDue } from "./messages-polling.ts";
import { sendDue } from "./messages-sending.ts";
import { keyFingerprint } from "./signature.ts";
import { openProvider, type Provider, type Sending } from "./provider.fixture.ts";
import { ETSI, schemaVerdict } from "./schemas.fixture.ts";

const US = { CountryCode: "XA", UniqueIdentifier: "XA" };
const judge = existsSync(ETSI) ? schemaVerdict() : () => null;

let at: Countries;
let file = "";
let cassia: Provider;
let quince: Provider;
let ours = "";
let endpoint = "";
beforeAll(async () => {
  at = await openCountries({ codes: ["XA"], lines: true });
  file = await at.openCase();
  ours = `${at.node("XA").config.gateway_url}${HI1_PATH}`;
  const authority = createPublicKey(at.node("XA").services.keys.signing)
    .export({ type: "spki", format: "pem" })
    .toString();
  cassia = await openProvider({ name: "CASSIA-LD", authority, us: US, judge });
  quince = await openProvider({ name: "QUINCE-LD", authority, us: US, judge });
  await correspond("XP", "Cassia Mail");
});
afterAll(async () => {
  await cassia.close();
  await quince.close();
  await at.close();
});

/** Enters a provider without a node, by two people. */
async function correspond(code: string, name: string, kind = "provider"): Promise<string> {
  const address = `desk@${code.toLowerCase()}.example`;
  const id = await at.does("XA", "administrator", proposeCorrespondent, {
    input: { code, name, kind, address, languages: ["fr"] },
  });
  await at.does("XA", "central-authority", confirmCorrespondent, { id, input: { address, channel: "By telephone" } });
  return id;
}

const TEXT = "Between the two accounts named here, from the third to the eleventh of November, as the file shows.";
const said = (name: Particular): string => {
  const { control, options } = askedFor(name);
  if (name === "from") return "2026-11-25";
  if (name === "sentence") return "5";
  if (control === "date") return "2026-12-24";
  return options?.[0] ?? (name === "follows" ? "" : TEXT.slice(0, askedFor(name).max));
};
function whole(code: MeasureCode) {
  const { particulars, categories, names } = measureOf(code);
  const line = {
    category: categories?.[0] ?? "subscriber",
    description: "Records of the mailbox",
    identifiers: ["sunrise@cassia.example"],
  };
  return {
    measure: code,
    to: "XP",
    offence: "Computer-related fraud, Aruna Cybercrime Act 2021, s. 11",
    facts:
      "On 3 November a caller who said he was of the victim's bank had her read out a one-time code; 41,300 rupees left her account.",
    necessity: "Only the provider holds the log-in records of this mailbox; bank records end at the transfer.",
    proportionality: "One mailbox and nine days are asked for, and nothing that its owner wrote.",
    data: names === "nothing" ? [] : [line],
    custodian: "Cassia Mail, response desk",
    urgency: "urgent",
    particulars: Object.fromEntries(particulars.map((name) => [name, said(name)]).filter(([, text]) => text !== "")),
    safeguards: {
      offence: "fraud",
      privilege: "none",
      answers: answersTo(code),
    },
  };
}
/** Drafted, decided and sent; gives its id. */
async function sentOut(code: MeasureCode): Promise<string> {
  const id = await at.does("XA", "investigator", draftRequest, { id: file, input: whole(code) });
  await at.does("XA", "investigator", submit, { id });
  await at.does("XA", "judge", authorise, {
    id,
    input: { reasons: "Necessary, narrow and in proportion to the loss.", until: "2026-12-24" },
  });
  await at.does("XA", "investigator", send, { id });
  return id;
}
const run = () => sendDue(at.node("XA"));
const stateOf = async (id: string) => (await at.sees("XA", "investigator", id)).state;
const messages = async (id: string): Promise<DispatchShown[]> =>
  dispatchesOf(readerOf(at.node("XA"), await at.officer("XA", "investigator")), id);

type Kind = "LDTask" | "LPTask";
const entry = (name: string, value: string) => ({ "common:Owner": "ETSI", "common:Name": name, "common:Value": value });
const TASK = "{http://uri.etsi.org/03120/common/2020/09/Task}";
const status = (kind: Kind, id: string, value: string, more: object = {}) => ({
  UPDATE: {
    HI1Object: {
      "@xsi:type": `${TASK}${kind}Object`,
      ObjectIdentifier: id,
      "task:Status": entry(`${kind}Status`, value),
      ...more,
    },
  },
});
/** A delivery of one file. */
function delivery(task: string, text: string, more: object = {}) {
  const bytes = Buffer.from(text);
  const id = randomUUID();
  return {
    DELIVER: {
      Identifier: id,
      HI1Object: {
        "@xsi:type": "{http://uri.etsi.org/03120/common/2019/10/Delivery}DeliveryObject",
        ObjectIdentifier: id,
        AssociatedObjects: { AssociatedObject: [task] },
        "delivery:LastSequence": true,
        "delivery:Delivery": {
          "delivery:BinaryData": {
            "delivery:Data": bytes.toString("base64"),
            "delivery:ContentType": "text/csv",
            "delivery:OriginalFilename": "../../log-ins.csv",
            "delivery:Checksum": createHash("sha256").update(bytes).digest("hex"),
            "delivery:ChecksumType": "SHA-256",
          },
        },
        ...more,
      },
    },
  };
}
/** What the provider gets for an answer: nothing where every action is done, else the first error's number and words. */
async function says(actions: readonly object[], more: Sending = {}): Promise<[number, string] | "done"> {
  return verdict(await cassia.send(ours, actions, more));
}
// oxlint-disable-next-line typescript/no-explicit-any -- as the provider reads it
function verdict(read: any): [number, string] | "done" {
  const { ErrorInformation: all, ActionResponses } = read.Payload.ResponsePayload;
  const errors = all
    ? [all]
    : ActionResponses.ActionResponse.flatMap(
        ({ ErrorInformation: each }: { ErrorInformation?: unknown }) => each ?? [],
      );
  const first = errors.find((each: { ErrorCode: number }) => each.ErrorCode !== 3000) ?? errors[0];
  return first ? [first.ErrorCode, first.ErrorDescription] : "done";
}

describe("a provider that speaks TS 103 120", () => {
  test("is bound by two people, the second of whom types the fingerprint of its key that they heard", async () => {
    const id =
      (await at.node("XA").pool.query<{ id: string }>("select id from correspondent where code = 'XP'")).rows[0]?.id ??
      "";
    const input = { url: cassia.url, country: "XM", identifier: "CASSIA-LD", public_key: cassia.pem };
    const tries = (more: object) =>
      at.tries("XA", "administrator", proposeEndpoint, { id, input: { ...input, ...more } });
    expect(await tries({ url: "http://cassia.example/hi1" })).toBe("hi1-https");
    expect(await tries({ public_key: "-----BEGIN PUBLIC KEY-----" })).toBe("hi1-key");
    expect(await tries({ country: "XA", identifier: "XA" })).toBe("hi1-ours");
    endpoint = await at.does("XA", "administrator", proposeEndpoint, { id, input });
    const fingerprint = keyFingerprint(createPublicKey(cassia.pem));
    const confirm = (role: "administrator" | "central-authority", heard: string) =>
      at.tries("XA", role, confirmEndpoint, { id: endpoint, input: { fingerprint: heard, channel: "By telephone" } });
    expect(await says([status("LDTask", randomUUID(), "Disclosed")])).toEqual([
      3004,
      expect.stringContaining("not known"),
    ]);
    expect(await confirm("administrator", fingerprint)).toBe("hi1-other-person");
    expect(
      await confirm(
        "central-authority",
        fingerprint.replace(/^./, (each) => (each === "0" ? "1" : "0")),
      ),
    ).toBe("hi1-fingerprint");
    expect(await confirm("central-authority", fingerprint.replaceAll(/(.{4})/g, "$1 "))).toBe("done");
    const state = await correspond("XS", "Sestra", "state");
    expect(await at.tries("XA", "administrator", proposeEndpoint, { id: state, input })).toBe("hi1-provider-only");
  });

  test.each(["P16", "EU2", "P17", "O18b", "X6", "X7", "EU1"] as const)(
    "%s runs from its draft to its close",
    async (code) => {
      const id = await sentOut(code);
      await run();
      expect(await stateOf(id)).toBe("delivered");
      const kind = measureOf(code).yields === "preservation" ? "LPTask" : "LDTask";
      const task = cassia.objects.get(id);
      expect(task["@xsi:type"]).toContain(`${kind}Object`);
      const authorisation = cassia.objects.get(task.AssociatedObjects.AssociatedObject[0]);
      const order = cassia.objects.get(authorisation.AssociatedObjects.AssociatedObject[0]);
      expect(Buffer.from(order["doc:DocumentBody"]["doc:Contents"], "base64").toString("latin1")).toContain(
        "/SubFilter /ETSI.CAdES.detached",
      );
      if (kind === "LPTask") {
        expect(await says([status(kind, id, "AwaitingPreservation")])).toBe("done");
        expect(await stateOf(id)).toBe("accepted");
        expect(
          await says([status(kind, id, "Preserved", { "task:PreservationExpiration": "2027-02-01T00:00:00Z" })]),
        ).toBe("done");
      } else {
        expect(await says([status(kind, id, "AwaitingApproval")])).toBe("done");
        expect(await stateOf(id)).toBe("acknowledged");
        expect(await says([status(kind, id, "AwaitingDisclosure")])).toBe("done");
        expect(await says([delivery(id, `of ${code}`)])).toBe("done");
        expect(await says([status(kind, id, "Disclosed")])).toBe("done");
      }
      const found = await at.sees("XA", "investigator", id);
      expect(found.state).toBe("executed");
      if (kind === "LPTask")
        expect(found.clocks.find(({ rule }) => rule === "request.preservation")?.dueAt.toString()).toBe(
          "2027-02-01T00:00:00Z",
        );
      else expect(found.items).toHaveLength(1);
      expect(
        found.history.filter(({ node }) => node === "XP").every(({ said: words }) => words?.["way"] === "ts-103-120"),
      ).toBe(true);
      // Each of them is a paper of its own, whichever message entailed it.
      const theirs = found.history.filter(({ node }) => node === "XP");
      expect(new Set(theirs.map((each) => each.entry)).size).toBe(theirs.length);
      const reader = readerOf(at.node("XA"), await at.officer("XA", "investigator"));
      const paper = await readView(requestPaper, reader, { id, entry: theirs.at(-1)?.entry, language: "fr" });
      expect(paper).toMatchObject({ type: "application/pdf" });
      await at.does("XA", "investigator", close, { id, input: { outcome: "useful" } });
      await run();
      expect((await messages(id)).find(({ state }) => state === "letter")?.problem).toEqual({ type: "act" });
    },
  );

  test.each(["R20", "I21"] as const)("%s has no task there: it goes as a letter, and says why", async (code) => {
    const before = cassia.took.length;
    const id = await sentOut(code);
    await run();
    await postLetters.run(at.node("XA"));
    expect(cassia.took.length).toBe(before);
    expect((await messages(id)).map(({ state, problem }) => [state, problem?.type])).toEqual([["letter", "measure"]]);
    const { rows } = await at
      .node("XA")
      .pool.query<{ act: string }>("select act from letter where request_id = $1", [id]);
    expect(rows).toEqual([{ act: "request.send" }]);
    await at.does("XA", "investigator", withdraw, { id, input: { reasons: "The matter has been settled otherwise." } });
    await run();
    expect((await messages(id)).map(({ problem }) => problem?.type)).toContain("measure");
  });
});

describe("on a bad line", () => {
  test("an answer that is lost, one that comes twice and one that is wrong: the request is asked once, and nothing is done twice", async () => {
    cassia.mood = "lose-answer";
    const id = await sentOut("O18b");
    const came = () => cassia.took.filter((each) => JSON.stringify(each).includes(id));
    await run();
    expect(await stateOf(id)).toBe("sent");
    expect((await messages(id))[0]).toMatchObject({ state: "waiting", problem: { type: "unreachable" } });
    // Not before its time.
    await run();
    expect(came()).toHaveLength(1);
    const wrongs: [string, (right: string) => string][] = [
      ["another's signature", (right) => right.replace(/"signature": "./, '"signature": "_')],
      [
        "another transaction",
        (right) => right.replace(/"TransactionIdentifier": "[^"]+"/, `"TransactionIdentifier": "${randomUUID()}"`),
      ],
      ["no JSON", () => "<html>welcome</html>"],
      ["half of it", (right) => right.slice(0, right.length / 2)],
    ];
    for (const [, text] of wrongs) {
      cassia.mood = { text };
      await at.pass({ minutes: 20 });
      await run();
      expect(await stateOf(id)).toBe("sent");
      expect((await messages(id))[0]?.problem?.type).toBe("bad-receipt");
    }
    cassia.mood = "down";
    await at.pass({ minutes: 20 });
    await run();
    expect((await messages(id))[0]?.problem).toMatchObject({ type: "unexpected", code: 503 });
    cassia.mood = "well";
    await at.pass({ minutes: 20 });
    await run();
    expect(await stateOf(id)).toBe("delivered");
    // Byte by byte the same, under one number.
    expect(new Set(came().map((each) => JSON.stringify(each))).size).toBe(1);
    await run();
    expect((await messages(id)).map(({ state }) => state)).toEqual(["taken"]);
    expect((await at.sees("XA", "investigator", id)).history.filter(({ act }) => act === "send")).toHaveLength(1);
    // The provider's own message, twice.
    const parts = [delivery(id, "user,when\nsunrise,2026-11-03\n")];
    expect(await says(parts)).toBe("done");
    const first = await cassia.again(ours);
    expect(await cassia.again(ours)).toEqual(first);
    // Twice at once.
    const transaction = randomUUID();
    const twice = () => cassia.send(ours, [status("LDTask", id, "Disclosed", { Generation: 7 })], { transaction });
    const [one, two] = await Promise.all([twice(), twice()]);
    expect(one).toEqual(two);
    // And the same delivery in another message.
    expect(await says(parts)).toBe("done");
    expect((await at.sees("XA", "investigator", id)).items).toHaveLength(1);
  });

  test("a provider that knows the objects already, from before it lost its answers, has them", async () => {
    const id = await sentOut("P16");
    cassia.mood = "lose-answer";
    await run();
    cassia.refuses = () => ({ ErrorCode: 3010, ErrorDescription: "it exists" });
    cassia.mood = { text: (right) => right };
    const took = cassia.took.length;
    await at.pass({ minutes: 20 });
    await run();
    cassia.refuses = () => undefined;
    cassia.mood = "well";
    expect(cassia.took.length).toBe(took + 1);
    expect(await stateOf(id)).toBe("delivered");
  });

  test("what the provider says in its very answer counts, and what it refuses is shown on the request", async () => {
    cassia.says = (object) =>
      String(object["@xsi:type"]).includes("LPTask")
        ? { "task:Status": entry("LPTaskStatus", "AwaitingPreservation") }
        : undefined;
    const id = await sentOut("P16");
    await run();
    cassia.says = () => undefined;
    expect(await stateOf(id)).toBe("accepted");
    cassia.refuses = () => ({ ErrorCode: 3005, ErrorDescription: "the case file number is wanted" });
    const refused = await sentOut("O18b");
    await run();
    cassia.refuses = () => undefined;
    const found = await at.sees("XA", "investigator", refused);
    expect(found.state).toBe("sent");
    expect(found.sending).toMatchObject([
      { problem: { stage: "application", key: "hi1-refused", values: { code: 3005 } } },
    ]);
    expect((await messages(refused))[0]).toMatchObject({ state: "refused", problem: { code: 3005 } });
    // Its withdrawal can't go to where the request is not: it goes as a letter.
    await at.does("XA", "investigator", withdraw, {
      id: refused,
      input: { reasons: "The provider does not take it in this way." },
    });
    await run();
    expect((await messages(refused)).map(({ problem }) => problem?.type)).toContain("by-letter");
  });
});

describe("what a provider answers", () => {
  let id = "";
  test("a question, its answer, and a rejection that names its ground", async () => {
    id = await sentOut("X7");
    await run();
    expect(
      await says([
        status("LDTask", id, "Invalid", {
          "task:StatusReason": { ErrorCode: 3007, ErrorDescription: "Which of the two mailboxes?" },
        }),
      ]),
    ).toBe("done");
    const asked = await at.sees("XA", "investigator", id);
    expect(asked.state).toBe("clarification");
    expect(asked.history.at(-1)).toMatchObject({
      act: "ask",
      node: "XP",
      said: { text: "Which of the two mailboxes?" },
    });
    await at.does("XA", "investigator", answer, { id, input: { text: "The one named first." } });
    await run();
    const task = cassia.objects.get(id);
    expect(cassia.objects.get(task.AssociatedObjects.AssociatedObject[0])["auth:AuthorisationManualInformation"]).toBe(
      "The one named first.",
    );
    const reject = (ErrorDescription: string) =>
      says([status("LDTask", id, "Rejected", { "task:StatusReason": { ErrorCode: 3000, ErrorDescription } })]);
    expect(await reject("we would rather not")).toEqual([3005, expect.stringContaining("ground")]);
    expect(await stateOf(id)).toBe("acknowledged");
    expect(await reject("outside-treaty: no such order is known to our law")).toBe("done");
    expect(await at.sees("XA", "investigator", id)).toMatchObject({
      state: "refused",
      refusal_ground: "outside-treaty",
    });
    expect((await messages(id)).filter(({ state }) => state === "refused")).toHaveLength(1);
  });

  test("parts of a delivery in any order: done only when the last has come and none before it is missing", async () => {
    id = await sentOut("O18b");
    await run();
    const DeliveryID = randomUUID();
    const part = (n: number, last: boolean) =>
      delivery(id, `part ${n}`, {
        "delivery:DeliveryID": DeliveryID,
        "delivery:SequenceNumber": n,
        "delivery:LastSequence": last,
      });
    expect(await says([part(1, false)])).toBe("done");
    expect(await stateOf(id)).toBe("partly-executed");
    expect(await says([part(3, true)])).toBe("done");
    expect(await says([status("LDTask", id, "Disclosed")])).toBe("done");
    expect(await stateOf(id)).toBe("partly-executed");
    expect(await says([part(2, false)])).toBe("done");
    const found = await at.sees("XA", "investigator", id);
    expect([found.state, found.items.length]).toEqual(["executed", 3]);
    const { rows } = await at
      .node("XA")
      .pool.query<{ n: number }>("select count(*)::int as n from blob_wrap where holder like 'hi1:%'");
    expect(rows[0]?.n).toBe(0);
  });

  test("a preservation: extended, expired; and one that holds nothing, told by a notification", async () => {
    id = await sentOut("P16");
    await run();
    expect(
      await says([status("LPTask", id, "Preserved", { "task:PreservationExpiration": "2027-03-01T00:00:00Z" })]),
    ).toBe("done");
    await at.does("XA", "investigator", extend, { id, input: { reasons: "The assistance is not decided yet." } });
    await run();
    expect(cassia.objects.get(id)["task:DesiredPreservationExpiration"]).toMatch(/^2027-0[5-6]-/);
    expect(await says([status("LPTask", id, "Expired")])).toBe("done");
    expect(await stateOf(id)).toBe("lapsed");
    const other = await sentOut("P16");
    await run();
    const notified = {
      CREATE: {
        HI1Object: {
          "@xsi:type": "{http://uri.etsi.org/03120/common/2016/02/Notification}NotificationObject",
          ObjectIdentifier: randomUUID(),
          "notification:NotificationDetails": "There is no such mailbox with us.",
          "notification:StatusOfAssociatedObjects": {
            "notification:AssociatedObjectStatus": [
              {
                "notification:AssociatedObject": other,
                "notification:Status": entry("LPTaskStatus", "PreservationNotAvailable"),
              },
            ],
          },
        },
      },
    };
    expect(await says([notified])).toBe("done");
    expect(await says([notified])).toBe("done");
    expect(await at.sees("XA", "investigator", other)).toMatchObject({
      state: "refused",
      refusal_ground: "data-not-held",
    });
  });

  test("where it says nothing by itself, it is asked: what it answers counts, and is kept once", async () => {
    id = await sentOut("O18b");
    await run();
    const stands = (value: string, more: object = {}) => {
      cassia.objects.set(id, { ...cassia.objects.get(id), "task:Status": entry("LDTaskStatus", value), ...more });
      return askDue(at.node("XA"));
    };
    await stands("AwaitingDisclosure");
    expect(await stateOf(id)).toBe("accepted");
    await stands("AwaitingDisclosure");
    // Without a ground it refuses nothing, and a person sees it.
    await stands("Rejected");
    await stands("Rejected");
    expect(await stateOf(id)).toBe("accepted");
    expect((await messages(id)).map(({ actions, state }) => [actions.at(-1), state])).toEqual([
      ["GET LDTask", "refused"],
      ["GET LDTask", "applied"],
      ["CREATE LDTask", "taken"],
    ]);
    await stands("DisclosureNotAvailable");
    expect(await stateOf(id)).toBe("refused");
  });

  test("is asked of every task that is open with it, however many messages that takes", async () => {
    const open = [await sentOut("O18b"), await sentOut("O18b"), await sentOut("O18b")];
    await run();
    for (const each of open)
      cassia.objects.set(each, {
        ...cassia.objects.get(each),
        "task:Status": entry("LDTaskStatus", "AwaitingDisclosure"),
      });
    await askDue(at.node("XA"), { atOnce: 1 });
    expect(await Promise.all(open.map(stateOf))).toEqual(["accepted", "accepted", "accepted"]);
  });

  test("is asked to stand still while oversight halts the request, and to go on", async () => {
    id = await sentOut("O18b");
    await run();
    const wished = () =>
      cassia.objects.get(cassia.objects.get(id).AssociatedObjects.AssociatedObject[0])[
        "auth:AuthorisationDesiredStatus"
      ]["common:Value"];
    expect(wished()).toBe("Approved");
    await at.does("XA", "overseer", halt, { id, input: { reasons: "The shield of the lawyer was not looked at." } });
    await run();
    expect(wished()).toBe("Suspended");
    await at.does("XA", "overseer", resume, { id, input: { reasons: "It was looked at, and there is none." } });
    await run();
    expect(wished()).toBe("Approved");
  });

  test("to a withdrawal, that it is cancelled; and not without one", async () => {
    id = await sentOut("O18b");
    await run();
    expect((await says([status("LDTask", id, "Cancelled")]))[0]).toBe(3008);
    await at.does("XA", "investigator", withdraw, { id, input: { reasons: "The matter has been settled otherwise." } });
    await run();
    expect(cassia.objects.get(id)["task:DesiredStatus"]["common:Value"]).toBe("Cancelled");
    expect(await says([status("LDTask", id, "Cancelled")])).toBe("done");
    expect(await stateOf(id)).toBe("withdrawn");
  });
});

describe("what nobody should say", () => {
  let id = "";
  const rows = async (): Promise<number> =>
    (await at.node("XA").pool.query<{ n: number }>("select count(*)::int as n from hi1_message where direction = 'in'"))
      .rows[0]?.n ?? 0;
  beforeAll(async () => {
    id = await sentOut("O18b");
    await run();
  });
  const good = () => [status("LDTask", id, "AwaitingDisclosure")];

  test("a stranger, another's signature, a changed word, somebody else's message: refused, kept nowhere, and shown where it was in the provider's name", async () => {
    const before = await rows();
    expect(
      (await says(good(), { header: { SenderIdentifier: { CountryCode: "XX", UniqueIdentifier: "NOBODY" } } }))[0],
    ).toBe(3004);
    expect((await says(good(), { key: generateKeyPairSync("ed25519").privateKey }))[0]).toBe(3004);
    expect((await says(good(), { text: (right) => right.replace("AwaitingDisclosure", "Disclosed") }))[0]).toBe(3004);
    expect(
      (await says(good(), { header: { ReceiverIdentifier: { CountryCode: "XB", UniqueIdentifier: "XB" } } }))[0],
    ).toBe(3004);
    expect((await says(good(), { text: (right) => right.replace(/"Signature": [^]*$/, '"Signatures": []}') }))[0]).toBe(
      3005,
    );
    expect(await stateOf(id)).toBe("delivered");
    expect(await rows()).toBe(before);
    const found = await readView(endpointView, readerOf(at.node("XA"), await at.officer("XA", "duty-officer")), {
      id: endpoint,
    });
    expect(found).toMatchObject({ doubted: 3 });
  });

  test("a bomb, too deep, too large, no JSON, another version, what no schema has: refused by name, and nothing changes", async () => {
    const deep = await says(good(), {
      text: (right) => right.replace('"Header"', `"@x": ${"[".repeat(5_000)}${"]".repeat(5_000)}, "Header"`),
    });
    expect(deep).toEqual([3020, expect.stringContaining("nested")]);
    expect((await says(good(), { text: () => "<HI1Message/>" }))[0]).toBe(3019);
    expect(await cassia.send(ours, good(), { text: (right) => right + " ".repeat(25 * 1_048_576) })).toEqual({
      status: 413,
    });
    const Version = { ETSIVersion: "V1.99.1", NationalProfileOwner: "COMITY", NationalProfileVersion: "v1.0" };
    expect((await says(good(), { header: { Version } }))[0]).toBe(3021);
    expect(
      await says([
        { UPDATE: { HI1Object: { "@xsi:type": `${TASK}LDTaskObject`, ObjectIdentifier: id, "task:Status": 1 } } },
      ]),
    ).toEqual([
      3020,
      expect.stringContaining("/Payload/RequestPayload/ActionRequests/ActionRequest/0/UPDATE/HI1Object/task:Status"),
    ]);
    expect((await says([{ GETCSPCONFIG: {} }]))[0]).toBe(3001);
    expect((await says([status("LDTask", id, "Maybe")]))[0]).toBe(3007);
    expect(await stateOf(id)).toBe("delivered");
    const shown = await readView(endpointView, readerOf(at.node("XA"), await at.officer("XA", "duty-officer")), {
      id: endpoint,
    });
    expect(
      (shown as { messages: DispatchShown[] }).messages.slice(0, 4).map(({ state, problem }) => [state, problem?.type]),
    ).toEqual([
      ["refused", "ImproperValue"],
      ["refused", "FeatureNotSupported"],
      ["refused", "ValidationError"],
      ["refused", "VersionNotSupported"],
    ]);
  });

  test("another's object, an older generation, another message under one number, a changed delivery; all of a message or nothing", async () => {
    expect((await says([status("LDTask", randomUUID(), "Disclosed")]))[0]).toBe(3011);
    expect((await says([...good(), status("LDTask", randomUUID(), "Disclosed")]))[0]).toBe(3011);
    const other = await correspond("XQ", "Quince Mail");
    const input = { url: quince.url, country: "XM", identifier: "QUINCE-LD", public_key: quince.pem };
    const bound = await at.does("XA", "administrator", proposeEndpoint, { id: other, input });
    const heard = { fingerprint: keyFingerprint(createPublicKey(quince.pem)), channel: "By telephone" };
    await at.does("XA", "central-authority", confirmEndpoint, { id: bound, input: heard });
    // Trusted, and yet this request is not theirs.
    expect(verdict(await quince.send(ours, good()))).toEqual([3011, expect.any(String)]);
    expect(verdict(await quince.send(ours, [delivery(id, "x")]))).toEqual([3016, expect.any(String)]);
    expect(await stateOf(id)).toBe("delivered");
    expect(await says([status("LDTask", id, "AwaitingApproval", { Generation: 3 })])).toBe("done");
    expect(await says([status("LDTask", id, "AwaitingDisclosure", { Generation: 2 })])).toEqual([
      3008,
      expect.stringContaining("generation"),
    ]);
    const transaction = randomUUID();
    expect(await says(good(), { transaction })).toBe("done");
    expect((await says([status("LDTask", id, "Disclosed")], { transaction }))[0]).toBe(3000);
    expect(await stateOf(id)).toBe("accepted");
    const wrong = delivery(id, "one thing");
    wrong.DELIVER.HI1Object["delivery:Delivery"]["delivery:BinaryData"]["delivery:Checksum"] = "00";
    expect((await says([wrong]))[0]).toBe(3007);
    const url = delivery(id, "x", {
      "delivery:Delivery": { "delivery:URL": { "delivery:URL": "http://169.254.169.254/" } },
    });
    expect((await says([url]))[0]).toBe(3001);
    expect(await stateOf(id)).toBe("accepted");
  });

  test("a provider that is revoked speaks and is spoken to no more; the text of every message can be read by whoever may see its request", async () => {
    const all = await messages(id);
    expect(all.filter(({ state }) => state === "refused").map(({ problem }) => problem?.code)).toEqual([
      3001, 3007, 3008, 3011, 3007,
    ]);
    const shown = all.find(({ state, direction }) => state === "applied" && direction === "in");
    const reader = readerOf(at.node("XA"), await at.officer("XA", "investigator"));
    const text = (await readView(dispatchText, reader, { id: shown?.id, part: "message" })) as { body: Buffer };
    expect(JSON.parse(text.body.toString()).Header.SenderIdentifier).toEqual(cassia.names);
    expect(await readView(dispatchView, reader, { id: shown?.id })).toMatchObject({ said: ["AwaitingDisclosure"] });
    await at.does("XA", "duty-officer", revokeEndpoint, { id: endpoint, input: { reason: "Its key was lost." } });
    expect((await says(good()))[0]).toBe(3004);
    const before = cassia.took.length;
    const next = await sentOut("O18b");
    await run();
    await postLetters.run(at.node("XA"));
    expect(cassia.took.length).toBe(before);
    const { rows: letters } = await at
      .node("XA")
      .pool.query<{ act: string }>("select act from letter where request_id = $1", [next]);
    expect(letters).toEqual([{ act: "request.send" }]);
  });
});
