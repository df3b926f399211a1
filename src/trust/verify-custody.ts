import { type CustodyLine, type ItemFacts, type WithheldLine, holdsText, isWithheld } from "./verify-package-form.ts";
import { type Finding, found } from "./verify-report.ts";

/** A node's clock and a time-stamp authority's may differ by this much, in seconds, without anybody having lied. */
export const CLOCKS_APART_SECONDS_MAX = 60;

function momentOf(at: string): Temporal.Instant | null {
  try {
    return Temporal.Instant.from(at);
  } catch {
    return null;
  }
}

function timeFinding(
  subject: string,
  { event, at, told }: { event: number; at: Temporal.Instant | null; told: string },
  { latest, stampedAt }: { latest: Temporal.Instant | null; stampedAt: Temporal.Instant | null },
): Finding | null {
  if (at === null) return found("custody", subject, "custody.no-time", { event });
  if (latest && Temporal.Instant.compare(at, latest) < 0) {
    return found("custody", subject, "custody.back-dated", { event, at: told, before: latest.toString() });
  }
  const stamped = stampedAt?.add({ seconds: CLOCKS_APART_SECONDS_MAX });
  if (!stamped || Temporal.Instant.compare(at, stamped) <= 0) return null;
  return found("custody", subject, "custody.after-stamp", { event, at: told, stamped: stamped.toString() });
}

/**
 * What is wrong with the order of one item's events: each must follow the one before it, in number, digest and time. An event whose
 * words are withheld holds its place by its digest, which the event after it must name.
 */
export function chainFindings(
  subject: string,
  item: ItemFacts,
  lines: readonly (CustodyLine | WithheldLine)[],
  stampedAt: Temporal.Instant | null,
): readonly Finding[] {
  const findings: Finding[] = lines.length === 0 ? [found("custody", subject, "custody.empty")] : [];
  let digest: string | null = null;
  let latest: Temporal.Instant | null = null;
  for (const [index, line] of lines.entries()) {
    const event = index + 1;
    if (isWithheld(line)) {
      digest = line.digest.toString("hex");
      continue;
    }
    if (line.seq !== event) findings.push(found("custody", subject, "custody.number", { event, told: line.seq }));
    if (line.prev !== digest) findings.push(found("custody", subject, "custody.chain", { event }));
    if (line.subject.kind !== item.subject.kind || line.subject.id !== item.subject.id) {
      findings.push(found("custody", subject, "custody.other-item", { event }));
    }
    const at = momentOf(line.at);
    const wrongTime = timeFinding(subject, { event, at, told: line.at }, { latest, stampedAt });
    if (wrongTime) findings.push(wrongTime);
    digest = line.digest.toString("hex");
    latest = at ?? latest;
  }
  return findings;
}

/** Files whose digest no event of the item names: nothing would say that these bytes are the ones that were acquired. */
export const unnamedFiles = (item: ItemFacts, lines: readonly (CustodyLine | WithheldLine)[]): readonly Finding[] =>
  item.files
    .filter(({ sha256 }) => !lines.some((line) => !isWithheld(line) && holdsText(line.change, sha256)))
    .map(({ path, name }) => found("item", path ?? name, "item.unnamed", { number: item.number }));
