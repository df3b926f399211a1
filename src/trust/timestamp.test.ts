import { execFileSync } from "node:child_process";
import { createHash, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { makeCertificate, pem } from "./certificate.ts";
import { signDetached } from "./cms.ts";
import { answerTimestampRequest, builtInAuthority, remoteAuthority, tokenIn } from "./timestamp.ts";
import { readCertificate } from "./verify-certificate.ts";
import { cmsFault, readCms, signingTime } from "./verify-cms.ts";
import { Malformed } from "./verify-errors.ts";
import { readTimestamp, timestampFault } from "./verify-timestamp.ts";

const at = Temporal.Instant.from("2026-11-23T10:15:30.250Z");
const makeSigner = (use: "signing" | "time-stamping") => {
  const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  const from = Temporal.Instant.from("2026-01-01T00:00:00Z");
  const until = Temporal.Instant.from("2056-01-01T00:00:00Z");
  const facts = {
    commonName: `Aruna, essai: ${use}`,
    organization: "République d’Aruna",
    country: "XA",
    from,
    until,
    use,
  };
  return { key, certificate: makeCertificate(facts, key) };
};
const signing = makeSigner("signing");
const stamping = makeSigner("time-stamping");
const content = Buffer.from("what is signed\n");
const sha256 = createHash("sha256").update(content).digest();

const hasOpenssl = (() => {
  try {
    execFileSync("openssl", ["version"]);
    return true;
  } catch {
    return false;
  }
})();
const folder = mkdtempSync(join(tmpdir(), "comity-openssl-"));
afterAll(() => rmSync(folder, { recursive: true }));
const keep = (name: string, bytes: string | Uint8Array): string => {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
};
const openssl = (...words: string[]): string =>
  execFileSync("openssl", words, { cwd: folder, encoding: "utf8", stdio: "pipe" });

describe("a node's certificate", () => {
  test("reads back as it was made", () => {
    const read = readCertificate(signing.certificate);
    expect(read.commonName).toBe("Aruna, essai: signing");
    expect(read.from.toString()).toBe("2026-01-01T00:00:00Z");
    expect(read.until.toString()).toBe("2056-01-01T00:00:00Z");
    expect(read.subject.equals(read.issuer)).toBe(true);
  });

  test.skipIf(!hasOpenssl)("is one that openssl reads and trusts when told to", () => {
    const file = keep("signing.pem", pem("CERTIFICATE", signing.certificate));
    expect(openssl("x509", "-in", file, "-noout", "-text")).toContain("Digital Signature, Non Repudiation");
    expect(openssl("verify", "-x509_strict", "-CAfile", file, file)).toContain("OK");
  });
});

describe("a detached signature", () => {
  const cms = signDetached(content, signing, at);

  test("proves its content and nothing else", () => {
    const read = readCms(cms);
    expect(cmsFault(read, content)).toBeNull();
    expect(cmsFault(read, Buffer.from("what is signed"))).toBe("content");
    expect(signingTime(read)?.toString()).toBe("2026-11-23T10:15:30Z");
  });

  test.skipIf(!hasOpenssl)("is accepted by openssl cms -verify", () => {
    const anchor = keep("anchor.pem", pem("CERTIFICATE", signing.certificate));
    const words = [
      "cms",
      "-verify",
      "-binary",
      "-inform",
      "DER",
      "-in",
      keep("a.p7s", cms),
      "-CAfile",
      anchor,
      "-cades",
    ];
    expect(openssl(...words, "-content", keep("content", content))).toBe("what is signed\n");
    expect(() => openssl(...words, "-content", keep("other", "something else"))).toThrow();
  });

  test("any changed byte makes it unreadable, wrong, or a different certificate", () => {
    const { sha256: fingerprint } = readCertificate(signing.certificate);
    fc.assert(
      fc.property(fc.nat(cms.length - 1), fc.integer({ min: 1, max: 255 }), (position, mask) => {
        const changed = Buffer.from(cms);
        changed[position] = (changed[position] ?? 0) ^ mask;
        try {
          const read = readCms(changed);
          const isSame = read.certificates.length === 1 && read.signer.sha256 === fingerprint;
          expect(cmsFault(read, content) === null && isSame).toBe(false);
        } catch (error) {
          expect(error).toBeInstanceOf(Malformed);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("arbitrary bytes throw Malformed and nothing else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(() => readCms(bytes)).toThrow(Malformed);
      }),
    );
  });
});

describe("the built-in time-stamp authority", () => {
  test("proves the time of some bytes, and is marked as built in", async () => {
    const timestamp = readTimestamp(await builtInAuthority(stamping, () => at).stamp(sha256));
    expect(timestampFault(timestamp, content)).toBeNull();
    expect(timestamp.at.toString()).toBe("2026-11-23T10:15:30.25Z");
    expect(timestamp.isBuiltIn).toBe(true);
    expect(timestampFault(timestamp, Buffer.from("other"))).toBe("other-bytes");
  });

  test("RFC 3161 §2.3: a key that may sign other things cannot stamp", async () => {
    const timestamp = readTimestamp(await builtInAuthority(signing, () => at).stamp(sha256));
    expect(timestampFault(timestamp, content)).toBe("not-for-timestamps");
  });

  test("a token from before the certificate's time is refused", async () => {
    const early = Temporal.Instant.from("2025-12-31T23:59:59Z");
    const timestamp = readTimestamp(await builtInAuthority(stamping, () => early).stamp(sha256));
    expect(timestampFault(timestamp, content)).toBe("not-in-force");
  });

  test.skipIf(!hasOpenssl)("its tokens and answers are accepted by openssl ts", async () => {
    const anchor = keep("tsa.pem", pem("CERTIFICATE", stamping.certificate));
    const data = keep("data", content);
    const token = keep("token.tst", await builtInAuthority(stamping, () => at).stamp(sha256));
    expect(openssl("ts", "-verify", "-data", data, "-in", token, "-token_in", "-CAfile", anchor)).toContain("OK");
    expect(() => openssl("ts", "-verify", "-data", anchor, "-in", token, "-token_in", "-CAfile", anchor)).toThrow();
    openssl("ts", "-query", "-data", data, "-sha512", "-cert", "-out", "question.tsq");
    const question = execFileSync("cat", [join(folder, "question.tsq")]);
    const answer = keep("answer.tsr", answerTimestampRequest(question, stamping, at));
    expect(openssl("ts", "-verify", "-queryfile", "question.tsq", "-in", answer, "-CAfile", anchor)).toContain("OK");
    const refused = keep("refused.tsr", answerTimestampRequest(Buffer.from("nonsense"), stamping, at));
    expect(openssl("ts", "-reply", "-in", refused, "-text")).toContain("the data submitted has the wrong format");
  });

  test("a request that is refused holds no token", () => {
    expect(() => tokenIn(answerTimestampRequest(Buffer.of(0x30, 0), stamping, at))).toThrow(Malformed);
  });

  test("an authority behind a URL is held to the question and to the certificates that were configured", async () => {
    const server = createServer(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(Buffer.from(part));
      response.end(answerTimestampRequest(Buffer.concat(parts), stamping, at));
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}/`;
    try {
      const token = await remoteAuthority(url, [stamping.certificate]).stamp(sha256);
      expect(timestampFault(readTimestamp(token), content)).toBeNull();
      await expect(remoteAuthority(url, [signing.certificate]).stamp(sha256)).rejects.toThrow(Malformed);
    } finally {
      server.close();
    }
  });
});
