import type { Officer, Role } from "../kernel/actor.ts";
import { csvOf } from "../kernel/csv.ts";
import type { Life } from "../kernel/life.ts";
import type { Registry } from "../kernel/slice.ts";
import type { SubjectKind } from "../kernel/subject.ts";
import { OFFICE_OF, ROLES } from "./account.ts";
import type { Country } from "./country.ts";

const ME = "00000000-0000-7000-8000-00000000000a";
const OTHER = "00000000-0000-7000-8000-00000000000b";
const OFFICE = "00000000-0000-7000-8000-0000000000c0";
const ELSEWHERE = "00000000-0000-7000-8000-0000000000c1";
const THING = "00000000-0000-7000-8000-0000000000d0";

/** What the decisions of a table are about. */
export interface Matter {
  readonly measure: string;
  readonly category: string;
  readonly urgency: "routine" | "urgent" | "emergency";
}
/** One decision: who, what, from where; allowed or not, with the reason and the provision. */
export interface TableRow extends Matter {
  readonly pack: string;
  readonly role: Role;
  readonly act: string;
  readonly state: string;
  readonly allowed: boolean;
  /** Message key of the refusal, without `refusal.`; of what is allowed, the rule that permits it. */
  readonly reason: string;
  /** Provisions of the rules that decided. */
  readonly provisions: readonly string[];
  readonly rules: readonly string[];
}

/** An officer of that role, in the office where it works. */
export const officerIn = (role: Role, account = ME): Officer => ({
  kind: "officer",
  account,
  name: role,
  role,
  office: { id: OFFICE, name: OFFICE_OF[role], kind: OFFICE_OF[role], zone: "UTC" },
  locale: "en",
  via: "token",
  credential: ME,
  steppedUpAt: null,
});

const UNDECIDED = new Set(["draft", "submitted", "denied"]);
/**
 * A request of that matter in that state with which everything is in order: another person drafted it, another authorised or ordered it, its
 * questions are answered, its offence is grave, nobody is shielded. So the table tells what the law says of roles and states; what bad facts do is
 * proved apart.
 */
export function inOrder(
  { pack }: Pick<Country, "pack">,
  { role, act, state, measure, category, urgency }: Pick<TableRow, "role" | "act" | "state"> & Matter,
  life: Life,
): Record<string, unknown> {
  const isAsked = life[act]?.by === "receiver" || OFFICE_OF[role] === "provider";
  const side = isAsked ? "receiver" : "sender";
  const isOrdered = state === "ordered" || act === "validate";
  return {
    id: THING,
    state,
    side,
    measure,
    data_category: category,
    urgency,
    peer: "XB",
    office: side === "sender" && OFFICE_OF[role] === "police" ? OFFICE : ELSEWHERE,
    drafted_by: OTHER,
    ...(isOrdered ? { ordered_by: OTHER, validation: "due" } : UNDECIDED.has(state) ? {} : { authorised_by: OTHER }),
    penalty_years: 99,
    privilege: "none",
    answered: pack.questions.map(({ code }) => code),
    period_days: 1,
    halts: act === "resume" ? [pack.code] : [],
    ...(act === "defer" ? { notification: "due" } : {}),
    intrusive: true,
  };
}

const VERB = (name: string): string => name.slice(name.indexOf(".") + 1);

/** Decides for every role, act and state of requests under a country's law. */
export function decisionTable(
  country: Pick<Country, "pack" | "policy">,
  registered: Pick<Registry, "subjects" | "acts">,
  matter: Matter,
  now: Temporal.Instant,
): TableRow[] {
  const subject = registered.subjects.get("request");
  if (!subject?.life) return [];
  const life: Life = subject.life;
  const states = [...new Set(Object.values(life).flatMap(({ from, to }) => [...from, ...(to ? [to] : [])]))];
  const acts = [
    "read",
    ...[...registered.acts.values()]
      .filter((act) => act.subject.name === "request" && act.audience !== "internal")
      .map(({ name }) => VERB(name)),
  ];
  // What makes a request is decided of the new one, which is in its first state.
  const statesOf = (act: string): readonly string[] => {
    const made = registered.acts.get(`request.${act}`);
    return made?.creates?.state === undefined ? states : [made.creates.state];
  };
  return ROLES.flatMap((role) =>
    acts.flatMap((act) =>
      statesOf(act).map((state) => decided(country, { subject, life, role, act, state, matter, now })),
    ),
  );
}

function decided(
  country: Pick<Country, "pack" | "policy">,
  {
    subject,
    life,
    role,
    act,
    state,
    matter,
    now,
  }: {
    subject: SubjectKind;
    life: Life;
    role: Role;
    act: string;
    state: string;
    matter: Matter;
    now: Temporal.Instant;
  },
): TableRow {
  const key = { pack: country.pack.code, role, act: `request.${act}`, state, ...matter };
  const step = life[act];
  if (step && !step.from.includes(state))
    return { ...key, allowed: false, reason: "wrong-state", provisions: step.source ? [step.source] : [], rules: [] };
  const row = inOrder(country, { role, act, state, ...matter }, life);
  const { allowed, policies, reason } = country.policy.decide({
    actor: officerIn(role),
    action: `request.${act}`,
    subject,
    id: THING,
    row,
    now,
  });
  const provisions = [...new Set(policies.flatMap((id) => country.policy.notes.get(id)?.source ?? []))];
  return {
    ...key,
    allowed,
    reason: allowed ? (policies[0] ?? "") : (reason ?? "not-permitted"),
    provisions: provisions.length > 0 ? provisions : step?.source ? [step.source] : [],
    rules: policies,
  };
}

const COLUMNS = [
  "pack",
  "measure",
  "category",
  "urgency",
  "role",
  "act",
  "state",
  "decision",
  "reason",
  "provision",
] as const;

/** The table as CSV. @source RFC 4180 */
export const tableCsv = (rows: readonly TableRow[], words: (row: TableRow) => string): string =>
  csvOf(
    COLUMNS,
    rows.map((row) => ({
      ...row,
      decision: row.allowed ? "allowed" : "refused",
      reason: words(row),
      provision: row.provisions,
    })),
  );

/** The table as Markdown: of each act and role the states in which it is allowed, and why it is not elsewhere. */
export function tableMarkdown(rows: readonly TableRow[], words: (row: TableRow) => string): string {
  const parts = Map.groupBy(
    rows,
    ({ pack, measure, category, urgency }) => `${pack}: ${measure}, ${category}, ${urgency}`,
  );
  return [...parts]
    .map(([title, of]) => {
      const lines = [...Map.groupBy(of, ({ act, role }) => `${act} | ${role}`)].map(([key, each]) => {
        const yes = each.filter(({ allowed }) => allowed);
        const no = each.filter(({ allowed, reason }) => !allowed && reason !== "wrong-state");
        const said = [...new Set((yes.length > 0 ? yes : no).map(words))].join(" ");
        const provisions = [...new Set((yes.length > 0 ? yes : no).flatMap((row) => row.provisions))].join("; ");
        return `| ${key} | ${yes.map(({ state }) => state).join(", ") || "never"} | ${said} | ${provisions} |`;
      });
      return [
        `## ${title}`,
        "",
        "| act | role | allowed from | reason | provision |",
        "|---|---|---|---|---|",
        ...lines,
      ].join("\n");
    })
    .join("\n\n");
}
