import type { Translate } from "../kernel/i18n.ts";
import type { CustodyEvent } from "./custody-event.ts";

/** One event told in a sentence of the reader's language, with what stands beside it. */
export interface StoryLine {
  readonly seq: number;
  /** When it was recorded. */
  readonly at: Temporal.Instant;
  /** When it happened, where that was said to be another moment. */
  readonly happenedAt: Temporal.Instant | null;
  readonly type: string;
  readonly act: string;
  /** `R. Diop signed for it. It came from M. Laval.` */
  readonly sentence: string;
  /** What a reader must not miss: another seal than the one recorded, a digest that differs, a change that could not be avoided. */
  readonly remarks: readonly string[];
  /** Who acted: the officer and their office, another node, or this node itself. */
  readonly who: string;
  readonly office: string;
  readonly role: string | null;
  /** Of a hand-over: the entries that are its two signatures, each by whom, digest in hex. */
  readonly signatures: readonly { readonly by: string; readonly entry: string }[];
  readonly unchanged: boolean | null;
  readonly digest: string | null;
  readonly entryDigest: string;
  readonly leaf: number | null;
  /** What later events set right of this one. */
  readonly corrections: readonly {
    readonly seq: number;
    readonly at: Temporal.Instant;
    readonly who: string;
    readonly text: string;
  }[];
  readonly event: CustodyEvent;
}

/** Every name that a sentence may use; what an event does not say is empty. */
const NAMES = [
  "who", "node", "to", "from", "reason", "file", "case", "recipient", "medium", "derived_number", "parent", "tool", "seal_number",
  "seal_seen", "held_for", "until", "event", "due", "signer", "receipt", "person", "request", "of", "change", "change_answered_by",
  "digest_seen", "office", "problem", "disclosure", "condition", "bound_by",
] as const; // prettier-ignore

const scalar = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? String(value) : "";
const first = (...values: readonly unknown[]): string => values.map(scalar).find((value) => value !== "") ?? "";

/** The variant of a sentence that fits what was said. */
function variantOf({ act, facts, type, theirs }: CustodyEvent): string {
  const verb = act.slice(act.indexOf(".") + 1);
  switch (verb) {
    case "verify":
      return facts["of"] === undefined
        ? `verify.${facts["match"] === false ? "differs" : "same"}`
        : `verify.inner.${facts["match"] === false ? "differs" : "same"}`;
    case "copy":
      return facts["match"] === false ? "copy.differs" : "copy";
    case "dispose":
      return facts["step"] === "destroyed" ? "dispose.destroyed" : "dispose.proposed";
    case "pass":
      return theirs ? "pass.to-us" : "pass";
    case "hand":
      return type === "receive" ? "hand.to-us" : "hand";
    case "receive":
      return facts["awaits_file"] === true ? "receive.awaits" : "receive";
    case "seal":
    case "unseal":
    case "broken":
      return scalar(facts["seal_number"]) === "" ? verb : `${verb}.number`;
    case "retain":
      return facts["source"] === undefined ? "retain" : "retain.rule";
    case "limit":
      return `limit.${scalar(facts["change_of_limits"]) === "passed" ? "passed" : "waived"}`;
    case "export":
      return scalar(facts["recipient"]) === "" ? "export" : "export.for";
    case "lodge":
    case "acquire":
    case "emerge":
    case "arrive":
    case "open":
    case "preview":
    case "browse":
    case "view":
    case "lock":
    case "contest":
    case "uphold":
    case "unlock":
    case "record":
    case "inspect":
    case "derive":
    case "transfer":
    case "refuse":
    case "withdraw":
    case "lapse":
    case "lend":
    case "countersign":
    case "retake":
    case "hold":
    case "release":
    case "return":
    case "disclose":
    case "annex":
    case "serve":
    case "correct":
    case "keep":
    case "bar":
    case "unbar":
    case "withheld":
      return verb;
    default:
      return "other";
  }
}

