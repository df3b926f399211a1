import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { textOfPdf } from "../../test/pdf-text.ts";
import { loadTranslations } from "../kernel/i18n.ts";
import { letter } from "../ui/letter.ts";
import { pem } from "./certificate.ts";
import type { Signer } from "./cms.ts";
import { exampleSigner } from "./package-example.ts";
import { signPdf } from "./pdf-sign.ts";
import { builtInAuthority } from "./timestamp.ts";
import { readCertificate } from "./verify-certificate.ts";
import { readSignedPdf } from "./verify-pdf-form.ts";
import { type Report, sentence, verifyFile, verifyPdf } from "./verify.ts";

const at = Temporal.Instant.from("2026-11-23T12:00:00Z");
const words = loadTranslations("locales");
let signing: Signer;
let stamping: Signer;
let plain: Buffer;
let signed: Buffer;
let folder: string;

/** A letter of the authority in a language, long enough for a tree of pages. */
const letterIn = (language: string, paragraphs: number): Buffer =>
  letter(
    {
      head: { language, authority: "Aruna (XA)", title: "Receipt / إيصال", number: "XA-2026-7", date: "23.11.2026" },
      seal: { fingerprint: readCertificate(signing.certificate).sha256, address: "https://xa.example" },
      at,
    },
    {
      template: `#link("https://xa.example")[xa]\n#for n in range(data.body.count) { par("A line. " * 60) }`,
      facts: { count: paragraphs },
    },
    words.translate(language),
  );
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "comity-pdf-"));
  signing = exampleSigner("signing");
  stamping = exampleSigner("time-stamping");
  plain = letterIn("en", 1);
  signed = await signPdf(plain, { signing, authority: builtInAuthority(stamping, () => at) }, at);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const bad = ({ checks }: Report) => checks.filter(({ ok }) => !ok).map(({ key }) => key);
const sha256 = (signer: Signer): string => readCertificate(signer.certificate).sha256;
const changed = (position: number, mask: number): Buffer => {
  const bytes = Buffer.from(signed);
  bytes[position] = (bytes[position] ?? 0) ^ mask;
  return bytes;
};

describe("a signed document", () => {
  test("is the document as it was, with a signature behind it that verifies and says by whom and when", async () => {
    expect(signed.subarray(0, plain.length).equals(plain)).toBe(true);
    const report = await verifyPdf(signed);
    expect(bad(report)).toEqual([]);
    expect(report.signer).toEqual({ name: "Police d’Aruna (signing)", sha256: sha256(signing), at: at.toString() });
    expect(report.timestamps).toMatchObject([{ stamped: "CMS", at: at.toString(), isBuiltIn: true }]);
  });

  test.each(["en", "fr", "ar"])("bears the fingerprint of its certificate in its foot, in %s", async (language) => {
    const pdf = await signPdf(letterIn(language, 1), { signing }, at);
    const fours = sha256(signing).match(/.{4}/g) ?? [];
    expect(textOfPdf(pdf).replaceAll(/\s/g, "")).toContain(fours.join(""));
    expect(bad(await verifyPdf(pdf))).toEqual([]);
  });

  test("may have any number of pages, and need not be stamped", async () => {
    const report = await verifyPdf(await signPdf(letterIn("fr", 900), { signing }, at));
    expect([report.ok, report.timestamps]).toEqual([true, []]);
    expect(report.checks.map(({ key }) => key)).toContain("pdf.unstamped");
  });

  test("is signed once only", async () => {
    await expect(signPdf(signed, { signing }, at)).rejects.toThrow("PDF");
  });
});

