import { join } from "node:path";
import { Readable } from "node:stream";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestNode, testNode } from "../../test/node.ts";
import { cases } from "../cases/slice.ts";
import { evidence, itemRow } from "../evidence/slice.ts";
import { lodge } from "../evidence/acts-acquire.ts";
import { seal } from "../evidence/acts-seals.ts";
import { uploadsOf } from "../evidence/tus.ts";
import { itemCustody, openingOf } from "../evidence/views.ts";
import type { Officer } from "../kernel/actor.ts";
import { perform } from "../kernel/pipeline.ts";
import { readerOf, readView } from "../kernel/reader.ts";
import { seal as sealed } from "../trust/seal.ts";
import { openVault, type Vault } from "../trust/vault.ts";
import { preview } from "./acts.ts";
import { previews } from "./slice.ts";
import { type Preview, previewView } from "./views.ts";

let at: TestNode;
let vault: Vault;
let officer: Officer;
beforeAll(async () => {
  at = await testNode([cases, evidence, previews]);
  vault = openVault(join(at.node.config.folder, "vault"), at.node.services.keys);
  Object.assign(at.node.services, { vault });
  officer = at.officer("investigator");
});
afterAll(async () => {
  await vault.close();
  await at.close();
});

async function lodged(name: string, bytes: Buffer): Promise<string> {
  const upload = await uploadsOf(at.node).take({
    owner: officer.account,
    name,
    media: "application/octet-stream",
    source: Readable.from([bytes]),
    bytesMax: bytes.length,
    now: at.node.clock(),
  });
  const input = { upload: upload?.id, description: name, acquisition: { method: "other" } };
  return (await perform({ node: at.node, actor: officer, act: lodge, input })).id;
}
const opening = async (id: string, by = officer): Promise<string> => {
  const { done } = await perform({ node: at.node, actor: by, act: preview, id, input: { purpose: "To read the log" } });
  return String(done["preview"]).split("/").at(-1) ?? "";
};
const seen = async (id: string, open: string, by = officer, more: object = {}) =>
  (await readView(previewView, readerOf(at.node, by), { id, opening: open, ...more })) as Preview;

test("a preview is an act with its purpose, shows the content apart, and gives no bytes", async () => {
  const id = await lodged("access.log", Buffer.from("198.51.100.7 signed in\n"));
  await expect(perform({ node: at.node, actor: officer, act: preview, id, input: {} })).rejects.toMatchObject({
    code: "invalid",
  });
  const open = await opening(id);
  expect(await seen(id, open)).toMatchObject({
    look: { kind: "text", encoding: "utf-8", text: "198.51.100.7 signed in\n" },
  });
  const { events } = (await readView(itemCustody, readerOf(at.node, officer), { id })) as {
    events: { type: string; facts: object }[];
  };
  expect(events.at(-1)).toMatchObject({ type: "access", facts: { purpose: "To read the log" } });
  expect(await openingOf(readerOf(at.node, officer), id, open, "bytes")).toBeUndefined();
});

test("an opening is its officer's, its item's, and ends when the item is sealed", async () => {
  const [id, other] = [await lodged("a.txt", Buffer.from("a")), await lodged("b.txt", Buffer.from("b"))];
  const open = await opening(id);
  await expect(seen(id, open, at.officer("examiner"))).rejects.toMatchObject({ code: "not-found" });
  await expect(seen(other, open)).rejects.toMatchObject({ code: "not-found" });
  await expect(seen(id, randomUUID())).rejects.toMatchObject({ code: "not-found" });
  await perform({ node: at.node, actor: officer, act: seal, id, input: { reason: "Ordered" } });
  await expect(seen(id, open)).rejects.toMatchObject({ code: "not-allowed", key: "item-no-longer-open" });
  expect((await itemRow(readerOf(at.node, officer), id))?.state).toBe("sealed");
});

test("malware that was found after the opening keeps the preview back; who opens it knowing of it sees it, with the warning", async () => {
  const { node } = at;
  const id = await lodged("invoice.txt", Buffer.from("pay at once\n"));
  const before = await opening(id);
  const later = node.clock().add({ seconds: 1 });
  const found = sealed(node.services.keys.seal, Buffer.from("Win.Trojan.Agent-1388"), `item:${id}:scan`);
  await node.pool.query(
    "insert into item_scan (item, state, found, scanner, at) values ($1, 'found', $2, 'ClamAV 1.4', $3)",
    [id, found, later.toString()],
  );
  const withheld = await seen(id, before);
  expect(withheld.look).toBeUndefined();
  expect(withheld.malware).toMatchObject({ shown: false, scan: { found: "Win.Trojan.Agent-1388" } });
  const unaware = perform({ node, actor: officer, act: preview, id, input: { purpose: "To read it" } });
  await expect(unaware).rejects.toMatchObject({ fields: [{ key: "malware-confirm" }] });
  await node.pool.query("update item_scan set at = $2 where item = $1", [id, node.clock().toString()]);
  const input = { purpose: "To read it", despite_malware: true };
  const { done } = await perform({ node, actor: officer, act: preview, id, input });
  const shown = await seen(id, String(done["preview"]).split("/").at(-1) ?? "");
  expect(shown).toMatchObject({ malware: { shown: true }, look: { kind: "text", text: "pay at once\n" } });
});
