import type { Reporting } from "../access/slice.ts";
import type { Node } from "../kernel/node.ts";
import { type Amount, readAmount } from "../kernel/money.ts";
import {
  findObservables,
  type Observable,
  OBSERVABLES_MAX,
  type ObservableType,
  readPhone,
} from "../observables/slice.ts";
import type { KeptFile } from "./files.ts";
import type { Code } from "./classification.ts";
import { officeFor, ordinaryPriority, reportingOf } from "./law.ts";
import { rank, type Ranked, type RankingLaw, type Urgency } from "./priority.ts";
import type { AgeBand, Channel, Consent, ForWhom, Submission } from "./report.ts";

/** A report ready to be written: searched, and with the facts that its rank depends on. */
export interface Prepared {
  readonly category: Code;
  readonly description: string;
  readonly channel: Channel;
  readonly language: string;
  readonly observables: readonly Observable[];
  readonly facts: Readonly<Record<string, unknown>>;
  readonly district?: string | undefined;
  readonly ageBand?: AgeBand | undefined;
  readonly forWhom?: ForWhom | undefined;
  /** What left in all, in the one currency that most of it is in; absent where none of it is money of a state. */
  readonly loss?: Amount | undefined;
  /** When money last left, as far as that has come. */
  readonly transferAt?: Temporal.Instant | undefined;
  readonly urgency: Urgency;
  /** What the reporter agrees to; absent, to nothing. */
  readonly consent?: Consent | undefined;
  /** Contact as JSON, to be sealed; `null` for an anonymous report. */
  readonly contact: string | null;
  readonly receivedAt: Temporal.Instant;
  /** Files that become the report's, in the same transaction. */
  readonly files?: readonly KeptFile[];
  /** The country's word on how urgent the category is. */
  readonly law: RankingLaw;
  /** Code of the office that is competent; `undefined`: any police office. */
  readonly office?: string | undefined;
  /** The sender's browser has done the work that a copy costs. */
  readonly worked?: boolean | undefined;
}

/** Where and when a submission is received. */
export interface Receiving {
  readonly channel: Channel;
  readonly country: string;
  /** ISO 4217: of amounts that name none. */
  readonly currency: string;
  /** The country's routes, priorities and bounds. */
  readonly reporting: Reporting;
  readonly language: string;
  readonly now: Temporal.Instant;
}

/** How this node receives through a door. */
export function receivingOn(node: Node, channel: Channel): Receiving {
  const reporting = reportingOf(node);
  return {
    channel,
    country: node.config.country,
    currency: reporting.currency,
    reporting,
    language: node.config.languages[0] ?? "en",
    now: node.clock(),
  };
}

/** Searches a submission and collects what it is ranked by. Pure. */
export function prepare(
  submission: Submission,
  { channel, country, currency, reporting, language, now }: Receiving,
): Prepared {
  const {
    category,
    description,
    contact,
    transfers,
    observables: named,
    language: own,
    danger,
    minor,
    live,
    essential,
    partner,
    district,
    age_band: ageBand,
    for_whom: forWhom,
    consent,
  } = submission;
  const transfersText = transfers
    .map(({ to, reference }) => [to, reference].filter(Boolean).join(" ; "))
    .filter((text) => text !== "");
  const found = [
    ...named.flatMap(({ type, value }) => observableOf(type, value, country)),
    ...transfersText.flatMap((text) => findObservables(text, { country })),
    ...findObservables(description, { country }),
  ];
  const unique = [...new Map(found.map((each) => [each.key, each])).values()].slice(0, OBSERVABLES_MAX);
  const isContact = contact !== undefined && Object.values(contact).some((each) => each !== undefined);
  const transferAt = lastTransfer(transfers, now);
  const told = Object.entries({ danger, minor, live, essential, partner }).filter(([, value]) => value);
  return {
    category,
    description,
    channel,
    language: own ?? language,
    observables: unique,
    facts: { ...Object.fromEntries(told), ...(transfers.length > 0 ? { transfers } : {}) },
    district,
    ageBand,
    forWhom,
    loss: lossOf(transfers, currency),
    transferAt,
    urgency: {
      category,
      danger,
      minor: minor || ageBand === "under-13" || ageBand === "13-17",
      live,
      essential,
      partner,
      transferHours: transferAt && (now.epochMilliseconds - transferAt.epochMilliseconds) / HOUR_MS,
    },
    consent,
    contact: isContact ? JSON.stringify(contact) : null,
    receivedAt: now,
    law: { ordinary: ordinaryPriority(reporting, category), sharedMin: reporting.sharedMin },
    office: officeFor(reporting, { category, district }),
  };
}

/** A thing that the sender names: read as what they say it is; kept as weak where it has not that form. */
function observableOf(type: ObservableType, value: string, country: string): Observable[] {
  const read =
    type === "phone"
      ? readPhone(value, country)
      : findObservables(value, { country }).find((each) => each.type === type);
  return [read ?? { type, value, key: `said:${type}:${value.toLowerCase()}`, strong: false }];
}

const HOUR_MS = 3_600_000;
/** The latest dated transfer; `undefined` where none is dated, or where the dates have not come yet. */
function lastTransfer(transfers: Submission["transfers"], now: Temporal.Instant): Temporal.Instant | undefined {
  return transfers
    .flatMap(({ at }) => (at === undefined ? [] : [Temporal.Instant.from(at)]))
    .filter((at) => Temporal.Instant.compare(at, now) <= 0)
    .sort((a, b) => Temporal.Instant.compare(a, b))
    .at(-1);
}

/** What left in all. Sums of different currencies are not added: the one with most transfers counts. */
function lossOf(transfers: Submission["transfers"], ordinary: string): Amount | undefined {
  const sums = new Map<string, { minor: number; n: number }>();
  for (const { amount, currency } of transfers) {
    const read = amount === undefined ? undefined : readAmount(amount, currency?.toUpperCase() ?? ordinary);
    if (!read) continue;
    const sum = sums.get(read.currency) ?? { minor: 0, n: 0 };
    sums.set(read.currency, { minor: sum.minor + read.minor, n: sum.n + 1 });
  }
  const [most] = [...sums].sort(([, a], [, b]) => b.n - a.n);
  return most && Number.isSafeInteger(most[1].minor) ? { currency: most[0], minor: most[1].minor } : undefined;
}

/** The rank of a prepared report, once it is known how many reports share something with it. */
export const rankOf = ({ urgency, law }: Prepared, sharing: number): Ranked => rank({ ...urgency, sharing }, law);
