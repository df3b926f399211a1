import type { Tools } from "../kernel/tools.ts";
import { PROBLEMS } from "../trust/envelope.ts";
import type { Alarm, Exchanged } from "./views.ts";
import { momentOf } from "../ui/when.tsx";
import type { PeerState, RefusedBody, SendingProblem } from "./peer.ts";
import type { Tone } from "../ui/tag.tsx";

type Speaker = Pick<Tools, "t" | "has">;
/** Colour of a peer's state. */
export const TONES: Readonly<Record<PeerState, Tone>> = { proposed: "waits", trusted: "good", revoked: "plain" };
const REASONS: readonly string[] = [...PROBLEMS, "unreachable", "unexpected", "bad-receipt", "bounced"];

/** Why a try to deliver failed. A type that this version does not know is "unexpected". */
const deliveryReason = (t: Tools["t"], type: string): string =>
  t(`exchange.reason.${REASONS.includes(type) ? type : "unexpected"}`);

/** A refusal in the reader's words: the key is the other node's, its sentence ours. */
function refusalWords({ t, has }: Speaker, { code, key, values }: RefusedBody): string {
  const words = Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const known = `${name}.${String(value)}`;
      return [name, (name === "act" || name === "state") && has(known) ? t(known) : value];
    }),
  );
  return has(`refusal.${key}`) ? t(`refusal.${key}`, words) : has(`problem.${code}`) ? t(`problem.${code}`) : key;
}

/** What stands in `outbox.problem`, in words: the last try failed, or the other node did not apply the act. */
export const sendingWords = (speaker: Speaker, problem: SendingProblem, attempts: number): string =>
  problem.stage === "application"
    ? speaker.t("exchange.outcome.refused", { reason: refusalWords(speaker, problem) })
    : speaker.t("exchange.outcome.tried", { attempts, reason: deliveryReason(speaker.t, problem.type) });

const ABOUT_CLOCKS: readonly string[] = ["expired", "early-key"];
/** Where two clocks are the reason: what each of them said at the last try. */
function clocksWords(speaker: Pick<Tools, "t" | "locale" | "zone" | "now">, problem: SendingProblem): string {
  if (problem.stage !== "delivery" || problem.theirs === undefined || !ABOUT_CLOCKS.includes(problem.type)) return "";
  const [ours, theirs] = [problem.at, problem.theirs].map((each) => shownMoment(each, speaker));
  return ` ${speaker.t("exchange.clocks", { ours: ours ?? "", theirs: theirs ?? "" })}`;
}
/** What another node wrote as a moment; as it stands where it is none. */
function shownMoment(text: string, speaker: Pick<Tools, "t" | "locale" | "zone" | "now">): string {
  try {
    return momentOf(Temporal.Instant.from(text), speaker, "short");
  } catch {
    return text;
  }
}

const isRefused = (problem: Exchanged["problem"]): boolean => problem !== null && "code" in problem;
/** What became of a message. */
export function outcomeWords(
  speaker: Pick<Tools, "t" | "has" | "locale" | "zone" | "now">,
  { direction, doneAt, attempts, problem, courierAt, courier }: Exchanged,
): string {
  const { t } = speaker;
  if (courierAt !== null && courier !== null && !isRefused(problem)) {
    const when = momentOf(courierAt, speaker, "short");
    if (direction === "in") return t("exchange.outcome.brought", { when, courier });
    if (doneAt === null) return t("exchange.outcome.couriered", { when, courier });
  }
  if (problem !== null && "stage" in problem)
    return `${sendingWords(speaker, problem, attempts)}${clocksWords(speaker, problem)}`;
  if (problem !== null) return t("exchange.outcome.refused-here", { reason: refusalWords(speaker, problem) });
  if (doneAt === null) return t("exchange.outcome.waiting");
  return t(direction === "in" ? "exchange.outcome.applied" : "exchange.outcome.delivered");
}

/** What is amiss, and what to do about it. */
export function alarmWords(
  tools: Pick<Tools, "t" | "has" | "locale" | "zone" | "now">,
  { kind, detail }: Alarm,
): string {
  const { since, type } = detail;
  return tools.t(`exchange.alarm.${kind}`, {
    ...detail,
    ...(typeof since === "string" ? { since: momentOf(Temporal.Instant.from(since), tools, "short") } : {}),
    ...(typeof type === "string"
      ? { reason: kind === "doubted" ? tools.t(`exchange.doubt.${type}`) : deliveryReason(tools.t, type) }
      : {}),
  });
}
