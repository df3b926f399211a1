import { createPublicKey, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postLetters } from "../correspondents/acts-post.ts";
import { readerOf, readView } from "../kernel/reader.ts";
import { measureOf } from "../law/slice.ts";
import { close, withdraw } from "../requests/acts-sender.ts";
import { requestPaper } from "../requests/views-document.ts";
import { confirmEndpoint, proposeEndpoint } from "./acts.ts";
import { delivery, entry, status } from "./said.fixture.ts";
import { keyFingerprint } from "./signature.ts";
import { type Hi1World, openHi1World } from "../../test/hi1-world.ts";

let world: Hi1World;
beforeAll(async () => {
  world = await openHi1World({ bound: false });
});
afterAll(() => world.close());

describe("a provider that speaks TS 103 120", () => {
  test("is bound by two people, the second of whom types the fingerprint of its key that they heard", async () => {
    const id = world.xp;
    const input = { url: world.cassia.url, country: "XM", identifier: "CASSIA-LD", public_key: world.cassia.pem };
    const tries = (more: object) =>
      world.at.tries("XA", "administrator", proposeEndpoint, { id, input: { ...input, ...more } });
    expect(await tries({ url: "http://cassia.example/hi1" })).toBe("hi1-https");
    expect(await tries({ public_key: "-----BEGIN PUBLIC KEY-----" })).toBe("hi1-key");
    expect(await tries({ country: "XA", identifier: "XA" })).toBe("hi1-ours");
    const endpoint = await world.at.does("XA", "administrator", proposeEndpoint, { id, input });
    const fingerprint = keyFingerprint(createPublicKey(world.cassia.pem));
    const confirm = (role: "administrator" | "central-authority", heard: string) =>
      world.at.tries("XA", role, confirmEndpoint, {
        id: endpoint,
        input: { fingerprint: heard, channel: "By telephone" },
      });
    expect(await world.says([status("LDTask", randomUUID(), "Disclosed")])).toEqual([
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
    const state = await world.correspond("XS", "Sestra", "state");
    expect(await world.at.tries("XA", "administrator", proposeEndpoint, { id: state, input })).toBe(
      "hi1-provider-only",
    );
  });

  test.each(["P16", "EU2", "P17", "O18b", "X6", "X7", "EU1"] as const)(
    "%s runs from its draft to its close",
    async (code) => {
      const id = await world.sentOut(code);
      await world.run();
      expect(await world.stateOf(id)).toBe("delivered");
      const kind = measureOf(code).yields === "preservation" ? "LPTask" : "LDTask";
      const task = world.cassia.objects.get(id);
      expect(task["@xsi:type"]).toContain(`${kind}Object`);
      const authorisation = world.cassia.objects.get(task.AssociatedObjects.AssociatedObject[0]);
      const order = world.cassia.objects.get(authorisation.AssociatedObjects.AssociatedObject[0]);
      expect(Buffer.from(order["doc:DocumentBody"]["doc:Contents"], "base64").toString("latin1")).toContain(
        "/SubFilter /ETSI.CAdES.detached",
      );
      if (kind === "LPTask") {
        expect(await world.says([status(kind, id, "AwaitingPreservation")])).toBe("done");
        expect(await world.stateOf(id)).toBe("accepted");
        expect(
          await world.says([status(kind, id, "Preserved", { "task:PreservationExpiration": "2027-02-01T00:00:00Z" })]),
        ).toBe("done");
      } else {
        expect(await world.says([status(kind, id, "AwaitingApproval")])).toBe("done");
        expect(await world.stateOf(id)).toBe("acknowledged");
        expect(await world.says([status(kind, id, "AwaitingDisclosure")])).toBe("done");
        expect(await world.says([delivery(id, `of ${code}`)])).toBe("done");
        expect(await world.says([status(kind, id, "Disclosed")])).toBe("done");
      }
      const found = await world.at.sees("XA", "investigator", id);
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
      const reader = readerOf(world.at.node("XA"), await world.at.officer("XA", "investigator"));
      const paper = await readView(requestPaper, reader, { id, entry: theirs.at(-1)?.entry, language: "fr" });
      expect(paper).toMatchObject({ type: "application/pdf" });
      await world.at.does("XA", "investigator", close, { id, input: { outcome: "useful" } });
      await world.run();
      expect((await world.messages(id)).find(({ state }) => state === "letter")?.problem).toEqual({ type: "act" });
    },
  );

  test.each(["R20", "I21"] as const)("%s has no task there: it goes as a letter, and says why", async (code) => {
    const before = world.cassia.took.length;
    const id = await world.sentOut(code);
    await world.run();
    await postLetters.run(world.at.node("XA"));
    expect(world.cassia.took.length).toBe(before);
    expect((await world.messages(id)).map(({ state, problem }) => [state, problem?.type])).toEqual([
      ["letter", "measure"],
    ]);
    const { rows } = await world.at
      .node("XA")
      .pool.query<{ act: string }>("select act from letter where request_id = $1", [id]);
    expect(rows).toEqual([{ act: "request.send" }]);
    await world.at.does("XA", "investigator", withdraw, {
      id,
      input: { reasons: "The matter has been settled otherwise." },
    });
    await world.run();
    expect((await world.messages(id)).map(({ problem }) => problem?.type)).toContain("measure");
  });
});

describe("on a bad line", () => {
  test("an answer that is lost, one that comes twice and one that is wrong: the request is asked once, and nothing is done twice", async () => {
    world.cassia.mood = "lose-answer";
    const id = await world.sentOut("O18b");
    const came = () => world.cassia.took.filter((each) => JSON.stringify(each).includes(id));
    await world.run();
    expect(await world.stateOf(id)).toBe("sent");
    expect((await world.messages(id))[0]).toMatchObject({ state: "waiting", problem: { type: "unreachable" } });
    // Not before its time.
    await world.run();
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
      world.cassia.mood = { text };
      await world.at.pass({ minutes: 20 });
      await world.run();
      expect(await world.stateOf(id)).toBe("sent");
      expect((await world.messages(id))[0]?.problem?.type).toBe("bad-receipt");
    }
    world.cassia.mood = "down";
    await world.at.pass({ minutes: 20 });
    await world.run();
    expect((await world.messages(id))[0]?.problem).toMatchObject({ type: "unexpected", code: 503 });
    world.cassia.mood = "well";
    await world.at.pass({ minutes: 20 });
    await world.run();
    expect(await world.stateOf(id)).toBe("delivered");
    // Byte by byte the same, under one number.
    expect(new Set(came().map((each) => JSON.stringify(each))).size).toBe(1);
    await world.run();
    expect((await world.messages(id)).map(({ state }) => state)).toEqual(["taken"]);
    expect((await world.at.sees("XA", "investigator", id)).history.filter(({ act }) => act === "send")).toHaveLength(1);
    // The provider's own message, twice.
    const parts = [delivery(id, "user,when\nsunrise,2026-11-03\n")];
    expect(await world.says(parts)).toBe("done");
    const first = await world.cassia.again(world.ours);
    expect(await world.cassia.again(world.ours)).toEqual(first);
    // Twice at once.
    const transaction = randomUUID();
    const twice = () =>
      world.cassia.send(world.ours, [status("LDTask", id, "Disclosed", { Generation: 7 })], { transaction });
    const [one, two] = await Promise.all([twice(), twice()]);
    expect(one).toEqual(two);
    // And the same delivery in another message.
    expect(await world.says(parts)).toBe("done");
    expect((await world.at.sees("XA", "investigator", id)).items).toHaveLength(1);
  });

  test("a provider that knows the objects already, from before it lost its answers, has them", async () => {
    const id = await world.sentOut("P16");
    world.cassia.mood = "lose-answer";
    await world.run();
    world.cassia.refuses = () => ({ ErrorCode: 3010, ErrorDescription: "it exists" });
    world.cassia.mood = { text: (right) => right };
    const took = world.cassia.took.length;
    await world.at.pass({ minutes: 20 });
    await world.run();
    world.cassia.refuses = () => undefined;
    world.cassia.mood = "well";
    expect(world.cassia.took.length).toBe(took + 1);
    expect(await world.stateOf(id)).toBe("delivered");
  });

  test("what the provider says in its very answer counts, and what it refuses is shown on the request", async () => {
    world.cassia.says = (object) =>
      String(object["@xsi:type"]).includes("LPTask")
        ? { "task:Status": entry("LPTaskStatus", "AwaitingPreservation") }
        : undefined;
    const id = await world.sentOut("P16");
    await world.run();
    world.cassia.says = () => undefined;
    expect(await world.stateOf(id)).toBe("accepted");
    world.cassia.refuses = () => ({ ErrorCode: 3005, ErrorDescription: "the case file number is wanted" });
    const refused = await world.sentOut("O18b");
    await world.run();
    world.cassia.refuses = () => undefined;
    const found = await world.at.sees("XA", "investigator", refused);
    expect(found.state).toBe("sent");
    expect(found.sending).toMatchObject([
      { problem: { stage: "application", key: "hi1-refused", values: { code: 3005 } } },
    ]);
    expect((await world.messages(refused))[0]).toMatchObject({ state: "refused", problem: { code: 3005 } });
    // Its withdrawal can't go to where the request is not: it goes as a letter.
    await world.at.does("XA", "investigator", withdraw, {
      id: refused,
      input: { reasons: "The provider does not take it in this way." },
    });
    await world.run();
    expect((await world.messages(refused)).map(({ problem }) => problem?.type)).toContain("by-letter");
  });
});
