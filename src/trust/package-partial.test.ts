import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { Decrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import { afterAll, describe, expect, test } from "vitest";
import { followInstructions, hasTools } from "../../test/package-proved.ts";
import { digestOf } from "../kernel/journal.ts";
import { ageRecipient } from "./age.ts";
import { verifyCommand } from "./package-command.ts";
import { type Example, example, exampleFile } from "./package-example.ts";
import { encryptedPackage, type PackagedEntry, type PackageOptions, preparePackage } from "./package.ts";
import { type Report, verifyPackage } from "./verify.ts";

// What is left out of a package is named, and what is left proves that it was there.

const folder = mkdtempSync(join(tmpdir(), "comity-partial-"));
afterAll(() => rmSync(folder, { recursive: true }));

const decision = { by: "Camille Duval, prosecutor", at: "2026-11-23T11:00:00Z", reason: "names an informant" };
const hidden = (entry: PackagedEntry): PackagedEntry =>
  "withheld" in entry ? entry : { digest: digestOf(entry.salt, entry.record), withheld: decision, proof: entry.proof };

const made = (events = 5): Example => example([{ number: "1", files: [exampleFile("a.txt", "the content")], events }]);
/** The example's package without these events. */
const without =
  (...numbers: readonly number[]) =>
  (options: PackageOptions): PackageOptions => ({
    ...options,
    items: options.items.map((item) => ({
      ...item,
      custody: item.custody.map((entry, index) => (numbers.includes(index + 1) ? hidden(entry) : entry)),
    })),
  });
const withoutBytes = (options: PackageOptions): PackageOptions => ({
  ...options,
  items: options.items.map((item) => ({
    ...item,
    files: item.files.map(({ name, sizeBytes, sha256 }) => ({ name, sizeBytes, sha256, withheld: decision })),
  })),
});
const bad = (report: Report) => report.checks.filter(({ ok }) => !ok).map(({ key }) => key);
const withheld = (report: Report) => report.checks.filter(({ id }) => id === "withheld").map(({ key }) => key);

describe("an event whose words are withheld", () => {
  test("keeps its place by its digest, which the next event names, and the report says who decided", async () => {
    const bytes = await made().build(without(3));
    const report = await verifyPackage(bytes);
    expect(bad(report)).toEqual([]);
    expect(withheld(report)).toEqual(["withheld.event"]);
    expect(report.items[0]).toMatchObject({ events: 5, withheld: [{ event: 3, file: null, ...decision }] });
    expect(bytes.includes('{"event":2}')).toBe(false);
    expect(bytes.includes('{"event":3}')).toBe(true);
  });

  test("is only an entry of the ledger where nothing names it", async () => {
    const report = await verifyPackage(await made().build(without(3, 4, 5)));
    expect(bad(report)).toEqual([]);
    expect(withheld(report)).toEqual(["withheld.event-loose", "withheld.event-loose", "withheld.event-loose"]);
    expect(withheld(await verifyPackage(await made().build(without(3, 4))))).toEqual([
      "withheld.event-loose",
      "withheld.event",
    ]);
  });

  test.each([
    [
      "another digest",
      (options: PackageOptions) => {
        const [item, ...more] = options.items;
        const other = item?.custody.map((entry, index) =>
          index === 2 && "withheld" in entry ? { ...entry, digest: Buffer.alloc(32, 7) } : entry,
        );
        return item && other ? { ...options, items: [{ ...item, custody: other }, ...more] } : options;
      },
      ["custody.chain", "proof.wrong"],
    ],
    [
      "left out altogether",
      (options: PackageOptions) => ({
        ...options,
        items: options.items.map((item) => ({ ...item, custody: item.custody.filter((_, index) => index !== 2) })),
      }),
      ["custody.number", "custody.chain"],
    ],
  ])("%s is found", async (_, tamper, keys) => {
    const report = await verifyPackage(await made().build((options) => tamper(without(3)(options))));
    expect(bad(report)).toEqual(expect.arrayContaining(keys));
  });

  test("the event that names the file cannot be withheld while the file is given: nothing would say what it is", async () => {
    expect(bad(await verifyPackage(await made().build(without(1))))).toEqual(["item.unnamed"]);
  });
});

describe("a file whose bytes are withheld", () => {
  test("is described, and its digest stands in its custody", async () => {
    const bytes = await made().build(withoutBytes);
    const report = await verifyPackage(bytes);
    expect(bad(report)).toEqual([]);
    expect(withheld(report)).toEqual(["withheld.file"]);
    expect(bytes.includes("the content")).toBe(false);
  });

  test("cannot be another one than custody names", async () => {
    const report = await verifyPackage(
      await made().build((options) => {
        const partial = withoutBytes(options);
        return {
          ...partial,
          items: partial.items.map((item) => ({
            ...item,
            files: item.files.map((file) => ({ ...file, sha256: "00".repeat(32) })),
          })),
        };
      }),
    );
    expect(bad(report)).toEqual(["item.unnamed"]);
  });

  test.skipIf(!hasTools)("VERIFY.txt accepts such a package, as its commands stand", async () => {
    const bytes = await made().build((options) => withoutBytes(without(2, 4)(options)));
    const { status, stdout, stderr } = unpackedAndFollowed("none", bytes);
    expect(stderr).toContain("CAdES Verification successful");
    expect(stdout.match(/^[0-9a-f]{64} (OK|WITHHELD)$/gm)?.map((line) => line.slice(65))).toEqual([
      "OK",
      "WITHHELD",
      "OK",
      "WITHHELD",
      "OK",
    ]);
    expect(stdout).toContain("in the ledger");
    expect(status).toBe(0);
  });
});

function unpackedAndFollowed(name: string, bytes: Buffer) {
  const place = join(folder, name);
  execFileSync("mkdir", [place]);
  const file = join(place, "XA-2026-000123.asice");
  writeFileSync(file, bytes);
  writeFileSync(join(place, "VERIFY.txt"), execFileSync("unzip", ["-p", file, "VERIFY.txt"]));
  return followInstructions(place);
}

test("digests of older tools stand in the facts, in the hashdeep list and in the graph", async () => {
  const older = { md5: "da619dfbf5572fc749b1496b0fffd76a", sha1: "50500c5d8c700722a0c0ed671218b30d88e5e5d0" };
  const bytes = await made().build((options) => ({
    ...options,
    items: options.items.map((item) => ({ ...item, files: [{ ...exampleFile("a.txt", "the content"), ...older }] })),
  }));
  expect(bad(await verifyPackage(bytes))).toEqual([]);
  const text = bytes.toString("latin1");
  expect(text).toContain(`%%%% size,md5,sha1,sha256,filename\n`);
  expect(text).toContain(`\n11,${older.md5},${older.sha1},`);
  expect(text).toContain('"uco-types:hashMethod": "MD5"');
});

describe("a package for named recipients", () => {
  test("can be opened by each of them and by nobody else; its name and length say what it is", async () => {
    const [one, two, other] = await Promise.all([1, 2, 3].map(() => generateX25519Identity()));
    const plain = await preparePackage(made().options);
    const to = await Promise.all([one, two].map((identity) => identityToRecipient(identity ?? "")));
    const sealed = await encryptedPackage(plain, to);
    expect(sealed.name).toBe("XA-2026-000123.asice.age");
    const bytes = await buffer(sealed.stream());
    expect(bytes.length).toBe(sealed.sizeBytes);
    expect(bytes.includes("the content")).toBe(false);
    for (const identity of [one, two]) {
      const decrypter = new Decrypter();
      decrypter.addIdentity(identity ?? "");
      expect((await verifyPackage(await decrypter.decrypt(bytes))).ok).toBe(true);
    }
    const stranger = new Decrypter();
    stranger.addIdentity(other ?? "");
    await expect(stranger.decrypt(bytes)).rejects.toThrow();
  });

  /** What `comity verify` prints and how it ends. */
  async function verdict(...words: readonly string[]): Promise<readonly [number, string]> {
    const printed: string[] = [];
    await verifyCommand((text) => printed.push(text)).parseAsync(["--lang", "en", ...words], { from: "user" });
    const exitCode = Number(process.exitCode);
    process.exitCode = undefined;
    return [exitCode, printed.join("\n")];
  }

  test("is verified with an identity file or a node's own key, piece by piece; otherwise it is said what is missing", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("x25519");
    const big = exampleFile("big.bin", Buffer.alloc(1_500_000, "ab"));
    const plain = await preparePackage(example([{ number: "1", files: [big], events: 2 }]).options);
    const identity = await generateX25519Identity();
    const x = publicKey.export({ format: "jwk" }).x ?? "";
    const sealed = await buffer(
      (await encryptedPackage(plain, [await identityToRecipient(identity), ageRecipient(x)])).stream(),
    );
    const [file, age, pem, stranger] = ["p.asice.age", "key.txt", "key.pem", "other.txt"].map((name) =>
      join(folder, name),
    ) as [string, string, string, string];
    writeFileSync(file, sealed);
    writeFileSync(age, `# created: today\n${identity}\n`);
    writeFileSync(pem, privateKey.export({ type: "pkcs8", format: "pem" }));
    writeFileSync(stranger, `${await generateX25519Identity()}\n`);
    expect(await verdict(file, "--identity", age)).toEqual([0, expect.stringContaining("everything in this package")]);
    expect(await verdict(file, "--identity", pem)).toEqual([0, expect.stringContaining("everything in this package")]);
    expect(await verdict(file)).toEqual([2, expect.stringContaining("is encrypted for named people")]);
    expect(await verdict(file, "--identity", stranger)).toEqual([2, expect.stringContaining("None of the keys")]);
    expect(await verdict(file, "--identity", join(folder, "none"))).toEqual([2, expect.stringContaining("key file")]);
    expect(await verdict(file, "--identity", file)).toEqual([2, expect.stringContaining("key file")]);
    for (const changed of [
      sealed.subarray(0, -70_000),
      Buffer.concat([sealed, Buffer.of(0)]),
      Buffer.from(sealed.map((byte, at) => (at === 800_000 ? byte ^ 1 : byte))),
    ]) {
      writeFileSync(file, changed);
      expect(await verdict(file, "--identity", age)).toEqual([2, expect.stringContaining("cannot be decrypted")]);
    }
  });
});
