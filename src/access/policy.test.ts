import { describe, expect, test } from "vitest";
import type { Actor, Officer, OfficeKind, Role } from "../kernel/actor.ts";
import { monotonic } from "../kernel/clock.ts";
import type { SubjectKind } from "../kernel/subject.ts";
import { OFFICE_OF } from "./account.ts";
import { UnusablePack, readPolicies } from "./cedar.ts";
import { problemsOf } from "./check.ts";
import { sidePolicies } from "./country.ts";
import { CASE, ITEM, PEER, REPORT, REQUEST } from "./mission.fixture.ts";
import { readPack } from "./pack.ts";
import { policyOf } from "./policy.ts";

const SUBJECTS = new Map([REQUEST, REPORT, CASE, ITEM, PEER].map((kind) => [kind.name, kind]));
const country = (code: string) =>
  policyOf([...readPack("packs", code).policies, ...sidePolicies({ subjects: SUBJECTS })], code);
const XA = country("XA");
const XB = country("XB");
const XP = country("XP");
const NOW = Temporal.Instant.from("2026-11-20T10:00:00Z");
const ME = "019a0000-0000-7000-8000-00000000000a";
const OTHER = "019a0000-0000-7000-8000-00000000000b";
const OFFICE = "019a0000-0000-7000-8000-0000000000c0";

const officer = (role: Role, more: { account?: string; office?: string } = {}): Officer => ({
  kind: "officer",
  account: more.account ?? ME,
  name: "N",
  role,
  office: { id: more.office ?? OFFICE, name: "O", kind: OFFICE_OF[role] as OfficeKind, zone: "UTC" },
  locale: "en",
  via: "token",
  credential: ME,
  steppedUpAt: null,
});
const ask = (policy: typeof XA, actor: Actor, action: string, subject: SubjectKind, row: Record<string, unknown>) =>
  policy.decide({ actor, action, subject, id: "019a0000-0000-7000-8000-0000000000d0", row, now: NOW });
const submitted = (more: Record<string, unknown> = {}) => ({
  state: "submitted",
  side: "sender",
  measure: "P29",
  data_category: "traffic",
  office: OFFICE,
  drafted_by: OTHER,
  authorised_by: null,
  peer: "XB",
  ...more,
});

describe("who authorises, by country", () => {
  test.each([
    [XA, "prosecutor", "P29", "traffic", true],
    [XA, "prosecutor", "M31", "traffic", true],
    [XA, "prosecutor", "M31", "content", false],
    [XA, "judge", "M31", "content", true],
    [XA, "investigator", "P29", "subscriber", false],
    [XA, "unit-head", "P29", "subscriber", false],
    [XB, "prosecutor", "P29", "traffic", true],
    [XB, "prosecutor", "M31", "traffic", false],
    [XB, "prosecutor", "P17", "traffic", false],
    [XB, "judge", "M31", "traffic", true],
    [XB, "prosecutor", "M31", "subscriber", true],
    [XP, "response-head", "P29", "subscriber", false],
  ] as const)("%#: %s %s %s", (policy, role, measure, category, allowed) => {
    const decision = ask(
      policy,
      officer(role),
      "request.authorise",
      REQUEST,
      submitted({ measure, data_category: category }),
    );
    expect(decision.allowed).toBe(allowed);
    if (allowed) expect(decision.policies.some((id) => id.includes(".power."))).toBe(true);
  });

  test("a power counts from the day on which it is in force", () => {
    const before = {
      actor: officer("prosecutor"),
      action: "request.authorise",
      subject: REQUEST,
      id: ME,
      row: submitted(),
    };
    // In force from 1 September 2021, which begins at 20:00 UTC the day before in Port Louis.
    const policy = policyOf([...readPack("packs", "XA").policies], "XA", "Indian/Mauritius");
    expect(policy.decide({ ...before, now: Temporal.Instant.from("2021-08-31T19:59:59Z") }).allowed).toBe(false);
    expect(policy.decide({ ...before, now: Temporal.Instant.from("2021-08-31T20:00:00Z") }).allowed).toBe(true);
  });
});

