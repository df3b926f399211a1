import { expect, test } from "vitest";
import { testNode } from "../../test/node.ts";
import { access, createDemoAccounts, loadCountry } from "../access/slice.ts";
import { Refusal } from "../kernel/errors.ts";
import { perform } from "../kernel/pipeline.ts";
import { officerNamed } from "../access/slice.ts";
import { telephoneNumber } from "../trust/directory.ts";
import { confirmPeer, proposePeer } from "./acts.ts";
import { peerCommand } from "./command.ts";
import { peerDemo } from "./demo.ts";
import { ownEntry } from "./identity.ts";
import { exchange } from "./slice.ts";
import { passedNote } from "../../test/passed.ts";

const open = (code: string, kind: "state" | "provider") =>
  testNode([access, exchange], {
    config: { code, name: `Country ${code}`, kind, pack: code },
    policy: (registered) => loadCountry({ packs: "packs", pack: code, code }, registered, passedNote(code)).policy,
  });

test("the demo's nodes become peers by two people of each, under their own packs, once however often it runs", async () => {
  const nodes = await Promise.all([open("XA", "state"), open("XB", "state"), open("XP", "provider")]);
  try {
    for (const { node } of nodes) await createDemoAccounts(node);
    for (let round = 0; round < 2; round += 1) await peerDemo(nodes.map(({ node }) => node));
    for (const { node } of nodes) {
      const peers = await node.db
        .selectFrom("peer")
        .select(["code", "state", "proposed_by", "confirmed_by"])
        .orderBy("code")
        .execute();
      expect(peers.map(({ code, state }) => [code, state])).toEqual(
        ["XA", "XB", "XP"].filter((code) => code !== node.code).map((code) => [code, "trusted"]),
      );
      expect(peers.every(({ proposed_by, confirmed_by }) => proposed_by !== confirmed_by)).toBe(true);
      expect(
        await node.db
          .selectFrom("journal")
          .select("act")
          .where("act", "in", ["peer.propose", "peer.confirm"])
          .execute(),
      ).toHaveLength(4);
    }
  } finally {
    await Promise.all(nodes.map((each) => each.close()));
  }
});

test("comity peer: list, propose and confirm, by two accounts, with a refusal said in words", async () => {
  const [mine, other] = await Promise.all([open("XA", "state"), open("XB", "state")]);
  try {
    await createDemoAccounts(mine.node);
    const said: string[] = [];
    const run = (...args: string[]) => {
      said.length = 0;
      return peerCommand(
        (work) => work(mine.node),
        (text) => said.push(text),
      ).parseAsync(args, { from: "user" });
    };
    await run("list", "--json");
    expect(JSON.parse(said.join(""))).toMatchObject({ own: { code: "XA" }, peers: [] });
    await expect(run("propose", "http://127.0.0.1:9", "--as", "administrator.xa")).rejects.toThrow(
      "Nobody answers there",
    );
    await expect(run("propose", "http://127.0.0.1:9", "--as", "nobody.xa")).rejects.toThrow("no active account");
    const administrator = await officerNamed(mine.node.db, "administrator.xa");
    if (!administrator) throw new Error("no administrator");
    await perform({
      node: mine.node,
      actor: administrator,
      act: proposePeer,
      input: { document: JSON.stringify(ownEntry(other.node)) },
    });
    const number = telephoneNumber(ownEntry(other.node));
    await expect(run("confirm", "XB", "--as", "administrator.xa", "--number", number)).rejects.toThrow(/./);
    await expect(run("confirm", "XB", "--as", "central-authority.xa", "--number", "1")).rejects.toThrow(
      "not its number",
    );
    await run("confirm", "XB", "--as", "central-authority.xa", "--number", number);
    expect(said).toEqual(["Country XB (XB) is trusted."]);
    await run("list");
    expect(said.join("\n")).toContain(`XB        trusted    ${number}`);
  } finally {
    await Promise.all([mine.close(), other.close()]);
  }
});

test("an investigator binds no peer", async () => {
  const mine = await open("XA", "state");
  try {
    const attempt = perform({
      node: mine.node,
      actor: mine.officer("investigator"),
      act: proposePeer,
      input: { document: JSON.stringify(ownEntry(mine.node)) },
    });
    await expect(attempt).rejects.toBeInstanceOf(Refusal);
    await expect(attempt).rejects.toMatchObject({ code: "not-allowed" });
    await expect(
      perform({
        node: mine.node,
        actor: mine.officer("investigator"),
        act: confirmPeer,
        id: crypto.randomUUID(),
        input: { number: "1", channel: "x" },
      }),
    ).rejects.toMatchObject({ code: "not-found" });
  } finally {
    await mine.close();
  }
});
