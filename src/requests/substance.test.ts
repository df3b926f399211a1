import fc from "fast-check";
import { expect, test } from "vitest";
import { draftSchema } from "./request.ts";
import { missing, type Substance } from "./substance.ts";

const whole: Substance = {
  measure: "P29",
  offence: "Computer-related fraud, Aruna Cybercrime Act 2021, s. 11",
  facts:
    "On 3 November a caller who said he was of the victim's bank had her read out a one-time code; 41,300 rupees left her account.",
  necessity: "Only the provider holds the log-in records of this mailbox; bank records end at the transfer.",
  proportionality: "One mailbox and nine days are asked for, and nothing that its owner wrote.",
  custodian: "Meridian, response desk",
  data: [{ category: "subscriber", description: "Subscriber information", identifiers: ["sunrise@meridian.example"] }],
  particulars: { assistance: "A request for assistance will follow within sixty days." },
};
const found = (more: Partial<Substance>): string[] =>
  missing({ ...whole, ...more }).map(({ path, key }) => `${path} ${key}`);

const LONG =
  "Une personne qui disait appeler de la banque a obtenu le code à usage unique de la victime, puis l’argent est parti.";
test.each<[string, Partial<Substance>, string[]]>([
  ["whole", {}, []],
  ["no offence", { offence: "" }, ["offence request-offence-missing"]],
  ["no facts", { facts: "" }, ["facts request-facts-missing"]],
  ["blanks of every kind are nothing", { necessity: " \t\n\u00A0\u2003" }, ["necessity request-necessity-missing"]],
  ["no proportionality", { proportionality: "" }, ["proportionality request-proportionality-missing"]],
  ["too short to be decided on", { facts: "Fraud by telephone." }, ["facts request-text-too-thin"]],
  ["one letter many times is filler", { necessity: "x".repeat(200) }, ["necessity request-text-too-thin"]],
  [
    "dots and dashes are no letters",
    { proportionality: "- . … ".repeat(60) },
    ["proportionality request-text-too-thin"],
  ],
  ["one word many times is filler", { necessity: "necessary ".repeat(30) }, ["necessity request-text-too-thin"]],
  ["necessity repeats the facts", { necessity: whole.facts }, ["necessity request-same-text"]],
  [
    "… with other punctuation and capitals",
    { proportionality: `  ${whole.facts.toUpperCase().replaceAll(",", ";")}!` },
    ["proportionality request-same-text"],
  ],
  [
    "… in other accents",
    { facts: LONG, necessity: LONG.normalize("NFD").replaceAll(/\p{M}/gu, "") },
    ["necessity request-same-text"],
  ],
  ["no data", { data: [] }, ["data request-data-missing"]],
  [
    "data without words",
    { data: [{ category: "traffic", description: "logs", identifiers: ["a@b.example"] }] },
    ["data.0.description request-data-description"],
  ],
  [
    "data without identifiers",
    { data: [{ category: "traffic", description: "Log-in records", identifiers: [] }] },
    ["data.0.identifiers request-data-identifiers"],
  ],
  ["no custodian", { custodian: "  " }, ["custodian request-custodian-missing"]],
  ["P29 without the assistance to follow", { particulars: {} }, ["particulars.assistance request-assistance-missing"]],
  ["M31 without the use of the data", { measure: "M31", particulars: {} }, ["particulars.use request-use-missing"]],
  ["P16 needs neither", { measure: "P16", particulars: {} }, []],
  [
    "everything at once, each at its field",
    { offence: "", facts: "", necessity: "", proportionality: "", custodian: "", data: [], particulars: {} },
    [
      "offence request-offence-missing",
      "facts request-facts-missing",
      "necessity request-necessity-missing",
      "proportionality request-proportionality-missing",
      "data request-data-missing",
      "custodian request-custodian-missing",
      "particulars.assistance request-assistance-missing",
    ],
  ],
])("CETS 185 Art. 29(2), %s", (_, more, expected) => {
  expect(found(more)).toEqual(expected);
});

// Enough said, in scripts that do and don't set blanks between words.
test.each([
  ["Arabic", "اتصل شخص ادعى أنه من مصرف الضحية وحصل منها على رمز لمرة واحدة ثم غادر المال حسابها خلال أربع دقائق فقط"],
  ["Sinhala", "වින්දිතයාගේ බැංකුවෙන් යැයි පැවසූ පුද්ගලයෙකු දුරකථනයෙන් කතා කර කේතය ලබාගෙන මුදල් සියල්ල ගිණුමෙන් මාරු කළේය"],
  ["Hindi", "पीड़िता के बैंक से बोलने का दावा करने वाले व्यक्ति ने फोन करके एक बार का कोड लिया और सारा पैसा खाते से निकल गया"],
  [
    "Chinese",
    "2026年11月3日，一名自称是受害人银行职员的人打来电话，让她念出一次性验证码。四分钟之内，四万一千三百卢比从她的账户转出。下面所列的邮箱收到了这些转账通知，其登录记录只有服务商持有。",
  ],
  [
    "Chinese without a comma",
    "自称是银行职员的人打电话让受害人念出一次性验证码随后她账户中的四万一千三百卢比全部被转走",
  ],
  [
    "Japanese",
    "十一月三日、銀行員を名乗る者から電話があり、被害者は確認番号を読み上げた。四分後、口座から四万一千三百ルピーが送金された。通知は下記のメールボックスに届いており、記録は事業者だけが保持している。",
  ],
  ["Thai", "ผู้ที่อ้างว่าโทรมาจากธนาคารของผู้เสียหายได้ขอรหัสใช้ครั้งเดียวและภายในสี่นาทีเงินทั้งหมดก็ถูกโอนออกจากบัญชีของเธอไปยังบัญชีอื่น"],
])("a text in %s is taken", (_, facts) => {
  expect(found({ facts })).toEqual([]);
});

test("what is wanted may be described in any script", () => {
  for (const description of ["登录记录", "บันทึกการเข้าสู่ระบบ", "लॉगिन रिकॉर्ड"])
    expect(found({ data: [{ category: "traffic", description, identifiers: ["a"] }] })).toEqual([]);
});

test.each([
  ["facts", 20_000],
  ["necessity", 10_000],
  ["proportionality", 10_000],
  ["custodian", 500],
  ["offence", 300],
] as const)("%s longer than %i characters is refused, and at that length taken", (name, max) => {
  const draft = { measure: "P29", to: "XB" };
  expect(draftSchema.safeParse({ ...draft, [name]: "x".repeat(max) }).success).toBe(true);
  expect(
    draftSchema.safeParse({ ...draft, [name]: "x".repeat(max + 1) }).error?.issues.map(({ path }) => path),
  ).toEqual([[name]]);
});

test("whatever is typed is answered, and what is empty is always missed", () => {
  const text = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 300 }),
    fc.constantFrom("", " ", "\u200B", "<b>", "#text", "\\"),
  );
  fc.assert(
    fc.property(text, text, text, (facts, necessity, proportionality) => {
      const missed = new Set(missing({ ...whole, facts, necessity, proportionality }).map(({ path }) => path));
      for (const [path, value] of Object.entries({ facts, necessity, proportionality }))
        if (!/[\p{L}\p{N}]/u.test(value)) expect(missed.has(path)).toBe(true);
    }),
  );
});
