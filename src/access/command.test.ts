import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestNode, testNode } from "../../test/node.ts";
import { accountCommand } from "./command.ts";
import { openInvitation } from "./presence.ts";
import { access } from "./slice.ts";

let at: TestNode;
beforeAll(async () => {
  at = await testNode([access]);
});
afterAll(() => at.close());

/** Runs `comity account …` as typed and gives what it printed. */
async function account(...typed: string[]): Promise<string> {
  const printed: string[] = [];
  await accountCommand(
    (work) => work(at.node),
    (text) => printed.push(text),
  ).parseAsync(typed, { from: "user" });
  return printed.join("\n");
}

test("an account made at the command line is invited, listed and disabled, and its code opens it once", async () => {
  const made = JSON.parse(
    await account(
      "add",
      "--username",
      "n.veloso",
      "--name",
      "Nadia Veloso",
      "--role",
      "investigator",
      "--office",
      "Harbour Unit",
      "--json",
    ),
  ) as { invitation: string };
  expect(
    (await openInvitation(at.node, { username: "n.veloso", code: made.invitation }, { address: "192.0.2.1" })).name,
  ).toBe("Nadia Veloso");
  expect(JSON.parse(await account("list", "--json"))).toEqual([
    expect.objectContaining({ username: "n.veloso", state: "invited", role: "investigator", office: "Harbour Unit" }),
  ]);
  expect(await account("disable", "N.Veloso")).toBe("n.veloso is disabled.");
  expect(await account("list")).toMatch(/^disabled\s+n\.veloso/);
  await expect(
    openInvitation(at.node, { username: "n.veloso", code: made.invitation }, { address: "192.0.2.1" }),
  ).rejects.toThrow("invitation-wrong");
  const kinds = await at.node.db.selectFrom("journal").select(["act", "record"]).orderBy("ord").execute();
  expect(kinds.map(({ act }) => act)).toEqual(["office.open", "account.create", "account.disable"]);
  expect(JSON.stringify(kinds)).not.toContain(made.invitation);
});

test.each([
  [["add", "--username", "x.y", "--name", "X", "--role", "king"], /king is not a role/],
  [["add", "--username", "1", "--name", "X", "--role", "judge"], /username: Use 2 to 40/],
  [
    ["add", "--username", "x.y", "--name", "X", "--role", "judge", "--office", "Harbour Unit"],
    /role: This role does not work/,
  ],
  [["code", "no-secret"], /at least 16 of the letters/],
  [["disable", "nobody"], /There is no account nobody/],
])("a mistake is said in a sentence: %j", async (typed, words) => {
  await expect(account(...typed)).rejects.toThrow(words);
});
