import { createHash, generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { makeCertificate } from "./certificate.ts";
import { example, exampleFile } from "./package-example.ts";
import type { PackageOptions } from "./package.ts";
import { builtInAuthority } from "./timestamp.ts";
import { type ChainLink, renewedLeaf } from "./verify-timestamp.ts";
import { verifyPackage } from "./verify.ts";

const day = (text: string) => Temporal.Instant.from(`${text}T00:00:00Z`);
const sha256 = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();
const authority = (from: string, until: string, at: string) => {
  const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  const facts = {
    commonName: until,
    organization: "T",
    from: day(from),
    until: day(until),
    use: "time-stamping",
  } as const;
  return builtInAuthority({ key, certificate: makeCertificate(facts, key) }, () => day(at));
};

/** A package whose ledger had been stamped, and renewed, at the very size that its checkpoint has. */
async function stamped(renewedAt: string, more: Partial<NonNullable<PackageOptions["ledger"]["stamped"]>> = {}) {
  const it = example([{ number: "1", files: [exampleFile("photo.txt", "a photo")], events: 3 }]);
  const checkpoint = it.ledger.checkpoint();
  const note = Buffer.from(checkpoint);
  const first: ChainLink = {
    token: await authority("2026-01-01", "2027-01-01", "2026-06-01").stamp(sha256(note)),
    renewal: null,
  };
  const root = renewedLeaf(note, [first.token]);
  const token = await authority("2026-10-01", "2040-01-01", renewedAt).stamp(sha256(root));
  const links = [first, { token, renewal: { root, index: 0, size: 1, hashes: [] } }];
  const built = await it.build((options) => ({
    ...options,
    ledger: { ...options.ledger, stamped: { checkpoint, links, consistency: [], ...more } },
  }));
  const report = await verifyPackage(built);
  return report.checks
    .filter(({ subject }) => subject === "ledger/timestamps.json")
    .map(({ ok, key, values }) => ({ ok, key, ...values }));
}

test("the stamps on an earlier state of the ledger are followed, and the verifier says until when they hold", async () => {
  expect(await stamped("2026-12-01")).toEqual([
    {
      ok: true,
      key: "stamped.ok-built-in",
      size: 3,
      at: "2026-06-01T00:00:00Z",
      until: "2040-01-01T00:00:00Z",
      name: "2027-01-01",
      count: 2,
    },
  ]);
});

test("a renewal that came too late, and a state that the package's ledger does not continue, are found", async () => {
  expect(await stamped("2027-02-01")).toEqual([{ ok: false, key: "stamped.wrong", size: 3, step: 2 }]);
  expect(await stamped("2026-12-01", { consistency: [Buffer.alloc(32)] })).toEqual([
    { ok: false, key: "stamped.other", size: 3 },
  ]);
  const other = example([{ number: "2", files: [exampleFile("b", "b")], events: 2 }]).ledger.checkpoint();
  expect((await stamped("2026-12-01", { checkpoint: other }))[0]).toMatchObject({ ok: false, key: "stamped.other" });
});
