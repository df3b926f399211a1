import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { introduce, parcelFrom, type Station, station, trust } from "../../test/exchange-world.ts";
import { perform } from "../kernel/pipeline.ts";
import { confirmPeer, proposePeer, revokePeer } from "./acts.ts";
import { ownEntry } from "./identity.ts";

let aruna: Station;
let corvana: Station;
beforeAll(async () => {
  [aruna, corvana] = await Promise.all([station("XA"), station("XC")]);
});
afterAll(() => Promise.all([aruna, corvana].map((each) => each.close())));
const outboxOf = (mine: Station, peer: string) =>
  mine.node.db.selectFrom("outbox").selectAll().where("peer", "=", peer).orderBy("seq").execute();
const alarmsOf = async (mine: Station, peer: string) =>
  (
    await mine.node.db
      .selectFrom("exchange_alarm")
      .select("kind")
      .where("peer", "=", peer)
      .where("ended_at", "is", null)
      .execute()
  ).map(({ kind }) => kind);

describe("becoming peers", () => {
  test("one person proposes, another confirms with the number; the same person never does both", async () => {
    const [mine, other] = await Promise.all([station("XD"), station("XE")]);
    try {
      const administrator = mine.at.officer("administrator");
      const { id, done } = await perform({
        node: mine.node,
        actor: administrator,
        act: proposePeer,
        input: { document: JSON.stringify(ownEntry(other.node)) },
      });
      const number = String(done["number"]);
      const confirm = (role: "administrator" | "central-authority" | "investigator", typed: string) =>
        perform({
          node: mine.node,
          actor: mine.at.officer(role),
          act: confirmPeer,
          id,
          input: { number: typed, channel: "telephone" },
        });
      await expect(confirm("administrator", number)).rejects.toMatchObject({
        code: "not-allowed",
        key: "proposer-never-confirms",
      });
      await expect(confirm("investigator", number)).rejects.toMatchObject({ code: "not-allowed" });
      await expect(
        confirm(
          "central-authority",
          number.replace(/\d/, (digit) => String((Number(digit) + 1) % 10)),
        ),
      ).rejects.toMatchObject({ code: "invalid", fields: [{ path: "number", key: "peer-number" }] });
      expect((await confirm("central-authority", number.replaceAll(" ", ""))).state).toBe("trusted");
      await expect(
        perform({
          node: mine.node,
          actor: administrator,
          act: proposePeer,
          input: { document: JSON.stringify(ownEntry(other.node)) },
        }),
      ).rejects.toMatchObject({ fields: [{ key: "peer-known" }] });
    } finally {
      await Promise.all([mine.close(), other.close()]);
    }
  });

  test.each([
    ["nothing at all", {}, "peer-source"],
    ["an address where nobody answers", { address: "http://127.0.0.1:9" }, "peer-unreachable"],
    ["text that is no entry", { document: "{}" }, "peer-entry"],
    ["a number that is another's", { number: "12345 67890" }, "peer-number"],
  ])("refused in words: %s", async (_, given, key) => {
    const input = key === "peer-number" ? { ...given, document: JSON.stringify(ownEntry(corvana.node)) } : given;
    await expect(
      perform({ node: aruna.node, actor: aruna.at.officer("administrator"), act: proposePeer, input }),
    ).rejects.toMatchObject({ code: "invalid", fields: [{ key }] });
  });

  test("nothing goes to or comes from a peer that is revoked, and nothing is lost", async () => {
    const [mine, other] = await Promise.all([station("XF"), station("XG")]);
    try {
      await introduce(mine, other);
      const { id: peerId } = await other.node.db
        .selectFrom("peer")
        .select("id")
        .where("code", "=", "XF")
        .executeTakeFirstOrThrow();
      await perform({
        node: other.node,
        actor: other.at.officer("administrator"),
        act: revokePeer,
        id: peerId,
        input: { reason: "Its key was lost." },
      });
      const id = await parcelFrom(mine, "XG");
      await mine.deliver();
      expect(await other.parcelOf(id)).toBeUndefined();
      expect(await outboxOf(mine, "XG")).toMatchObject([
        { delivered_at: null, problem: { stage: "delivery", type: "unknown-peer", status: 403 } },
      ]);
      expect(await alarmsOf(mine, "XG")).toEqual(["refuses"]);
      await trust(other, mine);
      await mine.deliver();
      expect(await other.parcelOf(id)).toBeDefined();
      expect(await alarmsOf(mine, "XG")).toEqual([]);
    } finally {
      await Promise.all([mine.close(), other.close()]);
    }
  });
});
