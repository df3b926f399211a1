import { generateKeyPairSync, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postLetters } from "../correspondents/acts-post.ts";
import { readerOf, readView } from "../kernel/reader.ts";
import { revokeEndpoint } from "./acts.ts";
import { delivery, status, TASK, verdict } from "./said.fixture.ts";
import { type DispatchShown, dispatchText, dispatchView, endpointView } from "./views.ts";
import { type Hi1World, openHi1World } from "../../test/hi1-world.ts";

let world: Hi1World;
beforeAll(async () => {
  world = await openHi1World();
});
afterAll(() => world.close());

describe("what nobody should say", () => {
  let id = "";
  const rows = async (): Promise<number> =>
    (
      await world.at
        .node("XA")
        .pool.query<{ n: number }>("select count(*)::int as n from hi1_message where direction = 'in'")
    ).rows[0]?.n ?? 0;
  beforeAll(async () => {
    id = await world.sentOut("O18b");
    await world.run();
  });
  const good = () => [status("LDTask", id, "AwaitingDisclosure")];

  test("a stranger, another's signature, a changed word, somebody else's message: refused, kept nowhere, and shown where it was in the provider's name", async () => {
    const before = await rows();
    expect(
      (
        await world.says(good(), { header: { SenderIdentifier: { CountryCode: "XX", UniqueIdentifier: "NOBODY" } } })
      )[0],
    ).toBe(3004);
    expect((await world.says(good(), { key: generateKeyPairSync("ed25519").privateKey }))[0]).toBe(3004);
    expect((await world.says(good(), { text: (right) => right.replace("AwaitingDisclosure", "Disclosed") }))[0]).toBe(
      3004,
    );
    expect(
      (await world.says(good(), { header: { ReceiverIdentifier: { CountryCode: "XB", UniqueIdentifier: "XB" } } }))[0],
    ).toBe(3004);
    expect(
      (await world.says(good(), { text: (right) => right.replace(/"Signature": [^]*$/, '"Signatures": []}') }))[0],
    ).toBe(3005);
    expect(await world.stateOf(id)).toBe("delivered");
    expect(await rows()).toBe(before);
    const found = await readView(
      endpointView,
      readerOf(world.at.node("XA"), await world.at.officer("XA", "duty-officer")),
      {
        id: world.endpoint,
      },
    );
    expect(found).toMatchObject({ doubted: 3 });
  });

  test("a bomb, too deep, too large, no JSON, another version, what no schema has: refused by name, and nothing changes", async () => {
    const deep = await world.says(good(), {
      text: (right) => right.replace('"Header"', `"@x": ${"[".repeat(5_000)}${"]".repeat(5_000)}, "Header"`),
    });
    expect(deep).toEqual([3020, expect.stringContaining("nested")]);
    expect((await world.says(good(), { text: () => "<HI1Message/>" }))[0]).toBe(3019);
    expect(
      await world.cassia.send(world.ours, good(), { text: (right) => right + " ".repeat(25 * 1_048_576) }),
    ).toEqual({
      status: 413,
    });
    const Version = { ETSIVersion: "V1.99.1", NationalProfileOwner: "COMITY", NationalProfileVersion: "v1.0" };
    expect((await world.says(good(), { header: { Version } }))[0]).toBe(3021);
    expect(
      await world.says([
        { UPDATE: { HI1Object: { "@xsi:type": `${TASK}LDTaskObject`, ObjectIdentifier: id, "task:Status": 1 } } },
      ]),
    ).toEqual([
      3020,
      expect.stringContaining("/Payload/RequestPayload/ActionRequests/ActionRequest/0/UPDATE/HI1Object/task:Status"),
    ]);
    expect((await world.says([{ GETCSPCONFIG: {} }]))[0]).toBe(3001);
    expect((await world.says([status("LDTask", id, "Maybe")]))[0]).toBe(3007);
    expect(await world.stateOf(id)).toBe("delivered");
    const shown = await readView(
      endpointView,
      readerOf(world.at.node("XA"), await world.at.officer("XA", "duty-officer")),
      {
        id: world.endpoint,
      },
    );
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
    expect((await world.says([status("LDTask", randomUUID(), "Disclosed")]))[0]).toBe(3011);
    expect((await world.says([...good(), status("LDTask", randomUUID(), "Disclosed")]))[0]).toBe(3011);
    await world.bind(await world.correspond("XQ", "Quince Mail"), world.quince);
    // Trusted, and yet this request is not theirs.
    expect(verdict(await world.quince.send(world.ours, good()))).toEqual([3011, expect.any(String)]);
    expect(verdict(await world.quince.send(world.ours, [delivery(id, "x")]))).toEqual([3016, expect.any(String)]);
    expect(await world.stateOf(id)).toBe("delivered");
    expect(await world.says([status("LDTask", id, "AwaitingApproval", { Generation: 3 })])).toBe("done");
    expect(await world.says([status("LDTask", id, "AwaitingDisclosure", { Generation: 2 })])).toEqual([
      3008,
      expect.stringContaining("generation"),
    ]);
    const transaction = randomUUID();
    expect(await world.says(good(), { transaction })).toBe("done");
    expect((await world.says([status("LDTask", id, "Disclosed")], { transaction }))[0]).toBe(3000);
    expect(await world.stateOf(id)).toBe("accepted");
    const wrong = delivery(id, "one thing");
    wrong.DELIVER.HI1Object["delivery:Delivery"]["delivery:BinaryData"]["delivery:Checksum"] = "00";
    expect((await world.says([wrong]))[0]).toBe(3007);
    const url = delivery(id, "x", {
      "delivery:Delivery": { "delivery:URL": { "delivery:URL": "http://169.254.169.254/" } },
    });
    expect((await world.says([url]))[0]).toBe(3001);
    expect(await world.stateOf(id)).toBe("accepted");
  });

  test("a provider that is revoked speaks and is spoken to no more; the text of every message can be read by whoever may see its request", async () => {
    const all = await world.messages(id);
    expect(all.filter(({ state }) => state === "refused").map(({ problem }) => problem?.code)).toEqual([
      3001, 3007, 3008, 3011, 3007,
    ]);
    const shown = all.find(({ state, direction }) => state === "applied" && direction === "in");
    const reader = readerOf(world.at.node("XA"), await world.at.officer("XA", "investigator"));
    const text = (await readView(dispatchText, reader, { id: shown?.id, part: "message" })) as { body: Buffer };
    expect(JSON.parse(text.body.toString()).Header.SenderIdentifier).toEqual(world.cassia.names);
    expect(await readView(dispatchView, reader, { id: shown?.id })).toMatchObject({ said: ["AwaitingDisclosure"] });
    await world.at.does("XA", "duty-officer", revokeEndpoint, {
      id: world.endpoint,
      input: { reason: "Its key was lost." },
    });
    expect((await world.says(good()))[0]).toBe(3004);
    const before = world.cassia.took.length;
    const next = await world.sentOut("O18b");
    await world.run();
    await postLetters.run(world.at.node("XA"));
    expect(world.cassia.took.length).toBe(before);
    const { rows: letters } = await world.at
      .node("XA")
      .pool.query<{ act: string }>("select act from letter where request_id = $1", [next]);
    expect(letters).toEqual([{ act: "request.send" }]);
  });
});
