import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OFFICE_OF, ROLES } from "../src/access/account.ts";
import { readPolicies } from "../src/access/cedar.ts";
import { loadCountry, sidePolicies } from "../src/access/country.ts";
import { tableOf } from "../src/access/pack-command.ts";
import { decisionTable, officerIn } from "../src/access/pack-table.ts";
import { type CountryPolicy, policyOf } from "../src/access/policy.ts";
import type { Role } from "../src/kernel/actor.ts";
import { registry } from "../src/kernel/slice.ts";
import type { SubjectKind } from "../src/kernel/subject.ts";
import { slices } from "../src/slices.ts";
import { passedNote } from "./passed.ts";

const node = registry(slices);
const NOW = Temporal.Instant.from("2026-11-20T10:00:00Z");
const core = [...readPolicies(readFileSync("packs/core.cedar", "utf8"), "core"), ...sidePolicies(node)];
/** A pack that permits everything to everybody: the worst that a country could write. */
const EVERYTHING = '@id("worst") permit (principal, action, resource);';
const under = (...texts: string[]) => policyOf([...core, ...readPolicies(texts.join("\n"), "XA")], "XA");
const worst = under(EVERYTHING);
const kind = (name: string): SubjectKind => {
  const found = node.subjects.get(name);
  if (!found) throw new Error(`there is no ${name}`);
  return found;
};
const REQUEST = kind("request");
const ITEM = kind("item");
const ME = officerIn("judge").account;
const OTHER = "00000000-0000-7000-8000-00000000000b";
const THING = "00000000-0000-7000-8000-0000000000d0";

type Row = Record<string, unknown>;
const ask = (policy: CountryPolicy, role: Role, act: string, subject: SubjectKind, row: Row) =>
  policy.decide({ actor: officerIn(role), action: act, subject, id: THING, row: { id: THING, ...row }, now: NOW });
/** All combinations of the values given. */
function* worlds(values: Readonly<Record<string, readonly unknown[]>>): Generator<Row> {
  const [first, ...rest] = Object.entries(values);
  if (!first) return void (yield {});
  const [name, options] = first;
  for (const row of worlds(Object.fromEntries(rest)))
    for (const value of options) yield value === undefined ? row : { ...row, [name]: value };
}

const PERSON = [undefined, ME, OTHER] as const;
const REQUESTS = {
  side: ["sender", "receiver"],
  urgency: ["routine", "urgent", "emergency"],
  drafted_by: PERSON,
  authorised_by: PERSON,
  ordered_by: PERSON,
  validation: [undefined, "due", "confirmed", "refused", "lapsed"],
  halts: [[], ["XA"], ["XB"], ["XA", "XB"]],
} as const;
/** What holds of every request, whatever a pack permits: the act is refused where this is true. */
const NEVER: readonly (readonly [
  sentence: string,
  acts: readonly string[],
  of: (row: Row, role: Role, act: string) => boolean,
])[] = [
  ["no drafter authorises or denies", ["authorise", "deny"], ({ drafted_by: by }) => by !== OTHER],
  ["no drafter validates, and nobody whom no one knows", ["validate"], ({ drafted_by: by }) => by !== OTHER],
  ["who ordered never validates", ["validate"], ({ ordered_by: by }) => by !== OTHER],
  [
    "after its time only a court validates",
    ["validate"],
    ({ validation }, role) => validation === "lapsed" && role !== "judge",
  ],
  ["nothing routine is ordered before it is authorised", ["order"], ({ urgency }) => urgency === "routine"],
  ["no authoriser executes", ["execute", "deliver"], ({ authorised_by: by }) => by === ME],
  ["whoever ordered does not execute", ["execute", "deliver"], ({ ordered_by: by }) => by === ME],
  [
    "nothing leaves that is neither authorised nor ordered for its urgency with a validation to come",
    ["send"],
    ({ authorised_by: authorised, ordered_by: ordered, validation, urgency }) =>
      authorised === undefined && (ordered === undefined || validation !== "due" || urgency === "routine"),
  ],
  [
    "what was not validated goes no further",
    ["send", "execute", "deliver", "extend", "answer"],
    ({ validation }) => validation === "lapsed" || validation === "refused",
  ],
  [
    "what is halted stands still",
    ["submit", "order", "authorise", "send", "accept", "execute", "deliver", "extend"],
    ({ halts }) => (halts as string[]).length > 0,
  ],
  [
    "only oversight halts, only it or a court lifts a halt",
    ["halt", "resume"],
    (_, role) => !["overseer", "data-protection-officer", "judge"].includes(role),
  ],
  ["a halt is lifted where it was ordered", ["resume"], ({ halts }) => !(halts as string[]).includes("XA")],
  [
    "oversight reads and halts, and does nothing else",
    ["submit", "authorise", "deny", "order", "validate", "send", "execute", "deliver", "withdraw", "close", "inform"],
    (_, role) => role === "overseer" || role === "data-protection-officer",
  ],
  [
    "whoever runs the machine or counts has no part in a matter",
    ["read", "submit", "authorise", "order", "validate", "send", "execute", "halt"],
    (_, role) => role === "administrator" || role === "statistician",
  ],
  [
    "each side does its own acts",
    ["submit", "authorise", "order", "validate", "send", "execute", "deliver", "accept"],
    ({ side }, _role, act) => side !== (["execute", "deliver", "accept"].includes(act) ? "receiver" : "sender"),
  ],
];
/** Roles that the core tells apart, and one of those that it does not. */
const TOLD: readonly Role[] = ["judge", "overseer", "data-protection-officer", "administrator", "investigator"];

