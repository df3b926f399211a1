import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LANGUAGES, type Indicator, type Words } from "./alert.ts";
import { folded, type Known, personalIn } from "./privacy.ts";

/** Texts of any code units, halves of pairs and controls among them. */
const anyText = (maxLength = 100) =>
  fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)), maxLength });

const known: Known = {
  contacts: [
    { name: "Amina Diallo", email: "Amina.D@post.mu", phone: "+230 5252 0001", address: "12 Palm Street, Harbour" },
    { name: "Jean-Luc O'Brien", phone: "52520002" },
    { name: "كريم حداد", email: "karim@home.example" },
    { name: "Fatou" },
  ],
  keys: new Set(["domain:victims-shop.mu", "phone:+23052529999"]),
  open: new Set(["phone:+2302080000"]),
  places: new Set(["harbour", "north"]),
  country: "MU",
};
const words = (happens: string): Words => ({
  title: "Beware",
  happens,
  recognise: "It hurries you.",
  advice: "Do not pay.",
});
const found = (text: string, indicators: readonly Indicator[] = []) =>
  personalIn({ en: words(text) }, indicators, known).map(({ kind, found: each }) => [kind, each]);

describe("is found, and said as what it is", () => {
  test.each([
    ["It happened to AMINA DIALLO.", "contact", "AMINA DIALLO"],
    ["Diallo, Amina was the first.", "contact", "Diallo, Amina"],
    ["A woman called Amina told us.", "contact", "Amina"],
    ["Ámina Dìallo was the first.", "contact", "Ámina Dìallo"],
    ["They wrote to Jean Luc for weeks.", "contact", "Jean Luc"],
    ["ضحية اسمها كريم حداد.", "contact", "كريم حداد"],
    ["A girl named Fatou told us.", "contact", "Fatou"],
    ["Write to amina.d@post.mu.", "contact", "amina.d@post.mu"],
    ["Write to karim [at] home [dot] example now.", "contact", "karim [at] home [dot] example"],
    ["Call 5252 0001 at night.", "contact", "5252 0001"],
    ["Call ٥٢٥٢٠٠٠١ at night.", "contact", "52520001"],
    ["She lives at 12 Palm Street, Harbour.", "address", "12 Palm Street, Harbour"],
    ["Call +230 5777 1234 instead.", "phone", "+230 5777 1234"],
    ["They call from +230 5252 9999.", "phone", "+230 5252 9999"],
    ["Write to somebody@nowhere.example.", "email", "somebody@nowhere.example"],
    ["The site victims-shop.mu was copied.", "link", "victims-shop.mu"],
    ["Card 4111 1111 1111 1111 was charged.", "card", "4111 1111 1111 1111"],
    ["Account MT84MALT011000012345MTLCAST001S was emptied.", "account", "MT84MALT011000012345MTLCAST001S"],
    ["Papers with the number 19800101123456 were used.", "number", "19800101123456"],
    ["Passport AB1234567 was copied.", "number", "AB1234567"],
    ["As report R-7K4D9-QXZ2M says.", "reference", "R-7K4D9-QXZ2M"],
    ["As case C-2026-000017 says.", "reference", "C-2026-000017"],
    ["The caller says Mr Peter Wood sent him.", "name", "Mr Peter Wood"],
    ["Madame Dupont a tout perdu.", "name", "Madame Dupont"],
    ["تحدث السيد أحمد إلى الضحية.", "name", "السيد أحمد إلى"],
  ])("%s", (text, kind, what) => {
    expect(found(text).map(([each]) => each)).toContain(kind);
    const says = found(text).map(([, each]) => each?.replaceAll(/[^\p{L}\p{N}]/gu, ""));
    expect(says.some((each) => what.replaceAll(/[^\p{L}\p{N}]/gu, "").startsWith(each?.slice(0, 5) ?? "-"))).toBe(true);
  });
});

test.each([
  "On 26.11.2026 and 2026-11-26 people lost 1 000 000 rupees, some 12.500.000 in all.",
  "Call 112 or +230 208 0000. Open https://www.gov.mu and type the address yourself.",
  "North of the harbour, Banks never ask for a code. Grace periods do not exist.",
  "The parcel costs 3.50. Wait 24 hours. 150 of 200 people did not pay.",
  "Dear Madam, dear Sir: so begins the message. Madame, Monsieur, so it goes on.",
  "يصل إليك اتصال من رقم مجهول في الساعة 10:30 ويطلب 5000 روبية.",
])("is let through: %s", (text) => {
  expect(found(text)).toEqual([]);
});

test("what was chosen as the offenders' may stand in the text; a reporter's own may not, chosen or not", () => {
  const theirs: Indicator = { type: "phone", value: "+23052529999", key: "phone:+23052529999" };
  const hers: Indicator = { type: "phone", value: "+23052520001", key: "phone:+23052520001" };
  expect(found("They call from 5252 9999.", [theirs])).toEqual([]);
  expect(found("They call from 5252 0001.", [hers])).toEqual([
    ["contact", "+23052520001"],
    ["contact", "5252 0001"],
  ]);
});

describe("whatever stands around it", () => {
  const filler = fc
    .array(
      fc.constantFrom("people", "get", "a", "message", "that", "asks", "them", "to", "pay", "soon", "rien", "احذر"),
      { minLength: 1, maxLength: 12 },
    )
    .map((each) => each.join(" "));
  const place = fc
    .constantFrom(...LANGUAGES)
    .chain((language) =>
      fc.constantFrom("title", "happens", "recognise", "advice").map((name) => ({ language, name })),
    );
  const written = (at: { language: string; name: string }, text: string) => ({
    [at.language]: { ...words("People pay."), [at.name]: text },
  });

  test("a contact is found in every text of every language, and told where", () => {
    const secret = fc.constantFrom(
      "Amina Diallo",
      "amina diallo",
      "DIALLO Amina",
      "amina.d@post.mu",
      "+230 5252 0001",
      "+23052520001",
      "karim@home.example",
      "كريم حداد",
    );
    fc.assert(
      fc.property(filler, secret, filler, place, (before, what, after, at) => {
        const findings = personalIn(written(at, `${before} ${what} ${after}`), [], known);
        expect(findings).toContainEqual(
          expect.objectContaining({ path: `${at.language}.${at.name}`, kind: "contact" }),
        );
      }),
    );
  });

  test("any Mauritian mobile number and any address of e-mail is found, spaced or not", () => {
    const phone = fc
      .tuple(fc.integer({ min: 0, max: 99 }), fc.integer({ min: 0, max: 9999 }))
      .map(([a, b]) => `+230 57${String(a).padStart(2, "0")} ${String(b).padStart(4, "0")}`);
    const email = fc
      .tuple(
        fc.stringMatching(/^[a-z]{2,8}$/),
        fc.stringMatching(/^[a-z]{2,8}$/),
        fc.constantFrom("com", "mu", "example"),
      )
      .map(([a, b, c]) => `${a}@${b}.${c}`);
    fc.assert(
      fc.property(
        filler,
        fc.oneof(
          phone,
          phone.map((each) => each.replaceAll(" ", "")),
          email,
        ),
        filler,
        (before, what, after) => {
          expect(found(`${before} ${what} ${after}`).length).toBeGreaterThan(0);
        },
      ),
    );
  });

  test("words alone are never refused, and no text breaks the check", () => {
    fc.assert(fc.property(filler, place, (text, at) => personalIn(written(at, text), [], known).length === 0));
    fc.assert(
      fc.property(anyText(300), (text) => {
        personalIn({ en: words(text) }, [], known);
        expect(folded(text)).toBe(folded(folded(text)));
      }),
    );
  });
});
