import { describe, expect, test } from "vitest";
import { textOfPdf } from "../../test/pdf-text.ts";
import { loadTranslations, WHOLE_LANGUAGES, type WholeLanguage } from "../kernel/i18n.ts";
import { MEASURE_CODES, type MeasureCode, measureOf } from "../law/slice.ts";
import { requestDocument } from "./document.ts";
import { paperDocument, PAPERS } from "./document-paper.ts";
import type { RequestRow } from "./request.ts";
import type { Line } from "./views-history.ts";

const node = { translations: loadTranslations("locales"), code: "XA", name: "Aruna" };
const names = new Map([
  ["XB", "Belmora"],
  ["XP", "Meridian"],
]);
const SENT = Temporal.Instant.from("2026-11-24T10:00:00Z");
const ENTRY = "9f".repeat(32);
const DATA = ["sunrise@meridian.example", "+230 5251 9999", "MU17BOMM0101101030300200000MUR"];
const REASONS = "Necessary, narrow and in proportion to the loss.";
/** A sent and authorised request of that measure, as far as documents show it. */
const requestOf = (measure: MeasureCode) =>
  ({
    side: "sender",
    number: "XA-2026-000117",
    measure,
    peer: { state: "XB", provider: "XP", own: "XA" }[measureOf(measure).asks],
    state: "sent",
    urgency: "urgent",
    offence: "Computer-related fraud, s. 11",
    facts: "On 3 November 41,300 rupees left her account.",
    necessity: "Only the provider holds these records.",
    proportionality: "One mailbox and nine days.",
    custodian: "Meridian, response desk",
    data: [{ category: "traffic", description: "Log-in records", identifiers: DATA }],
    particulars: {},
    tests: null,
    basis: null,
    authority: {
      node: "XA",
      country: "Aruna",
      office: "Cybercrime Unit",
      person: "Nadia Veloso",
      zone: "Indian/Mauritius",
      voice: "+230 405 2000",
      authorisedBy: "Samuel Okello",
      authorisedOffice: "Investigating Court of Aruna",
      authorisedAt: "2026-11-24T09:00:00Z",
      reasons: REASONS,
      provision: "Aruna Cybercrime Act 2021, s. 22",
    },
    authorised_until: Temporal.PlainDate.from("2026-12-24"),
    created_at: SENT,
    sent_at: SENT,
    received_at: SENT.add({ minutes: 2 }),
  }) as unknown as RequestRow;

/** Blanks and ends of lines are the typesetter's. */
const plain = (text: string): string => text.replaceAll(/[\s\u{2066}-\u{2069}]+/gu, "").replaceAll("-", "");
/** Letters that differ by their dots, which the face draws apart: a glyph of a PDF tells their common body alone. */
const BODIES = ["بتثنيىئ", "جحخ", "دذ", "رز", "سش", "صض", "طظ", "عغ", "فق", "اأإآ", "وؤ", "هة"];
/** Of Arabic the bodies of its letters: they stand in the order in which they are drawn, in their joined forms. */
const letters = (text: string): string =>
  [...text.normalize("NFKC")]
    .filter((each) => /\p{Script=Arabic}/u.test(each))
    .map((each) => BODIES.find((body) => body.includes(each))?.[0] ?? each)
    .join("");
/** Whether a PDF says a message of that language. */
function says(pdf: Buffer, language: WholeLanguage, message: string): boolean {
  const text = textOfPdf(pdf);
  if (language !== "ar") return plain(text).includes(plain(message));
  const had = letters(text);
  return [...new Set(letters(message))].every((each) => had.includes(each));
}
/** What no document may show: a key in place of its words, a value that was not put in, a glyph that no face has. */
const raw = (text: string): string[] =>
  text.match(
    /\b(?:document|paper|field|option|measure|ground|letters?)\.[a-z]+[.\w-]*|[{}]|\bundefined\b|\u{FFFD}/gu,
  ) ?? [];

