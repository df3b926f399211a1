import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { introduce, parcelFrom, station, step, trust } from "../../test/exchange-world.ts";
import { type DirectoryEntry, listedKey, signEntry } from "../trust/directory.ts";
import { ROLLED, rollKey } from "../trust/key-rolling.ts";
import { keepFile, newKeyText } from "../trust/keys.ts";
import { ownEntry } from "./identity.ts";
import { refreshPeers } from "./messages-peer.ts";

test("a key is rolled over by an entry that the old key signed, with messages of both in flight", async () => {
  const [mine, other] = await Promise.all([station("XF"), station("XG")]);
  try {
    await introduce(mine, other);
    const id = await parcelFrom(mine, "XG");
    other.fault = () => "drop";
    await mine.deliver();
    for (const name of ROLLED) rollKey(join(mine.node.config.folder, "keys"), name, newKeyText(name), keepFile);
    other.fault = () => "pass";
    await step(mine, id, 1);
    await mine.deliver();
    expect((await other.parcelOf(id))?.steps).toEqual([1]);
    // Sealed to the old key before the other side had heard of the new one.
    const back = await parcelFrom(other, "XF");
    await other.deliver();
    expect(await mine.parcelOf(back)).toBeDefined();
    const { keys: known } = await other.node.db
      .selectFrom("peer")
      .select("keys")
      .where("code", "=", "XF")
      .executeTakeFirstOrThrow();
    expect(known).toHaveLength(4);
    expect(
      await other.node.db.selectFrom("journal").select("act").where("act", "=", "peer.renew").execute(),
    ).toHaveLength(1);
  } finally {
    await Promise.all([mine.close(), other.close()]);
  }
});

test("an entry that a thief serves under its own key renews nothing", async () => {
  const thief = generateKeyPairSync("ed25519").privateKey;
  const [mine, other] = await Promise.all([station("XH"), station("XI")]);
  try {
    await trust(mine, other);
    const entry: DirectoryEntry = {
      ...ownEntry(other.node).entry,
      keys: [listedKey(thief, { from: "2026-01-01T00:00:00Z", to: "2030-01-01T00:00:00Z" })],
    };
    const before = await mine.node.db.selectFrom("peer").select("keys").executeTakeFirstOrThrow();
    writeFileSync(
      join(other.node.config.folder, "keys", "signing.pem"),
      thief.export({ type: "pkcs8", format: "pem" }),
    );
    expect(ownEntry(other.node).entry.keys[0]?.fingerprint).toBe(
      signEntry(entry, [thief], mine.node.clock()).entry.keys[0]?.fingerprint,
    );
    await refreshPeers(mine.node);
    expect(await mine.node.db.selectFrom("peer").select("keys").executeTakeFirstOrThrow()).toEqual(before);
  } finally {
    await Promise.all([mine.close(), other.close()]);
  }
});