describe("what was changed is found and named", () => {
  test("one byte anywhere", async () => {
    const [open, close] = [signed.indexOf("/Contents <"), signed.lastIndexOf("> >>")];
    await fc.assert(
      fc.asyncProperty(fc.nat(signed.length - 1), fc.integer({ min: 1, max: 255 }), async (position, mask) => {
        const report = await verifyPdf(changed(position, mask));
        expect(report.ok).toBe(false);
        const isCovered = position < open || position > close;
        if (isCovered && bad(report)[0] !== "unreadable") expect(bad(report)).toContain("pdf.changed");
      }),
      { numRuns: 600 },
    );
  });

  test("each byte of the signature and of its time-stamp, and any digit written otherwise", async () => {
    const from = signed.indexOf("/Contents <") + "/Contents <".length;
    const length = readSignedPdf(signed).signature.length * 2;
    for (let position = from; position < from + length + 40; position += 3)
      expect((await verifyPdf(changed(position, 0x01))).ok, `digit ${position - from}`).toBe(false);
    const letterDigit = from + signed.subarray(from).toString("latin1").search(/[a-f]/);
    expect((await verifyPdf(changed(letterDigit, 0x20))).ok).toBe(false); // a as A: the same number
  });

  test("anything behind the end, and any end cut off", async () => {
    expect(bad(await verifyPdf(Buffer.concat([signed, Buffer.from("\n")])))).toEqual(["unreadable"]);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: signed.length - 1 }), async (length) => {
        expect((await verifyPdf(signed.subarray(0, length))).ok).toBe(false);
      }),
      { numRuns: 50 },
    );
  });

  test("a second revision written behind it, also one with a second signature", async () => {
    const text = signed.toString("latin1");
    const table = text.lastIndexOf("xref\n", text.lastIndexOf("startxref"));
    const other = `1 0 obj\n<< /Type /Pages /Count 0 /Kids [] >>\nendobj\nxref\n1 1\n${String(signed.length).padStart(10, "0")} 00000 n \ntrailer\n<< /Size 99 /Root 1 0 R /Prev ${table} >>\nstartxref\n${signed.length + 60}\n%%EOF\n`;
    expect((await verifyPdf(Buffer.concat([signed, Buffer.from(other)]))).ok).toBe(false);
    const update = signed.subarray(plain.length);
    expect((await verifyPdf(Buffer.concat([signed, update]))).ok).toBe(false);
  });

  test("the signature of another document, and of another signer under the same name", async () => {
    const other = await signPdf(letterIn("fr", 1), { signing }, at);
    const digits = (pdf: Buffer) => /\/Contents <([0-9a-f]+)>/.exec(pdf.toString("latin1"))?.[1] ?? "";
    const moved = Buffer.from(signed.toString("latin1").replace(digits(signed), digits(other)), "latin1");
    expect(bad(await verifyPdf(moved))).toContain("pdf.changed");
    const impostor = await verifyPdf(await signPdf(plain, { signing: exampleSigner("signing") }, at));
    expect(impostor.signer?.name).toBe("Police d’Aruna (signing)");
    expect(impostor.signer?.sha256).not.toBe(sha256(signing));
  });

  test("a certificate that the reader does not trust, or that was not in force", async () => {
    const trusting = (signer: string) =>
      verifyPdf(signed, {
        v: "comity.policy/1",
        node: "XA",
        log: { origin: "xa.example/ledger", vkey: "" },
        witnesses: [],
        quorum: 0,
        signing: signer,
        timestamps: [sha256(stamping)],
      });
    expect((await trusting(sha256(signing))).ok).toBe(true);
    expect(bad(await trusting("0".repeat(64)))).toEqual(["certificate.other"]);
    const early = await signPdf(plain, { signing }, Temporal.Instant.from("2020-01-01T00:00:00Z"));
    expect(bad(await verifyPdf(early))).toEqual(["certificate.not-in-force"]);
  });

  test("arbitrary bytes give a report, never an exception", async () => {
    const start = fc.constantFrom("%PDF-1.7\n", "%PDF-1.7\n<< /Type /Sig /Filter /ByteRange [0 1 2 3] /Contents <00>");
    await fc.assert(
      fc.asyncProperty(start, fc.uint8Array({ maxLength: 300 }), async (head, rest) => {
        expect((await verifyPdf(Buffer.concat([Buffer.from(head), rest]))).ok).toBe(false);
      }),
    );
  });
});

describe("comity verify", () => {
  test("tells a PDF from a package and says what is proved and what is not", async () => {
    const file = join(folder, "letter.pdf");
    writeFileSync(file, signed);
    const good = await verifyFile(file, { locale: "en", json: false });
    expect(good.exitCode).toBe(0);
    expect(good.output).toContain(sentence("en", "unproved.own-document"));
    expect(JSON.parse((await verifyFile(file, { locale: "fr", json: true })).output)).toMatchObject({
      kind: "document",
      ok: true,
    });
    writeFileSync(file, plain);
    const unsigned = await verifyFile(file, { locale: "fr", json: false });
    expect([unsigned.exitCode, unsigned.output.includes("ByteRange")]).toEqual([1, true]);
  });
});

/** True where a program stands on this machine; a test that needs it says what was not tried. */
const has = (program: string): boolean => spawnSync(program, ["-v"]).error === undefined;

describe("other people's tools", () => {
  test("openssl accepts the signature over the parts that it covers", (context) => {
    if (!has("openssl")) return context.skip("openssl is not on this machine");
    const { covered, signature } = readSignedPdf(signed);
    writeFileSync(join(folder, "covered"), covered);
    writeFileSync(join(folder, "signature"), signature);
    writeFileSync(join(folder, "ca.crt"), pem("CERTIFICATE", signing.certificate));
    const args = (content: string) =>
      `cms -verify -binary -cades -inform DER -in signature -content ${content} -CAfile ca.crt -attime ${at.epochMilliseconds / 1000} -out /dev/null`.split(
        " ",
      );
    const run = (content: string) => spawnSync("openssl", args(content), { cwd: folder, encoding: "utf8" });
    expect(run("covered").stderr).toContain("Verification successful");
    expect(run("ca.crt").stderr).toContain("Verification failure");
  });

  test("pdfsig accepts it: valid, the whole document, and trusted where its certificate is", (context) => {
    if (!has("pdfsig") || !has("certutil")) return context.skip("pdfsig and certutil are not on this machine");
    const database = join(folder, "nss");
    execFileSync("mkdir", [database]);
    execFileSync("certutil", ["-N", "-d", database, "--empty-password"]);
    writeFileSync(join(folder, "node.der"), signing.certificate);
    execFileSync("certutil", ["-A", "-d", database, "-n", "node", "-t", "CT,C,C", "-i", join(folder, "node.der")]);
    const look = (pdf: Buffer): string => {
      writeFileSync(join(folder, "look.pdf"), pdf);
      return spawnSync("pdfsig", ["-nssdir", database, join(folder, "look.pdf")], { encoding: "utf8" }).stdout;
    };
    const said = look(signed);
    expect(said).toContain("Signature is Valid");
    expect(said).toContain("Total document signed");
    expect(said).toContain("ETSI.CAdES.detached");
    expect(look(changed(300, 0x01))).not.toContain("Signature is Valid");
  });
});