describe.each(WHOLE_LANGUAGES)("in %s", (language) => {
  const t = node.translations.translate(language);

  test.each(MEASURE_CODES)(
    "the document of %s names its kind, who asks whom, for what, by which law and whose decision",
    (code) => {
      const row = requestOf(code);
      const { pdf } = requestDocument(node, { row, language, names });
      const text = textOfPdf(pdf);
      const facts = [
        row.number,
        measureOf(code).basis,
        "Nadia Veloso",
        "Cybercrime Unit, Aruna (XA)",
        "+230 405 2000",
        "UTC+04:00",
        row.offence,
        row.facts,
        ...DATA,
        "Samuel Okello",
        "Investigating Court of Aruna",
        "Aruna Cybercrime Act 2021, s. 22",
        REASONS,
      ];
      // A line from right to left is drawn in runs: brackets may stand apart from what they enclose.
      const found = plain(text);
      expect(facts.filter((fact) => !found.includes(plain(fact)) && language !== "ar")).toEqual([]);
      for (const fact of [row.number, measureOf(code).basis, "sunrise@meridian.example", REASONS])
        expect(found).toContain(plain(fact));
      for (const key of [`document.title.${code}`, "document.sign", "document.check", "document.decision"])
        expect([key, says(pdf, language, t(key))]).toEqual([key, true]);
      expect(raw(text)).toEqual([]);
    },
  );

  test("what nobody has authorised says first that it is a draft, and bears no signature", () => {
    const row = requestOf("P29");
    const { node: of, country, office, person, zone } = row.authority;
    const draft = { ...row, state: "draft", sent_at: null, authority: { node: of, country, office, person, zone } };
    const { pdf } = requestDocument(node, { row: draft as RequestRow, language, names });
    expect(says(pdf, language, t("document.opening.draft"))).toBe(true);
    if (language !== "ar") expect(says(pdf, language, t("document.sign.line"))).toBe(false);
  });

  test.each(PAPERS)("the paper of %s names the request, the authority, the moment and its entry", (act) => {
    const row = requestOf(act === "record" || act === "serve" ? "S19" : "M31");
    const line: Line = {
      act,
      at: "2026-11-24T10:05:00Z",
      by: "Jun Reyes, Office of International Affairs",
      node: "XB",
      entry: ENTRY,
      said: SAID[act] ?? { reasons: "Because of what the file shows." },
    };
    const pdf = paperDocument(node, { row, line, language, names });
    const text = textOfPdf(pdf);
    const found = plain(text);
    for (const fact of [row.number, measureOf(row.measure).basis, "Jun Reyes", ENTRY, row.offence])
      expect([fact, found.includes(plain(fact))]).toEqual([fact, true]);
    for (const each of Object.values(line.said ?? {}))
      if (typeof each === "string" && each.includes(" ")) expect(found).toContain(plain(each));
    expect(says(pdf, language, t(`paper.title.${act}`))).toBe(true);
    expect(says(pdf, language, t(`paper.says.${act}`, { number: row.number }))).toBe(true);
    expect(raw(text)).toEqual([]);
  });

  test("a refusal names its ground and the provision, a delivery each file with its digest, a receipt that a confirmation must follow", () => {
    const row = requestOf("M31");
    const paper = (act: string) =>
      paperDocument(node, {
        row,
        line: { act, at: "2026-11-24T10:05:00Z", by: "Jun Reyes", node: "XB", entry: ENTRY, said: SAID[act] ?? {} },
        language,
        names,
      });
    expect(says(paper("refuse"), language, t("ground.essential-interests"))).toBe(true);
    expect(plain(textOfPdf(paper("refuse")))).toContain(plain("CETS 185 Art. 27(4)"));
    const delivery = plain(textOfPdf(paper("deliver")));
    for (const fact of ["logins.csv", "ab".repeat(32)]) expect(delivery).toContain(fact);
    expect(says(paper("acknowledge"), language, t("paper.confirmation.wanted"))).toBe(true);
  });
});

const SAID: Readonly<Record<string, NonNullable<Line["said"]>>> = {
  refuse: { ground: "essential-interests", reasons: "The account is that of a member of parliament." },
  acknowledge: { confirmation: true, remark: "We look into it at once." },
  deliver: {
    complete: false,
    missing: [{ line: 1, why: "sought", note: "In January." }],
    files: [{ name: "logins.csv", size: 123_456, digest: "ab".repeat(32), media: "text/csv" }],
  },
  accept: { conditions: [{ condition: "other", words: "Not to be shown to the press." }] },
  ask: { about: ["period", "identifiers"], text: "Which period is meant?" },
  answer: { answer: "given", text: "From 3 to 11 November." },
  record: {
    outcome: "done",
    carriedOutOn: "2026-11-24",
    present: "The owner, her counsel",
    inventory: ["One telephone"],
  },
  enter: { outcome: "question", way: "e-mail", person: "M. Duarte", text: "Quelle période est visée ?" },
};
