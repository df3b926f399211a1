import type { Report } from "./verify-package.ts";
import type { Check, CheckId, SentenceValues } from "./verify-report.ts";
import type { SentenceKey } from "./verify-words.ts";

/** A sentence that is still to be said in a language. */
export interface Statement {
  readonly key: SentenceKey;
  readonly values: SentenceValues;
}

/** A failed check, what it means for a court, and what to do about it. */
export interface Explained {
  readonly check: Check;
  readonly means: Statement;
  readonly todo: Statement;
}

/** A report in the order in which a judge would ask. */
export interface Explanation {
  readonly verdict: Statement;
  readonly wrong: readonly Explained[];
  /** What is proved, by whom and as of when; empty where something is wrong, since then the parts do not stand for the whole. */
  readonly proved: readonly Statement[];
  readonly withheld: readonly Statement[];
  readonly unproved: readonly Statement[];
}

type Failing = Exclude<CheckId, "withheld">;

const TODO: Readonly<Record<Failing, SentenceKey>> = {
  pdf: "todo.again",
  zip: "todo.again",
  mimetype: "todo.again",
  file: "todo.again",
  bag: "todo.again",
  manifest: "todo.again",
  signature: "todo.authority",
  certificate: "todo.keys",
  policy: "todo.keys",
  timestamp: "todo.authority",
  checkpoint: "todo.authority",
  witnesses: "todo.witness",
  custody: "todo.authority",
  proof: "todo.authority",
  head: "todo.authority",
  item: "todo.authority",
};

const say = (key: SentenceKey, values: SentenceValues = {}): Statement => ({ key, values });
const canFail = (id: CheckId): id is Failing => id !== "withheld";

const explained = (check: Check): readonly Explained[] =>
  check.ok || !canFail(check.id) ? [] : [{ check, means: say(`means.${check.id}`), todo: say(TODO[check.id]) }];

/** What the items of a good package prove. */
function provedOfItems({ items, ledger }: Report): Statement[] {
  const origin = ledger?.origin ?? "";
  return items.flatMap(({ number, events, files, first, last, complete, withheld }) => {
    const hidden = withheld.filter(({ file }) => file !== null).length;
    const values = { number, events, origin, first: first ?? "", last: last ?? "" };
    return [
      ...(files > hidden ? [say("proved.acquired", values)] : []),
      ...(hidden > 0 ? [say("proved.acquired-withheld", values)] : []),
      say(withheld.length === hidden ? "proved.custody" : "proved.custody-withheld", values),
      ...(complete ? [say("proved.complete", { ...complete, number, origin })] : []),
    ];
  });
}

function proved(report: Report): Statement[] {
  const { kind, signer, ledger, timestamps, checks } = report;
  const files = checks.find(({ id }) => id === "zip")?.values["count"] ?? 0;
  const signed = { signer: signer?.name ?? "", at: signer?.at ?? "", files };
  return [
    say(kind === "package" ? "proved.bytes" : "proved.document", signed),
    ...provedOfItems(report),
    ...(ledger ? [say("proved.ledger", { origin: ledger.origin, size: ledger.size })] : []),
    ...(ledger?.witnesses ?? []).map(({ name, at }) => say("proved.witness", { name, at })),
    ...timestamps
      .filter(({ isBuiltIn }) => !isBuiltIn)
      .map(({ stamped, at, by }) => say("proved.stamped", { what: stamped, at, name: by })),
  ];
}

/** What the package says of itself only, or nobody says at all. */
function unproved({ kind, items, ledger, timestamps, checks, signer }: Report, hasPolicy: boolean): Statement[] {
  const asOf = items.flatMap(({ complete }) => (complete ? [complete.at] : [])).toSorted()[0] ?? signer?.at ?? null;
  const own = kind === "package" ? "unproved.own-policy" : "unproved.own-document";
  const isUnstamped = checks.some(({ key }) => key === "pdf.unstamped");
  return [
    ...(hasPolicy ? [] : [say(own)]),
    ...(ledger && ledger.cosigned === 0 ? [say("unproved.alone")] : []),
    ...timestamps
      .filter(({ isBuiltIn }) => isBuiltIn)
      .map(({ stamped }) => say("unproved.own-clock", { what: stamped })),
    ...(isUnstamped ? [say("unproved.unstamped")] : []),
    ...items.flatMap(({ number, events, complete }) =>
      complete ? [] : [say("unproved.end", { number, event: events })],
    ),
    ...(items.some(({ withheld }) => withheld.length > 0) ? [say("unproved.withheld")] : []),
    ...(items.some(({ olderUnchecked }) => olderUnchecked) ? [say("unproved.older")] : []),
    ...(kind === "package" ? [say("unproved.before")] : []),
    ...(kind === "package" && asOf !== null ? [say("unproved.after", { at: asOf })] : []),
    say("unproved.revoked"),
    say("unproved.truth"),
  ];
}

/** Says what a report proves and what it does not. `hasPolicy`: the reader brought the keys' names from elsewhere. */
export function explain(report: Report, name: string, hasPolicy: boolean): Explanation {
  const wrong = report.checks.flatMap(explained);
  const values = { name, count: wrong.length };
  const verdict = {
    package: report.ok ? "verdict.good" : "verdict.bad",
    document: report.ok ? "verdict.good-document" : "verdict.bad-document",
  } as const;
  return {
    verdict: say(verdict[report.kind], values),
    wrong,
    proved: report.ok ? proved(report) : [],
    withheld: report.checks.filter(({ id }) => id === "withheld").map(({ key, values: told }) => say(key, told)),
    unproved: report.ok ? unproved(report, hasPolicy) : [],
  };
}