describe("what no pack can permit", () => {
  // A pack that permits everything to everybody: the planted attacker.
  const pack = readPack("packs", "XA");
  const wide = policyOf(
    [
      ...pack.policies,
      ...sidePolicies({ subjects: SUBJECTS }),
      ...readPolicies('@id("all") permit(principal, action, resource);', "XA"),
    ],
    "XA",
  );
  const peer: Actor = { kind: "peer", code: "XB", peerKind: "state" };
  test.each<[string, Actor, string, SubjectKind, Record<string, unknown>]>([
    ["core.drafter-never-authorises", officer("judge"), "request.authorise", REQUEST, submitted({ drafted_by: ME })],
    ["core.drafter-never-authorises", officer("judge"), "request.authorise", REQUEST, submitted({ drafted_by: null })],
    [
      "core.authoriser-never-executes",
      officer("central-authority"),
      "request.execute",
      REQUEST,
      submitted({ side: "receiver", authorised_by: ME }),
    ],
    [
      "core.request.sender-acts.officer",
      officer("judge"),
      "request.authorise",
      REQUEST,
      submitted({ side: "receiver" }),
    ],
    ["core.request.receiver-acts.officer", officer("duty-officer"), "request.acknowledge", REQUEST, submitted()],
    ["core.request.sender-acts.peer", peer, "request.send", REQUEST, submitted()],
    ["core.request.receiver-acts.peer", peer, "request.execute", REQUEST, submitted({ side: "receiver" })],
    ["core.peer-own-subjects-only", peer, "request.execute", REQUEST, submitted({ peer: "XP" })],
    ["core.peer-own-subjects-only", peer, "case.read", CASE, { state: "open" }],
    ["core.administrator-reads-no-matter", officer("administrator"), "report.read", REPORT, { state: "new" }],
    [
      "core.administrator-reads-no-matter",
      officer("administrator"),
      "item.open",
      ITEM,
      { state: "held", office: OFFICE },
    ],
    ["core.statistician-sees-figures-only", officer("statistician"), "request.read", REQUEST, submitted()],
    ["core.overseer-only-reads", officer("data-protection-officer"), "request.withdraw", REQUEST, submitted()],
    ["core.overseer-only-reads", officer("data-protection-officer"), "case.read", CASE, { state: "open" }],
    ["core.public-only-reports", { kind: "public" }, "report.read", REPORT, { state: "new" }],
    ["core.reporter-own-report-only", { kind: "reporter", report: OTHER }, "report.read", REPORT, { state: "new" }],
    [
      "core.disposal-takes-two",
      officer("examiner"),
      "item.dispose",
      ITEM,
      { state: "disposing", held: false, proposed_by: ME },
    ],
    [
      "core.held-is-not-disposed",
      officer("examiner"),
      "item.dispose",
      ITEM,
      { state: "disposing", held: true, proposed_by: OTHER },
    ],
    [
      "core.proposer-never-confirms",
      officer("central-authority"),
      "peer.confirm",
      PEER,
      { state: "proposed", proposed_by: ME },
    ],
  ])("%s", (id, actor, action, subject, row) => {
    const decision = ask(wide, actor, action, subject, row);
    expect(decision).toMatchObject({ allowed: false, policies: expect.arrayContaining([id]) });
    expect(decision.reason).toMatch(/^[a-z-]+$/);
  });

  test("a core that permits is refused", () => {
    expect(() => policyOf(readPolicies('@id("x") permit(principal, action, resource);', "core"), "XA")).toThrow(
      UnusablePack,
    );
  });
});

test("a peer may send what does not exist here yet, and act on its own side of what it shares", () => {
  const peer: Actor = { kind: "peer", code: "XB", peerKind: "state" };
  expect(ask(XA, peer, "request.send", REQUEST, { peer: "XB" }).allowed).toBe(true);
  expect(ask(XA, peer, "request.acknowledge", REQUEST, submitted({ state: "sent" })).allowed).toBe(true);
  expect(ask(XA, { ...peer, code: "XP" }, "request.acknowledge", REQUEST, submitted({ state: "sent" })).allowed).toBe(
    false,
  );
});

test("Meridian's officers execute; only their head declines", () => {
  const received = submitted({ side: "receiver", state: "acknowledged", peer: "XA" });
  expect(ask(XP, officer("response-officer"), "request.execute", REQUEST, received).allowed).toBe(true);
  expect(ask(XP, officer("response-officer"), "request.refuse", REQUEST, received).allowed).toBe(false);
  expect(ask(XP, officer("response-head"), "request.refuse", REQUEST, received).allowed).toBe(true);
});

