import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { loadCountry } from "../src/access/country.ts";
import { differences, type OpenRequest, touchedBy } from "../src/access/pack-diff.ts";
import { explain } from "../src/access/pack-explain.ts";
import { demandSigned, makePackKey, SIGNATURE_FILE, signatureProblems, signPack } from "../src/access/pack-sign.ts";
import { readPack } from "../src/access/pack.ts";
import { loadTranslations } from "../src/kernel/i18n.ts";
import { registry } from "../src/kernel/slice.ts";
import { slices } from "../src/slices.ts";
import { passedNote } from "./passed.ts";

const packs = mkdtempSync(join(tmpdir(), "comity-law-"));
beforeEach(() => {
  rmSync(packs, { recursive: true, force: true });
  cpSync("packs", packs, { recursive: true });
});
afterAll(() => rmSync(packs, { recursive: true, force: true }));

const ministry = makePackKey("justice.aruna.example");
const signed = () => {
  const { note, vkey } = signPack({ packs, code: "XA", name: "justice.aruna.example" }, ministry.secret);
  writeFileSync(join(packs, "XA", SIGNATURE_FILE), note);
  return vkey;
};
/** Changes powers.json of Aruna. */
function amend(change: (law: { powers: Record<string, unknown>[]; [name: string]: unknown }) => void): void {
  const path = join(packs, "XA/powers.json");
  const law = JSON.parse(readFileSync(path, "utf8")) as Parameters<typeof change>[0];
  change(law);
  writeFileSync(path, JSON.stringify(law));
}

