import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestNode, testNode } from "../../test/node.ts";
import { PUBLIC } from "../kernel/actor.ts";
import { sql } from "../kernel/database.ts";
import { openKeyring } from "../trust/keys.ts";
import { openVault } from "../trust/vault.ts";
import { heldBlob, storeBlob } from "../trust/vault-blobs.ts";
import { draftBytes, dropDraftFile, dropLeftFiles, noteDraftFile } from "./acts-files.ts";
import { handIn } from "./acts-intake.ts";
import type { KeptFile } from "./files.ts";
import { submissionSchema } from "./report.ts";
import { reports } from "./slice.ts";
import { prepare, receivingOn } from "./submission.ts";

let at: TestNode;
let now = Temporal.Instant.from("2026-11-26T08:00:00Z");
const vaultOf = () => openVault(join(at.node.config.folder, "vault"), openKeyring(join(at.node.config.folder, "keys")));
let vault: ReturnType<typeof vaultOf>;
beforeAll(async () => {
  at = await testNode([reports], { clock: () => now });
  vault = vaultOf();
});
afterAll(async () => {
  await vault.close();
  await at.close();
});

async function drafted(text: string): Promise<KeptFile> {
  const more = { kind: "report", bytesMax: 1_000, now };
  const stored = await storeBlob(at.node.db, vault, Readable.from([Buffer.from(text)]), more);
  if (!stored) throw new Error("the file was not stored");
  const { holder: blob, digest, bytes: size } = stored;
  const kept = { name: "a.txt", media: "text/plain", kind: "text", misnamed: false, size, digest, blob } as const;
  await noteDraftFile(at.node.db, kept, now);
  return kept;
}
const isHeld = async ({ blob }: KeptFile) => (await heldBlob(at.node.db, vault, blob)) !== undefined;
const filesIn = async (id: string) =>
  (
    await sql<{ name: string; blob: string }>`select name, blob from report_file where report_id = ${id}`.execute(
      at.node.db,
    )
  ).rows;

test("files of a draft are the report's once it is sent, and sent twice they are there once", async () => {
  const file = await drafted("one");
  const prepared = {
    ...prepare(submissionSchema.parse({ description: "with a file" }), receivingOn(at.node, "portal")),
    files: [file],
  };
  const key = randomUUID();
  const { id } = await handIn(at.node, { actor: PUBLIC, prepared, key, sent: "x" });
  await handIn(at.node, { actor: PUBLIC, prepared, key, sent: "x" });
  expect(await filesIn(id)).toEqual([{ name: "a.txt", blob: file.blob }]);
  expect(await draftBytes(at.node.db)).toBe(0);
  now = now.add({ hours: 200 });
  await dropLeftFiles.run(at.node);
  expect(await isHeld(file)).toBe(true);
});

test("what was taken out of a draft, or left with it, is let go of; what a report has is not", async () => {
  const [out, left] = [await drafted("two"), await drafted("three")];
  await dropDraftFile(at.node.db, out.blob, now);
  expect(await isHeld(out)).toBe(false);
  now = now.add({ hours: 79 });
  await dropLeftFiles.run(at.node);
  expect(await isHeld(left)).toBe(true);
  now = now.add({ hours: 2 });
  await dropLeftFiles.run(at.node);
  expect(await isHeld(left)).toBe(false);
});
