import { type State, stateAfter } from "../requests/slice.ts";

/** One act of a request's history, as both nodes know it. */
export interface Done {
  readonly act: string;
  /** UTC, RFC 3339. */
  readonly at: string;
  /** State that it led to, where it changed it. */
  readonly to?: string;
  readonly said?: Readonly<Record<string, unknown>>;
}

/** A request that was sent, as it is counted: the same on the node that sent it and on the one that was asked. */
export interface Facts {
  readonly direction: "outgoing" | "incoming";
  /** Code of the other node. */
  readonly peer: string;
  /** Who holds the data: the provider that was asked, or the one that the request names; empty where it names none. */
  readonly provider: string;
  readonly measure: string;
  /** Provision of the Convention that the offence falls under; empty where nobody said. */
  readonly article: string;
  readonly category: string;
  /** Office of the requesting authority, as the request names it. */
  readonly office: string;
  readonly isEmergency: boolean;
  /** What the review of the emergency came to on this node; `null` where it reviews none: it is no emergency, or the other node's. */
  readonly review: "open" | "lapsed" | "justified" | "not-justified" | null;
  /** Whether this node has told the person whom it owes word; `null` where it owes nobody any. */
  readonly notice: "in-time" | "late" | "overdue" | "not-due" | null;
  /** When it was received there; `null` while that is not known. */
  readonly receivedAt: Temporal.Instant | null;
  /** In their order, the acts before it was sent too. */
  readonly done: readonly Done[];
}

/** States in which somebody is waited for, in their order, and whose time it is. What has been answered waits for nobody. */
export const STEPS = {
  draft: "sender",
  submitted: "sender",
  authorised: "sender",
  sent: "wire",
  delivered: "receiver",
  acknowledged: "receiver",
  clarification: "sender",
  postponed: "receiver",
  accepted: "receiver",
  executing: "receiver",
  "partly-executed": "receiver",
} as const satisfies Partial<Record<State, "sender" | "wire" | "receiver">>;
export type Step = keyof typeof STEPS;
export const STEP_NAMES = Object.keys(STEPS) as readonly Step[];
const isStep = (state: string): state is Step => state in STEPS;

/** A stay in one step. */
export interface Stay {
  readonly step: Step;
  readonly milliseconds: number;
  /** False where it still lasts, or where the request was taken back in it: then it would have lasted longer (censored). */
  readonly ended: boolean;
}

const instant = (text: string) => Temporal.Instant.from(text);
const between = (from: Temporal.Instant, until: Temporal.Instant): number =>
  // The two nodes' clocks may differ: nothing takes less than no time.
  Math.max(0, until.epochMilliseconds - from.epochMilliseconds);

/** How long a request stayed in each step, drawn from what was done to it. */
export function staysOf({ done, receivedAt }: Pick<Facts, "done" | "receivedAt">, now: Temporal.Instant): Stay[] {
  let stands: State | undefined;
  const changes = done.flatMap((each): { at: Temporal.Instant; to: string; act: string }[] => {
    const { act, at } = each;
    const to = stateAfter(stands, each);
    if (to === undefined || to === stands) return [];
    stands = to;
    const change = { at: instant(at), to, act };
    if (act !== "send" || receivedAt === null) return [change];
    // The receipt of the wire is the receiver's; its own entry of it, which came later, says no more.
    const arrived = Temporal.Instant.compare(receivedAt, change.at) > 0 ? receivedAt : change.at;
    return [change, { at: arrived, to: "delivered", act: "arrive" }];
  });
  return changes.flatMap(({ at, to }, index): Stay[] => {
    const next = changes[index + 1];
    // What was ordered ahead waits to be sent, as what was authorised does.
    const step = to === "ordered" ? "authorised" : to;
    if (!isStep(step)) return [];
    return [
      {
        step,
        milliseconds: between(at, next?.at ?? now),
        ended: next !== undefined && next.act !== "withdraw",
      },
    ];
  });
}

/** What counts as the answer to a request. */
const ANSWERS: readonly string[] = ["executed", "refused"];

/** From sending to the answer in full, or to a refusal. Not ended while there is none, or where it was taken back before. */
export function answerOf(
  { done }: Pick<Facts, "done">,
  now: Temporal.Instant,
): { milliseconds: number; ended: boolean } | null {
  const sent = done.find(({ act }) => act === "send");
  if (!sent) return null;
  const answer = done.find(({ to }) => to !== undefined && ANSWERS.includes(to));
  const gone = done.find(({ to }) => to === "withdrawn" || to === "closed" || to === "lapsed");
  const end = answer ?? gone;
  return { milliseconds: between(instant(sent.at), end ? instant(end.at) : now), ended: answer !== undefined };
}

/** How a request stands or ended: exactly one of these. */
export const OUTCOMES = ["executed", "refused", "withdrawn", "open"] as const;
export type Outcome = (typeof OUTCOMES)[number];
export function outcomeOf({ done }: Pick<Facts, "done">): Outcome {
  const states = done.flatMap(({ to }) => (to === undefined ? [] : [to]));
  if (states.includes("executed")) return "executed";
  if (states.includes("refused")) return "refused";
  return states.includes("withdrawn") || states.includes("closed") ? "withdrawn" : "open";
}

const isValidation = (decision: "confirmed" | "refused") => (each: Done) =>
  each.act === "validate" && (each.said?.["outcome"] ?? "confirmed") === decision;

/** True for an emergency that nobody authorised before it was sent, and confirmed or validated after: what abuse would look like. */
export function isUnconfirmed({ isEmergency, done }: Pick<Facts, "isEmergency" | "done">): boolean {
  const stands = (each: Done) => ["authorise", "confirm"].includes(each.act) || isValidation("confirmed")(each);
  return isEmergency && !done.some(stands);
}

/** True for what was ordered before it was authorised. */
export const isOrdered = ({ done }: Pick<Facts, "done">): boolean => done.some(({ act }) => act === "order");

/** True for what was ordered ahead and whose validation was refused, or did not come in time and not later either. */
export const isUnvalidated = ({ done }: Pick<Facts, "done">): boolean =>
  done.some((each) => each.act === "void" || isValidation("refused")(each)) && !done.some(isValidation("confirmed"));

/** True for an emergency behind which nobody stood: refused by whoever was asked, not validated, or found not justified. */
export const isUnborne = (facts: Pick<Facts, "isEmergency" | "done" | "review">): boolean =>
  facts.isEmergency && (outcomeOf(facts) === "refused" || isUnvalidated(facts) || facts.review === "not-justified");

/** How often an act was done to it. */
export const timesOf = ({ done }: Pick<Facts, "done">, act: string): number =>
  done.filter((each) => each.act === act).length;