describe("no pack widens the core: every small world, under a pack that permits everything", () => {
  test.each(NEVER)("%s", (_, acts, isForbidden) => {
    let [forbidden, seen] = [0, 0];
    for (const row of worlds(REQUESTS))
      for (const role of TOLD)
        for (const act of acts) {
          seen += 1;
          if (!isForbidden(row, role, act)) continue;
          forbidden += 1;
          const { allowed, reason } = ask(worst, role, `request.${act}`, REQUEST, row);
          if (allowed || reason === undefined)
            throw new Error(`${role} may ${act} ${JSON.stringify(row)}: ${reason ?? "no reason"}`);
        }
    expect(forbidden).toBeGreaterThan(0);
    expect(seen).toBeGreaterThanOrEqual(forbidden);
  });

  test("what is in order is not forbidden: the worst pack permits it, so the worlds above are not empty of a yes", () => {
    const row = { side: "sender", urgency: "emergency", drafted_by: OTHER, authorised_by: OTHER, halts: [] };
    for (const act of ["authorise", "send", "withdraw"])
      expect(ask(worst, "investigator", `request.${act}`, REQUEST, row).allowed).toBe(true);
    expect(
      ask(worst, "judge", "request.validate", REQUEST, { ...row, ordered_by: OTHER, validation: "lapsed" }).allowed,
    ).toBe(true);
    expect(ask(worst, "overseer", "request.halt", REQUEST, row).allowed).toBe(true);
    expect(ask(worst, "judge", "request.resume", REQUEST, { ...row, halts: ["XA"] }).allowed).toBe(true);
  });

  test("an item that is shut, locked or held: nobody opens it, gives it away or destroys it", () => {
    const opening = [
      "open",
      "preview",
      "browse",
      "view",
      "copy",
      "derive",
      "disclose",
      "serve",
      "export",
      "pass",
      "lend",
    ];
    for (const row of worlds({
      barred: [undefined, "unvalidated", "halted"],
      held: [undefined, true, false],
      viewing_office: [undefined, officerIn("investigator").office.id, OTHER],
      proposed_by: PERSON,
    }))
      for (const role of ROLES)
        for (const act of [...opening, "dispose"]) {
          const { allowed } = ask(worst, role, `item.${act}`, ITEM, { state: "kept", ...row });
          const forbidden =
            (opening.includes(act) && row["barred"] !== undefined) ||
            (act === "dispose" && (row["held"] !== false || row["proposed_by"] === ME)) ||
            (["open", "preview", "browse", "copy", "derive", "disclose", "serve", "pass"].includes(act) &&
              row["viewing_office"] !== undefined) ||
            ["administrator", "statistician", "overseer", "data-protection-officer"].includes(role);
          if (forbidden) expect([act, row, allowed]).toEqual([act, row, false]);
        }
  });
});

