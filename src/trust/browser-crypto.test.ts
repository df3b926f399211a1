import { createHash as nodeHash, generateKeyPairSync, type KeyObject as NodeKey, sign } from "node:crypto";
import { crc32 as nodeCrc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createHash, createPublicKey, hash, verify } from "./browser-crypto.ts";
import { crc32 } from "./browser-hashing.ts";

// What stands in for Node's cryptography on the page that verifies offline says the same as Node's does.

const spki = (key: NodeKey): Buffer => key.export({ type: "spki", format: "der" });
const ec = (namedCurve: string) => () => generateKeyPairSync("ec", { namedCurve });

describe("a signature", () => {
  test.each([
    ["ECDSA P-256, SHA-256", ec("P-256"), "sha256"],
    ["ECDSA P-384, SHA-384", ec("P-384"), "sha384"],
    ["ECDSA P-521, SHA-512", ec("P-521"), "sha512"],
    ["RSA 2048, SHA-256", () => generateKeyPairSync("rsa", { modulusLength: 2048 }), "sha256"],
    ["RSA 3072, SHA-512", () => generateKeyPairSync("rsa", { modulusLength: 3072 }), "sha512"],
    ["Ed25519", () => generateKeyPairSync("ed25519"), null],
  ] as const)(
    "by %s is accepted, and neither another text, nor another key, nor a changed bit of it",
    (_, make, name) => {
      const [{ privateKey, publicKey }, other] = [make(), make()];
      const key = createPublicKey({ key: spki(publicKey), format: "der" });
      for (let n = 0; n < 4; n++) {
        const text = Buffer.from(`text ${n}`);
        const signature = sign(name, text, privateKey);
        expect(verify(name, text, key, signature)).toBe(true);
        expect(verify(name, Buffer.from("text"), key, signature)).toBe(false);
        expect(verify(name, text, createPublicKey({ key: spki(other.publicKey), format: "der" }), signature)).toBe(
          false,
        );
        for (const at of [0, 1, 4, 20, signature.length - 1]) {
          const changed = Buffer.from(signature);
          changed[at] = (changed[at] ?? 0) ^ 1;
          expect(verify(name, text, key, changed)).toBe(false);
        }
        expect(verify(name, text, key, Buffer.concat([signature, Buffer.of(0)]))).toBe(false);
      }
    },
  );

  test("by Ed25519 and ML-DSA-44 in the form of notes, and the key comes back as it was", () => {
    for (const type of ["ed25519", "ml-dsa-44"] as const) {
      const { privateKey, publicKey } = type === "ed25519" ? generateKeyPairSync(type) : generateKeyPairSync(type);
      const jwk = publicKey.export({ format: "jwk" }) as { kty: string; x?: string; pub?: string };
      const key = createPublicKey({ key: jwk, format: "jwk" });
      const signature = sign(null, Buffer.from("checkpoint"), privateKey);
      expect(verify(null, Buffer.from("checkpoint"), key, signature)).toBe(true);
      expect(verify(null, Buffer.from("another"), key, signature)).toBe(false);
      expect(key.export()).toMatchObject(jwk.x === undefined ? { pub: jwk.pub } : { x: jwk.x });
    }
  });

  test("an ECDSA signature with the higher of its two values is accepted, as Node does", () => {
    const { privateKey, publicKey } = ec("P-256")();
    const key = createPublicKey({ key: spki(publicKey), format: "der" });
    // Half of all signatures have it.
    for (let n = 0; n < 20; n++) {
      const text = Buffer.from(`${n}`);
      expect(verify("sha256", text, key, sign("sha256", text, privateKey))).toBe(true);
    }
  });

  test.each([
    ["no DER", Buffer.from("x")],
    ["a key that lies on no curve", Buffer.from(spki(ec("P-256")().publicKey).fill(7, 40))],
  ])("%s is no public key", (_, der) => {
    expect(() => createPublicKey({ key: der, format: "der" })).toThrow();
  });
});

test("hashes and check-sums are Node's", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 5 }), (first, second) => {
      for (const name of ["md5", "sha1", "sha256", "sha384", "sha512"]) {
        const expected = nodeHash(name).update(first).update(second).digest("hex");
        expect(createHash(name).update(first).update(second).digest("hex")).toBe(expected);
      }
      expect(hash("sha256", first, "hex")).toBe(nodeHash("sha256").update(first).digest("hex"));
      expect(crc32(second, crc32(first))).toBe(nodeCrc32(second, nodeCrc32(first)));
    }),
    { numRuns: 50 },
  );
});