test("a policy that fails on a row refuses, whatever else permits", () => {
  const policy = policyOf(
    readPolicies(
      '@id("all") permit(principal, action, resource); @id("careless") permit(principal, action, resource) when { resource.office == "x" };',
      "XA",
    ),
    "XA",
  );
  expect(ask(policy, officer("judge"), "case.read", CASE, { state: "open" })).toMatchObject({
    allowed: false,
    policies: ["careless"],
    reason: "policy-error",
  });
  expect(ask(policy, officer("judge"), "case.read", CASE, { state: "open", office: "y" }).allowed).toBe(true);
});

test("the pack's hash changes with a single letter of a single policy", () => {
  const policies = readPolicies('@id("a") permit(principal, action, resource) when { principal.node == "XA" };', "XA");
  const changed = readPolicies('@id("a") permit(principal, action, resource) when { principal.node == "XB" };', "XA");
  expect(policyOf(policies, "XA").pack).toMatch(/^[0-9a-f]{64}$/);
  expect(policyOf(policies, "XA").pack).not.toBe(policyOf(changed, "XA").pack);
});

describe("a pack is checked before the node starts", () => {
  const vocabulary = {
    subjects: SUBJECTS,
    acts: new Map([["case.close", { name: "case.close", subject: CASE } as never]]),
    messages: new Map(),
    views: new Map(),
    nodeActions: ["statistics.read"],
  };
  const problems = (text: string) => problemsOf(readPolicies(text, "XA"), vocabulary);
  test("nothing wrong, nothing said", () => {
    expect(
      problems(
        '@id("a") permit(principal is Officer, action == Action::"case.close", resource is Case) when { resource has office && resource.office == principal.office };',
      ),
    ).toEqual([]);
  });
  test.each([
    [
      "an unknown act",
      '@id("a") permit(principal, action == Action::"case.clsoe", resource is Case);',
      /XA: policy "a".*case\.clsoe/,
    ],
    [
      "an unknown thing",
      '@id("a") permit(principal, action == Action::"case.close", resource is Csae);',
      /XA: policy "a".*Csae/,
    ],
    [
      "an unknown attribute",
      '@id("a") permit(principal, action == Action::"case.close", resource is Case) when { resource.offfice == "x" };',
      /no case has the attribute "offfice"/,
    ],
    [
      "an unknown attribute behind has",
      '@id("a") permit(principal, action == Action::"case.close", resource is Case) when { resource has offfice && resource.offfice == "x" };',
      /no case has the attribute "offfice"/,
    ],
    [
      "an attribute used without has",
      '@id("a") permit(principal, action == Action::"case.close", resource is Case) when { resource.office == "x" };',
      /policy "a".*office/,
    ],
    [
      "a comparison of two types",
      '@id("a") permit(principal, action == Action::"case.close", resource is Case) when { resource has office && resource.office < 3 };',
      /policy "a"/,
    ],
    [
      "what no list can apply",
      '@id("a") permit(principal, action == Action::"case.close", resource is Case) when { ip("10.0.0.1").isLoopback() };',
      /can't be applied to lists/,
    ],
  ])("%s is said in words", (_, text, words) => {
    expect(problems(text).join("\n")).toMatch(words);
  });
  test("policies without an id, or with one id twice, are refused", () => {
    expect(() => readPolicies("permit(principal, action, resource);", "XA")).toThrow(/has no @id/);
    expect(() =>
      policyOf(
        [
          ...readPolicies('@id("a") permit(principal, action, resource);', "XA"),
          ...readPolicies('@id("a") forbid(principal, action, resource);', "XB"),
        ],
        "XA",
      ),
    ).toThrow(/stands in XA too/);
    expect(() => readPolicies("permit(principal, action", "XA")).toThrow(/can't be read/);
    expect(() => readPack("packs", "ZZ")).toThrow(/has no pack ZZ/);
  });
});

test("a question that differs only in what no policy looks at is answered at once", () => {
  const actor = officer("prosecutor");
  const microsecondsEach = (rows: readonly Record<string, unknown>[]): number => {
    const from = monotonic();
    for (const row of rows) ask(XA, actor, "request.authorise", REQUEST, row);
    return ((monotonic() - from) * 1_000) / rows.length;
  };
  microsecondsEach([submitted()]);
  // Relative, as the machine is shared: on an idle one some 150 and some 5 microseconds.
  const fresh = microsecondsEach(Array.from({ length: 1_000 }, (_, n) => submitted({ drafted_by: `${n}` })));
  const alike = microsecondsEach(Array.from({ length: 1_000 }, (_, n) => submitted({ office: `${n}` })));
  expect(alike).toBeLessThan(fresh / 3);
});