describe("a node runs the law that the ministry signed, and no other", () => {
  test("what was signed verifies under the key that the node was told", () => {
    expect(signed()).toBe(ministry.vkey);
    expect(signatureProblems(packs, "XA", ministry.vkey)).toEqual([]);
    expect(demandSigned(packs, "XA", { pack_key: ministry.vkey, pack_unsigned: false })).toBe(ministry.vkey);
  });

  test.each([
    [
      "a power that was changed",
      () => amend(({ powers }) => void (powers[0] = { ...powers[0], authorising: ["police"] })),
      /powers\.json is not what was signed/,
    ],
    [
      "a policy that was added",
      () => writeFileSync(join(packs, "XA/policies.cedar"), ""),
      /policies\.cedar is not what was signed/,
    ],
    [
      "a file that was put in",
      () => writeFileSync(join(packs, "XA/more.json"), "{}"),
      /more\.json is not what was signed/,
    ],
    ["a file that was taken out", () => rmSync(join(packs, "XA/numbers.json")), /numbers\.json is not what was signed/],
    ["no signature", () => rmSync(join(packs, "XA", SIGNATURE_FILE)), /nobody has signed this pack/],
    [
      "another signer",
      () => {
        const other = makePackKey("somebody.example");
        writeFileSync(
          join(packs, "XA", SIGNATURE_FILE),
          signPack({ packs, code: "XA", name: "somebody.example" }, other.secret).note,
        );
      },
      /is not by justice\.aruna\.example/,
    ],
    [
      "another key under the ministry's name",
      () => {
        const other = makePackKey("justice.aruna.example");
        writeFileSync(
          join(packs, "XA", SIGNATURE_FILE),
          signPack({ packs, code: "XA", name: "justice.aruna.example" }, other.secret).note,
        );
      },
      /is not by justice\.aruna\.example/,
    ],
    [
      "words changed under the signature",
      () => {
        const path = join(packs, "XA", SIGNATURE_FILE);
        writeFileSync(path, readFileSync(path, "utf8").replace("\n2026.1\n", "\n2026.2\n"));
      },
      /does not verify/,
    ],
    ["no note at all", () => writeFileSync(join(packs, "XA", SIGNATURE_FILE), "signed, the ministry"), /can't be read/],
  ])("%s is refused", (_, forge, says) => {
    signed();
    forge();
    expect(signatureProblems(packs, "XA", ministry.vkey).join("\n")).toMatch(says);
    expect(() => demandSigned(packs, "XA", { pack_key: ministry.vkey, pack_unsigned: true })).toThrow(says);
  });

  test("a node that was told no key runs unsigned law only where it is told so outright", () => {
    expect(() => demandSigned(packs, "XA", { pack_unsigned: false })).toThrow(/COMITY_PACK_KEY is not set/);
    expect(demandSigned(packs, "XA", { pack_unsigned: true })).toBeUndefined();
  });
});

describe("a change of the law in words", () => {
  const open: readonly OpenRequest[] = [
    { number: "XA-2026-000001", measure: "I21", state: "submitted", offence_code: "fraud" },
    { number: "XA-2026-000002", measure: "P29", state: "sent", offence_code: null },
  ];
  test("says which power, threshold, question, offence and policy differ, and which open requests each touches", () => {
    const before = readPack("packs", "XA");
    amend((law) => {
      law["powers"] = law.powers.map((power) =>
        power["power"] === "interception"
          ? {
              ...power,
              threshold: { years: 8, provision: "Aruna Code of Criminal Procedure, art. 92(1)" },
              period_days: 30,
            }
          : power,
      );
      law["questions"] = [
        { code: "new", test: "necessity", ask: { en: "Why now?" }, measures: ["P29"], provision: "s. 1" },
      ];
    });
    writeFileSync(join(packs, "XA/policies.cedar"), "");
    const changes = differences(before, readPack(packs, "XA"));
    expect(changes.map(({ what, name, how }) => `${how} ${what} ${name}`)).toEqual([
      "changed power interception of 2018-01-01",
      "added question new",
      "removed policy XA.request.withdraw.prosecution",
    ]);
    expect(changes[0]?.words.join("\n")).toMatch(/the threshold: was years 5.*is years 8/);
    expect(changes[0]?.words.join("\n")).toMatch(/longest period, in days: was 60, is 30/);
    expect(changes.map((change) => touchedBy(change, open).map(({ number }) => number))).toEqual([
      ["XA-2026-000001"],
      ["XA-2026-000002"],
      [],
    ]);
  });

  test("nothing differs from itself", () => {
    expect(differences(readPack("packs", "XB"), readPack("packs", "XB"))).toEqual([]);
  });
});

describe("explained in words", () => {
  const node = registry(slices);
  const country = loadCountry({ packs: "packs", pack: "XA", code: "XA" }, node, passedNote("XA"));
  const t = loadTranslations("locales").translate("en");
  const now = Temporal.Instant.from("2026-11-20T10:00:00Z");
  const asked = {
    measure: "M31",
    category: "content",
    urgency: "urgent",
    state: "submitted",
    act: "request.authorise",
  } as const;

  test("yes, with the rule and its provision", () => {
    const { allowed, lines } = explain(country, node, { ...asked, role: "judge" }, { t, now });
    expect(allowed).toBe(true);
    expect(lines.join("\n")).toContain("XA.power.content-data: Aruna Code of Criminal Procedure, art. 91");
  });

  test("no, and who may", () => {
    const { allowed, lines } = explain(country, node, { ...asked, role: "prosecutor" }, { t, now });
    expect(allowed).toBe(false);
    expect(lines.join("\n")).toMatch(/No rule permits it\.[^]*Who may: Judge\./);
  });

  test("no, for the facts of that very request", () => {
    const row = {
      id: "00000000-0000-7000-8000-0000000000d0",
      state: "submitted",
      side: "sender",
      measure: "I21",
      data_category: "content",
      urgency: "urgent",
      drafted_by: "00000000-0000-7000-8000-00000000000b",
      penalty_years: 1,
      privilege: "none",
      answered: ["less-intrusive", "others-reached"],
      halts: [],
    };
    const { allowed, lines } = explain(country, node, { ...asked, role: "judge", row }, { t, now });
    expect(allowed).toBe(false);
    expect(lines.join("\n")).toContain("The law lets this power be used only for graver offences.");
    expect(lines.join("\n")).toContain("Aruna Code of Criminal Procedure, art. 92(1)");
  });
});
