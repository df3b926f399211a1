import type { RequestRow } from "../requests/slice.ts";

/** What is looked at before a provider hands anything over. */
export const CHECKS = [
  "signature",
  "peer",
  "authority",
  "two-people",
  "in-time",
  "provision",
  "emergency",
  "held",
] as const;
export type CheckName = (typeof CHECKS)[number];
/**
 * `proven`: this node has seen the proof itself; `stated`: the sender says so under its signature, and answers for it; `failed`: it is not
 * so; `absent`: nothing is said of it.
 */
export type Outcome = "proven" | "stated" | "failed" | "absent";

/** One check, its outcome, and by whom it is proven or stated. */
export interface Check {
  readonly name: CheckName;
  readonly outcome: Outcome;
  /** Key of the words that say by whom; `values` go into them. */
  readonly by: "here" | "two-people-here" | "sender" | "declared-here";
  readonly values: Readonly<Record<string, string>>;
}

/** An act of the sender's node before it was sent, as the sender's signed message told it. */
interface Before {
  readonly act: string;
  readonly at: string;
  readonly by: string;
}

/** What the checks are made of. */
export interface Legal {
  readonly request: Pick<RequestRow, "authority" | "authorised_until" | "sent_at" | "urgency" | "particulars" | "data">;
  readonly before: readonly Before[];
  /** Fingerprint of the sender's entry that this node has verified and keeps; `null` where there is none. */
  readonly entry: string | null;
  /** Who confirmed the peer, and by which number; `null` where the peer is no longer trusted. */
  readonly peer: { readonly name: string; readonly confirmedBy: string | null; readonly digits: string } | null;
  /** Categories of data that this provider has declared to hold; empty where it has declared none. */
  readonly holdings: readonly string[];
  readonly now: Temporal.Instant;
}

/**
 * The legal basis of a request as a provider can verify it. Nothing here decides: it says what is proven and by whom, so that an officer
 * does not take the sender's word for a proof.
 *
 * @source CETS 185 Art. 15(2)
 */
export function checksOf(legal: Legal): Check[] {
  return [
    signature(legal),
    peer(legal),
    authority(legal),
    twoPeople(legal),
    inTime(legal),
    provision(legal),
    ...emergency(legal),
    held(legal),
  ];
}

const signature = ({ entry }: Legal): Check => ({
  name: "signature",
  outcome: entry === null ? "failed" : "proven",
  by: "here",
  values: { entry: entry?.slice(0, 16) ?? "" },
});

const peer = ({ peer: known }: Legal): Check => ({
  name: "peer",
  outcome: known?.confirmedBy ? "proven" : "failed",
  by: "two-people-here",
  values: { name: known?.name ?? "", person: known?.confirmedBy ?? "", digits: known?.digits ?? "" },
});

const authorisations = ({ before }: Legal) => before.filter(({ act }) => act === "authorise");

function authority(legal: Legal): Check {
  const { authorisedBy = "", authorisedOffice = "" } = legal.request.authority;
  const values = { person: authorisedBy, office: authorisedOffice };
  const outcome = authorisedBy === "" ? "absent" : authorisations(legal).length > 0 ? "stated" : "failed";
  return { name: "authority", outcome, by: "sender", values };
}

/** The sender's own history names who drafted and who decided: they must not be the same person. */
function twoPeople(legal: Legal): Check {
  const drafter = legal.before.find(({ act }) => act === "draft" || act === "carry")?.by ?? "";
  const decider = authorisations(legal).at(-1)?.by ?? "";
  const outcome = drafter === "" || decider === "" ? "absent" : drafter === decider ? "failed" : "stated";
  return { name: "two-people", outcome, by: "sender", values: { drafter, decider } };
}

function inTime({ request, now }: Legal): Check {
  const { authorised_until: until, sent_at: sent, authority: who } = request;
  const at = who.authorisedAt === undefined ? null : Temporal.Instant.from(who.authorisedAt);
  const today = now.toZonedDateTimeISO(who.zone).toPlainDate();
  const ended = until !== null && Temporal.PlainDate.compare(until, today) < 0;
  // The decision bears whole seconds, the sending milliseconds.
  const later = at !== null && sent !== null && at.epochMilliseconds > sent.epochMilliseconds + 1_000;
  const outcome = until === null || at === null ? "absent" : ended || later ? "failed" : "proven";
  return { name: "in-time", outcome, by: "here", values: { until: until?.toString() ?? "" } };
}

const provision = ({ request }: Legal): Check => ({
  name: "provision",
  outcome: request.authority.provision ? "stated" : "absent",
  by: "sender",
  values: { provision: request.authority.provision ?? "" },
});

/** @source CETS 224 Art. 9 */
const emergency = ({ request }: Legal): Check[] =>
  request.urgency === "emergency"
    ? [
        {
          name: "emergency",
          outcome: request.particulars.emergency ? "stated" : "absent",
          by: "sender",
          values: { danger: request.particulars.emergency ?? "" },
        },
      ]
    : [];

function held({ request, holdings }: Legal): Check {
  const wanted = [...new Set(request.data.map(({ category }) => category))];
  const lacking = wanted.filter((category) => !holdings.includes(category));
  const outcome = holdings.length === 0 || wanted.length === 0 ? "absent" : lacking.length === 0 ? "proven" : "failed";
  return { name: "held", outcome, by: "declared-here", values: { lacking: lacking.join(", ") } };
}