/** Random rules of a pack, permits and forbids, over the words that packs use. */
const rule = fc
  .record({
    effect: fc.constantFrom("permit", "permit", "permit", "forbid"),
    act: fc.constantFrom("authorise", "order", "validate", "send", "execute", "deliver", "halt", "resume"),
    role: fc.option(fc.constantFrom(...ROLES), { nil: undefined }),
    attribute: fc.option(fc.constantFrom("side", "urgency", "validation", "measure"), { nil: undefined }),
    value: fc.constantFrom("sender", "receiver", "routine", "emergency", "due", "lapsed", "P29"),
  })
  .map(
    ({ effect, act, role, attribute, value }) =>
      (index: number) =>
        `@id("random.${index}") ${effect} (principal is Officer, action == Action::"request.${act}", resource is Request)
      when { ${role === undefined ? "true" : `principal.role == "${role}"`}${attribute === undefined ? "" : ` && resource has ${attribute} && resource.${attribute} == "${value}"`} };`,
  );

test("no pack widens the core: random packs", () => {
  fc.assert(
    fc.property(
      fc.array(rule, { minLength: 1, maxLength: 8 }),
      fc.record({
        side: fc.constantFrom(...REQUESTS.side),
        urgency: fc.constantFrom(...REQUESTS.urgency),
        drafted_by: fc.constantFrom(...PERSON),
        authorised_by: fc.constantFrom(...PERSON),
        ordered_by: fc.constantFrom(...PERSON),
        validation: fc.constantFrom(...REQUESTS.validation),
        halts: fc.constantFrom(...REQUESTS.halts),
        measure: fc.constantFrom("P29", "M31"),
      }),
      fc.constantFrom(...ROLES),
      (rules, facts, role) => {
        const row = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
        const random = under(...rules.map((write, index) => write(index)), EVERYTHING);
        for (const [sentence, acts, isForbidden] of NEVER)
          for (const act of acts)
            if (isForbidden(row, role, act) && ask(random, role, `request.${act}`, REQUEST, row).allowed)
              throw new Error(`${sentence}: ${role} may ${act}`);
      },
    ),
    { numRuns: 60 },
  );
});

