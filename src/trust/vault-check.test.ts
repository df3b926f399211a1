import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type S3Server, startS3 } from "../../test/s3-server.ts";
import { type Config, configSchema, readConfig } from "../kernel/config.ts";
import { checkStore } from "./vault-check.ts";
import { vaultSettings } from "./vault-settings.ts";

const folder = mkdtempSync(join(tmpdir(), "comity-check-"));
let s3: S3Server;
beforeAll(async () => {
  s3 = await startS3(join(folder, "s3"));
});
afterAll(async () => {
  await s3.close();
  rmSync(folder, { recursive: true, force: true });
});
const config = (more: object): Config =>
  configSchema.parse({ code: "XA", name: "Aruna", pack: "XA", database: "postgres://x/y", folder, ...more });
const bucket = (more: object = {}) =>
  config({
    vault: "s3",
    s3_endpoint: s3.settings.endpoint,
    s3_bucket: s3.settings.bucket,
    s3_access_key: s3.settings.accessKey,
    s3_secret_key: "hush-hush",
    ...more,
  });
const closedPort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 1));
    });
  });

test("a bucket that does is said to, and nothing of the looking stays in it", async () => {
  expect(await checkStore(bucket())).toEqual({ ok: true, words: `bucket evidence at ${s3.settings.endpoint}.` });
  expect(s3.calls.filter(({ method }) => method === "DELETE").length).toBe(1);
});

test.each([
  ["another bucket", { s3_bucket: "other" }, "There is no bucket other"],
  ["strange keys", { s3_access_key: "nobody" }, "does not know the keys"],
])("%s: the words say what to mend", async (_, more, words) => {
  const found = await checkStore(bucket(more));
  expect(found).toMatchObject({ ok: false, words: expect.stringContaining(words) });
  expect(found.words).not.toContain("hush-hush");
});

test("where nobody answers, the words say where", async () => {
  const endpoint = `http://127.0.0.1:${await closedPort()}`;
  expect((await checkStore(bucket({ s3_endpoint: endpoint }))).words).toContain(`Nobody answers at ${endpoint}`);
});

test("keys from a file: read by others it is refused, of another form it is said, and its content is in no sentence", async () => {
  const file = join(folder, "keys.json");
  const given = { s3_access_key: undefined, s3_secret_key: undefined, s3_credentials: file };
  writeFileSync(file, '{"access_key": "comity-test", "secret_key": "hush-hush"}', { mode: 0o600 });
  expect((await checkStore(bucket(given))).ok).toBe(true);
  chmodSync(file, 0o644);
  expect((await checkStore(bucket(given))).words).toContain("chmod 600");
  chmodSync(file, 0o600);
  for (const text of ['{"access_key": "hush-hush"}', "hush-hush, not json"]) {
    writeFileSync(file, text);
    expect(() => vaultSettings(bucket(given))).toThrow("COMITY_S3_CREDENTIALS");
    expect((await checkStore(bucket(given))).words).not.toContain("hush-hush");
  }
});

test("a directory that is not there yet, one that does, and settings that are missing", async () => {
  expect((await checkStore(config({ folder: join(folder, "new") }))).words).toContain("will be made");
  expect((await checkStore(config({ folder: s3.settings.bucket }))).ok).toBe(true);
  expect((await checkStore(config({ vault: "s3" }))).words).toContain("COMITY_S3_ENDPOINT");
  const read = readConfig({ COMITY_CODE: "XA", COMITY_S3_BUCKET: "No Bucket!", COMITY_SCRUB_DAYS: "0" });
  expect("problems" in read && read.problems.join("\n")).toMatch(
    /COMITY_S3_BUCKET: is no bucket's name[^]*COMITY_SCRUB_DAYS/,
  );
});
