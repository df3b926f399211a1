import { type Observable, type ObservableType } from "./finding.ts";
import { findObservables } from "./observable.ts";
import { readPhone } from "./phones.ts";
import type { Code } from "./classification.ts";
import { OBSERVABLES_MAX } from "./observable.ts";
import { rank, type Ranked, type Urgency } from "./priority.ts";
import type { Channel, Submission } from "./report.ts";

/** A report ready to be written: searched, and with the facts that its rank depends on. */
export interface Prepared {
  readonly category: Code;
  readonly description: string;
  readonly channel: Channel;
  readonly language: string;
  readonly observables: readonly Observable[];
  readonly facts: Readonly<Record<string, unknown>>;
  readonly urgency: Urgency;
  /** Contact as JSON, to be sealed; `null` for an anonymous report. */
  readonly contact: string | null;
  readonly receivedAt: Temporal.Instant;
}

/** Where and when a submission is received. */
export interface Receiving {
  readonly channel: Channel;
  readonly country: string;
  readonly language: string;
  readonly now: Temporal.Instant;
}

/** Searches a submission and collects what it is ranked by. Pure. */
export function prepare(submission: Submission, { channel, country, language, now }: Receiving): Prepared {
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
  const told = Object.entries({ danger, minor, live, essential, partner }).filter(([, value]) => value);
  return {
    category,
    description,
    channel,
    language: own ?? language,
    observables: unique,
    facts: { ...Object.fromEntries(told), ...(transfers.length > 0 ? { transfers } : {}) },
    urgency: { category, danger, minor, live, essential, partner, transferHours: sinceLastTransfer(transfers, now) },
    contact: isContact ? JSON.stringify(contact) : null,
    receivedAt: now,
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
/** Hours since the latest dated transfer; `undefined` where none is dated, or where the latest date has not come yet. */
function sinceLastTransfer(transfers: Submission["transfers"], now: Temporal.Instant): number | undefined {
  const hours = transfers.flatMap(({ at }) =>
    at === undefined ? [] : [(now.epochMilliseconds - Temporal.Instant.from(at).epochMilliseconds) / HOUR_MS],
  );
  const past = hours.filter((each) => each >= 0);
  return past.length === 0 ? undefined : Math.min(...past);
}

/** The rank of a prepared report, once it is known how many reports share something with it. */
export const rankOf = ({ urgency }: Prepared, sharing: number): Ranked => rank({ ...urgency, sharing });