/** Who acted, as a sentence names them: the officer, also of another node; a node; this node. */
export function actorName({ actor, facts, theirs }: CustodyEvent, t: Translate): string {
  if (theirs) return first(facts["by"], theirs.node);
  if (actor.name !== undefined) return actor.name;
  return actor.id.startsWith("peer:")
    ? actor.id.slice("peer:".length)
    : actor.id.startsWith("system:")
      ? t("actor.node")
      : actor.id;
}

const dayOf = (value: unknown): string => /^\d{4}-\d\d-\d\d/.exec(scalar(value))?.[0] ?? "";

function valuesOf(event: CustodyEvent, t: Translate): Record<string, string> {
  const { facts, theirs } = event;
  const said = Object.fromEntries(NAMES.map((name) => [name, scalar(facts[name])]));
  const problem = scalar(facts["problem"]);
  return {
    ...said,
    who: actorName(event, t),
    node: first(facts["to_node_name"], facts["to_node"], facts["from_node_name"], theirs?.node, facts["from"]),
    to: [first(facts["to"]), first(facts["to_office"])].filter((part) => part !== "").join(", "),
    from: [first(facts["from"]), first(facts["from_office"], facts["from_node_name"])]
      .filter((part) => part !== "")
      .join(", "),
    recipient: [first(facts["person"]), first(facts["recipient"])].filter((part) => part !== "").join(", "),
    due: dayOf(facts["due"]),
    until: dayOf(facts["until"]),
    problem: problem === "" ? "" : t(`option.problem.${problem}`),
    condition: scalar(facts["condition"]) === "" ? "" : t(`option.condition.${scalar(facts["condition"])}`),
  };
}

function remarksOf({ facts, unchanged, act }: CustodyEvent, t: Translate, values: Record<string, string>): string[] {
  return [
    ...(facts["seal_match"] === false ? [t("story.remark.seal", values)] : []),
    ...(facts["digest_match"] === false ? [t("story.remark.digest", values)] : []),
    ...(unchanged === false && act !== "item.verify" && act !== "item.copy" ? [t("story.remark.changed")] : []),
    ...(typeof facts["problem"] === "string" ? [t("story.remark.problem", values)] : []),
    ...(typeof facts["change"] === "string" ? [t("story.remark.change", values)] : []),
  ];
}

/** Both signatures of a hand-over, beside the event that is the second. */
function signaturesOf(event: CustodyEvent, events: readonly CustodyEvent[], t: Translate): StoryLine["signatures"] {
  if (event.type !== "transfer-accept") return [];
  const offer = events.findLast(({ type, seq }) => type === "transfer-offer" && seq < event.seq);
  return [...(offer ? [offer] : []), event].map((each) => ({
    by: actorName(each, t),
    entry: each.theirs?.entry ?? each.entry_digest,
  }));
}

/** The story of an item's custody, a sentence to each event, in the language of `t`; corrections stand at what they correct. */
export function storyOf(events: readonly CustodyEvent[], t: Translate): StoryLine[] {
  return events.map((event) => {
    const values = valuesOf(event, t);
    const { facts, actor } = event;
    const happened = facts["happened_at"];
    return {
      seq: event.seq,
      at: event.at,
      happenedAt: typeof happened === "string" ? Temporal.Instant.from(happened) : null,
      type: event.type,
      act: event.act,
      sentence: t(`story.${variantOf(event)}`, values),
      remarks: remarksOf(event, t, values),
      who: values["who"] ?? "",
      office: first(event.theirs ? facts["by_office"] : actor.office, event.theirs?.node),
      role: actor.role ?? null,
      signatures: signaturesOf(event, events, t),
      unchanged: event.unchanged,
      digest: event.digest,
      entryDigest: event.entry_digest,
      leaf: event.leaf,
      corrections: events
        .filter((each) => each.act === "item.correct" && each.facts["event"] === event.seq)
        .map((each) => ({
          seq: each.seq,
          at: each.at,
          who: actorName(each, t),
          text: scalar(each.facts["correction"]),
        })),
      event,
    };
  });
}