describe("the table of role, act, state and pack", () => {
  const CODES = ["XA", "XB", "XP"] as const;
  const countries = CODES.map((code) => loadCountry({ packs: "packs", pack: code, code }, node, passedNote(code)));
  const rows = tableOf(countries, node, NOW);

  test("has a decision with a reason for each, and names each pack, role, act and state", () => {
    expect(rows.filter(({ reason }) => reason === "")).toEqual([]);
    const life = REQUEST.life ?? {};
    const desk = [...node.acts.values()].filter((act) => act.subject.name === "request" && act.audience !== "internal");
    expect(new Set(rows.map(({ act }) => act))).toEqual(new Set(["request.read", ...desk.map(({ name }) => name)]));
    expect(new Set(rows.map(({ role }) => role))).toEqual(new Set(ROLES));
    expect(new Set(rows.map(({ pack }) => pack))).toEqual(new Set(CODES));
    const states = new Set(Object.values(life).flatMap(({ from, to }) => [...from, ...(to ? [to] : [])]));
    expect(new Set(rows.map(({ state }) => state))).toEqual(states);
  });

  test("authorises nowhere whoever drafts there, executes nowhere whoever authorises there", () => {
    const may = (pack: string, act: string) =>
      new Set(rows.filter((row) => row.pack === pack && row.act === act && row.allowed).map(({ role }) => role));
    for (const pack of CODES) {
      const drafts = may(pack, "request.draft");
      for (const role of may(pack, "request.authorise")) expect(drafts).not.toContain(role);
      const executes = may(pack, "request.execute");
      for (const role of may(pack, "request.authorise")) expect(executes).not.toContain(role);
    }
  });

  test("lets nothing leave without its safeguards: undecided, unanswered, too slight, too long, shielded, in no country", () => {
    const base = {
      state: "authorised",
      side: "sender",
      measure: "I21",
      data_category: "content",
      urgency: "urgent",
      peer: "XP",
      office: officerIn("investigator").office.id,
      drafted_by: OTHER,
      authorised_by: OTHER,
      penalty_years: 20,
      privilege: "none",
      period_days: 30,
      halts: [],
    };
    for (const { pack, policy } of countries.filter(({ pack: { powers } }) => powers.length > 0)) {
      const answered = pack.questions.map(({ code }) => code);
      const send = (more: Row) => ask(policy, "investigator", "request.send", REQUEST, { ...base, answered, ...more });
      expect(send({}).allowed).toBe(true);
      const { authorised_by: _, ...undecided } = base;
      expect(ask(policy, "investigator", "request.send", REQUEST, { ...undecided, answered }).allowed).toBe(false);
      for (const [more, reason] of [
        [{ answered: answered.slice(1) }, "safeguard-question"],
        [{ answered: [] }, "safeguard-question"],
        [{ penalty_years: 1 }, "safeguard-threshold"],
        [{ penalty_years: 1, offence_code: "copyright" }, "safeguard-threshold"],
        [{ period_days: 400 }, "safeguard-period"],
        [{ privilege: undefined }, "safeguard-privilege-unasked"],
        [{ privilege: "diplomat" }, "safeguard-immunity"],
        [{ privilege: "journalist" }, "safeguard-filter"],
        [{ halts: ["XB"] }, "request-halted"],
      ] as const)
        expect([more, send(more).allowed, send(more).reason]).toEqual([more, false, reason]);
      expect(send({ penalty_years: 1, offence_code: "child-material" }).allowed).toBe(true);
    }
  });

  test("differs from country to country where their law does", () => {
    const of = (pack: string, role: Role, act: string, state: string, measure: string, urgency: string) =>
      rows.find(
        (row) =>
          row.pack === pack &&
          row.role === role &&
          row.act === act &&
          row.state === state &&
          row.measure === measure &&
          row.urgency === urgency,
      );
    // Aruna's prosecutor orders an interception that can't wait; Belmora's constitution wants a judge first.
    expect(of("XA", "prosecutor", "request.order", "submitted", "I21", "emergency")?.allowed).toBe(true);
    expect(of("XB", "prosecutor", "request.order", "submitted", "I21", "emergency")).toMatchObject({
      allowed: false,
      reason: "not-permitted",
    });
    // Aruna has an oversight commission; in Belmora the data-protection authority watches.
    expect(of("XA", "overseer", "request.halt", "sent", "M31", "urgent")?.allowed).toBe(true);
    expect(of("XB", "data-protection-officer", "request.halt", "sent", "M31", "urgent")?.allowed).toBe(true);
    expect(of("XA", "data-protection-officer", "request.halt", "sent", "M31", "urgent")?.allowed).toBe(false);
  });

  test("nobody does what they may not read, and a provider's node asks nobody", () => {
    const asking = new Set(["request.draft", "request.submit", "request.send", "request.carry", "request.authorise"]);
    for (const country of countries) {
      const table = decisionTable(country, node, { measure: "P29", category: "traffic", urgency: "emergency" }, NOW);
      const reads = new Set(
        table
          .filter(({ act, allowed }) => allowed && act === "request.read")
          .map(({ role, state }) => `${role} ${state}`),
      );
      const allowed = table.filter((row) => row.allowed && row.act !== "request.carry");
      expect(
        allowed
          .filter(({ role, state }) => !reads.has(`${role} ${state}`))
          .map(({ role, act, state }) => `${country.pack.code}: ${role} ${act} ${state}`),
      ).toEqual([]);
      if (country.pack.code === "XP") expect(allowed.filter(({ act }) => asking.has(act))).toEqual([]);
    }
  });

  test("what the table calls a wrong state, the life table refuses", () => {
    const [country] = countries;
    if (!country) throw new Error("there is no country");
    const table = decisionTable(country, node, { measure: "P29", category: "traffic", urgency: "urgent" }, NOW);
    for (const { act, state, reason } of table) {
      const step = REQUEST.life?.[act.slice("request.".length)];
      expect(reason === "wrong-state").toBe(step !== undefined && !step.from.includes(state));
    }
    expect(Object.keys(OFFICE_OF)).toHaveLength(ROLES.length);
  });
});
