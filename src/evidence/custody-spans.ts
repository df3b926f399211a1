import type { CustodyEvent } from "./custody-event.ts";

/** How somebody has an item for a time. */
export type Having = "kept" | "under-way" | "outside" | "elsewhere" | "returned" | "destroyed";

/** A stretch of an item's time in which one had it. */
export interface Span {
  readonly from: Temporal.Instant;
  /** `null` while it lasts. */
  readonly to: Temporal.Instant | null;
  readonly having: Having;
  /** The person; empty where only an office or a node is known. */
  readonly who: string;
  readonly office: string;
  /** Numbers of the events with which it began and ended: the signatures. */
  readonly began: number;
  readonly ended: number | null;
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");
type Begun = Pick<Span, "having" | "who" | "office">;

/** What an event makes of who has it; `undefined` where it leaves that as it is. `before` is the stretch before the present one. */
function begunBy(event: CustodyEvent, before: Begun | undefined): Begun | undefined {
  const { facts, actor } = event;
  const acting: Begun = { having: "kept", who: actor.name ?? "", office: actor.office ?? "" };
  switch (event.act) {
    case "item.acquire":
    case "item.lodge":
    case "item.emerge":
    case "item.retake":
      return acting;
    case "item.arrive":
      return { having: "kept", who: "", office: text(facts["office"]) };
    case "item.transfer":
      return { having: "under-way", who: text(facts["to"]), office: text(facts["to_office"]) };
    case "item.pass":
      return {
        having: "under-way",
        who: "",
        office: event.theirs ? text(facts["to_office"]) : text(facts["to_node_name"]) || text(facts["to_node"]),
      };
    case "item.receive":
      return event.theirs ? undefined : facts["awaits_file"] === true ? undefined : acting;
    case "item.hand":
      return event.type === "receive"
        ? { having: "kept", who: text(facts["custodian"]), office: text(facts["office"]) }
        : {
            having: "elsewhere",
            who: text(facts["signed_by"]),
            office: text(facts["to_node_name"]) || text(facts["to_node"]),
          };
    case "item.refuse":
    case "item.withdraw":
    case "item.lapse":
      return before;
    case "item.lend":
      return { having: "outside", who: text(facts["person"]), office: text(facts["recipient"]) };
    case "item.return":
      return { having: "returned", who: text(facts["recipient"]), office: "" };
    case "item.dispose":
      return facts["step"] === "destroyed" ? { having: "destroyed", who: "", office: "" } : undefined;
    default:
      return undefined;
  }
}

/** Who had it when, without a gap: each stretch ends where the next begins. Time between a hand-over and its signature is a stretch of its own. */
export function spansOf(events: readonly CustodyEvent[]): Span[] {
  const spans: Span[] = [];
  for (const event of events) {
    const last = spans.at(-1);
    const begun = begunBy(event, spans.at(-2));
    if (begun === undefined) continue;
    if (last) spans[spans.length - 1] = { ...last, to: event.at, ended: event.seq };
    spans.push({
      having: begun.having,
      who: begun.who,
      office: begun.office,
      from: event.at,
      to: null,
      began: event.seq,
      ended: null,
    });
  }
  return spans;
}

/** A seal that was on the item: its number, who put it on, how it ended. */
export interface SealSpan {
  /** Empty where it bore none. */
  readonly number: string;
  readonly from: Temporal.Instant;
  readonly to: Temporal.Instant | null;
  readonly ended: "opened" | "found-broken" | "other-number" | null;
  /** Exhibit number of the photograph of it. */
  readonly photo: string;
  readonly began: number;
}

/** Acts by which somebody looks at a seal and has it from then on. */
const TAKES = new Set(["item.receive", "item.retake"]);

/** Every seal that the item has borne, the first one first. A number that nobody recorded when it was put on is the one seen first. */
export function sealsOf(events: readonly CustodyEvent[]): SealSpan[] {
  const seals: SealSpan[] = [];
  const end = (event: CustodyEvent, ended: SealSpan["ended"]) => {
    const last = seals.at(-1);
    if (last && last.to === null)
      seals[seals.length - 1] = { ...last, to: event.at, ended, photo: text(event.facts["photo"]) || last.photo };
  };
  for (const event of events) {
    const { facts, act, at, seq } = event;
    const begin = (number: string) =>
      seals.push({ number, from: at, to: null, ended: null, photo: text(facts["photo"]), began: seq });
    if (act === "item.seal") begin(text(facts["seal_number"]));
    else if (act === "item.unseal") end(event, "opened");
    else if (act === "item.broken") end(event, "found-broken");
    else if (act === "item.pass" && event.theirs && facts["sealed"] === true) begin(text(facts["seal_number"]));
    else if (facts["seal_match"] === false) {
      end(event, "other-number");
      begin(text(facts["seal_seen"]));
    } else if (TAKES.has(act) && !event.theirs && seals.at(-1)?.number === "" && seals.at(-1)?.to === null)
      seals[seals.length - 1] = { ...(seals.at(-1) as SealSpan), number: text(facts["seal_seen"]) };
  }
  return seals;
}
