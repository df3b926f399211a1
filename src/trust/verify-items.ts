import { headCheck } from "./verify-head.ts";
import { chainFindings, unnamedFiles } from "./verify-custody.ts";
import { type Contents, isFinding, reading } from "./verify-contents.ts";
import { type Ledger, proofFault } from "./verify-ledger.ts";
import {
  type CustodyLine,
  type ItemFacts,
  type ItemFile,
  PLACE,
  type Withheld,
  type WithheldLine,
  isWithheld,
  itemPlaces,
  readCustody,
  readItem,
  writeHashdeep,
} from "./verify-package-form.ts";
import { type Check, type Finding, either, found, passed } from "./verify-report.ts";
import type { Learnt } from "./verify-signatures.ts";

/** Something that the package leaves out, and by whose decision. */
export interface WithheldSummary extends Withheld {
  /** The event's number, or `null` for a file. */
  readonly event: number | null;
  /** The file's name, or `null` for an event. */
  readonly file: string | null;
}

/** An item in the report. */
export interface ItemSummary {
  readonly number: string;
  readonly description: string;
  readonly events: number;
  readonly files: number;
  /** Where its last event stands in the ledger; `null` where that is not proven. */
  readonly lastLeaf: number | null;
  /** The event that the ledger knew as its last, and when that was logged; `null` where the package does not prove it. */
  readonly complete: { readonly event: number; readonly at: string } | null;
  readonly first: string | null;
  readonly last: string | null;
  readonly withheld: readonly WithheldSummary[];
  /** True where MD5 or SHA-1 are recorded and were not computed again. */
  readonly olderUnchecked: boolean;
}

const OLDER = ["md5", "sha1"] as const;

/** The item's facts against the files that lie there. */
function fileFindings(contents: Contents, item: ItemFacts): Finding[] {
  const findings: Finding[] = [];
  for (const { path, sizeBytes, sha256, ...older } of item.files) {
    const values = { number: item.number };
    if (path === null) continue;
    for (const algorithm of OLDER) {
      const [told, computed] = [older[algorithm], contents.digest(path, algorithm)];
      if (told !== undefined && computed !== null && told !== computed)
        findings.push(found("item", path, "item.older", { ...values, field: algorithm }));
    }
    if (!contents.has(path)) findings.push(found("item", path, "item.file", { ...values, field: "path" }));
    else if (contents.sizeBytes(path) !== sizeBytes)
      findings.push(found("item", path, "item.file", { ...values, field: "sizeBytes" }));
    else if (contents.sha256(path) !== sha256)
      findings.push(found("item", path, "item.file", { ...values, field: "sha256" }));
  }
  return findings;
}

type Lines = readonly (CustodyLine | WithheldLine)[];

/** Every event's proof: there, of this event, under this checkpoint, and in the events' order. */
async function proofFindings(contents: Contents, folder: string, lines: Lines, ledger: Ledger) {
  const findings: Finding[] = [];
  const places = itemPlaces(folder);
  const expected = new Set(lines.map((_, index) => places.proof(index + 1)));
  let last = -1;
  for (const [index, line] of lines.entries()) {
    const name = places.proof(index + 1);
    const event = index + 1;
    if (!contents.has(name)) {
      findings.push(found("proof", name, "proof.missing", { event }));
      continue;
    }
    const proof = await reading("proof", name, async () =>
      proofFault((await contents.read(name)).toString("utf8"), line.digest, ledger),
    );
    if (isFinding(proof)) findings.push(proof);
    else if (proof.fault !== null) findings.push(found("proof", name, `proof.${proof.fault}`, { event }));
    else {
      if (proof.index <= last) findings.push(found("proof", name, "proof.order", { event }));
      last = proof.index;
    }
  }
  const folderOfProofs = places.proof(0).slice(0, places.proof(0).lastIndexOf("/") + 1);
  for (const name of contents.names) {
    if (name.startsWith(folderOfProofs) && !expected.has(name)) findings.push(found("proof", name, "proof.extra"));
  }
  return { findings, last: findings.length === 0 && last >= 0 ? last : null };
}

/** Whether the chain is whole to its end: the ledger's own word of which event was the last, where the node had given it. */
async function headChecks(
  contents: Contents,
  folder: string,
  about: { readonly item: ItemFacts; readonly lines: Lines },
  ledger: Ledger,
): Promise<Check> {
  const { head: place, custody } = itemPlaces(folder);
  const { item, lines } = about;
  if (!contents.has(place)) return passed("head", custody, "head.none", { event: lines.length });
  const { number, subject } = item;
  return reading("head", place, async () =>
    headCheck(place, await contents.read(place), { number, subject, lines }, ledger),
  );
}

/** A reason as a sentence takes it in: its own full stop would stand there twice. */
const plain = ({ by, at, reason }: Withheld) => ({ by, at, reason: reason.trim().replace(/[.。]+$/, "") });

/** What the package leaves out. An event's place is proved where the event after it, or the list of last events, names its digest. */
function withheldChecks(folder: string, item: ItemFacts, lines: Lines, head: Check | null): readonly Check[] {
  const { custody, item: facts } = itemPlaces(folder);
  const { number } = item;
  const isHeld = (event: number): boolean => {
    const next = lines[event];
    return next === undefined ? head?.key === "head.ok" && head.values["event"] === event : !isWithheld(next);
  };
  const events = lines.flatMap((line, index) => {
    if (!isWithheld(line)) return [];
    const key = isHeld(index + 1) ? "withheld.event" : "withheld.event-loose";
    return [passed("withheld", custody, key, { number, event: index + 1, ...plain(line.withheld) })];
  });
  const files = item.files.flatMap(({ name, sha256, withheld }) =>
    withheld ? [passed("withheld", facts, "withheld.file", { number, name, sha256, ...plain(withheld) })] : [],
  );
  return [...events, ...files];
}

const withheldIn = (item: ItemFacts, lines: Lines): WithheldSummary[] => [
  ...lines.flatMap((line, index) => (isWithheld(line) ? [{ event: index + 1, file: null, ...line.withheld }] : [])),
  ...item.files.flatMap(({ name, withheld }) => (withheld ? [{ event: null, file: name, ...withheld }] : [])),
];

async function oneItem(contents: Contents, folder: string, ledger: Ledger | null, stampedAt: Temporal.Instant | null) {
  const places = itemPlaces(folder);
  const item = await reading("item", places.item, async () => readItem(await contents.read(places.item)));
  if (isFinding(item)) return { checks: [item], item: null, summary: null };
  const { number, description, files } = item;
  const itemFound = fileFindings(contents, item);
  const lines = await reading("custody", places.custody, async () => readCustody(await contents.read(places.custody)));
  if (isFinding(lines)) return { checks: [...itemFound, lines], item, summary: null };
  const chain = chainFindings(places.custody, item, lines, stampedAt);
  const proofs = ledger ? await proofFindings(contents, folder, lines, ledger) : { findings: [], last: null };
  const head = ledger ? await headChecks(contents, folder, { item, lines }, ledger) : null;
  const events = lines.length;
  const shown = lines.flatMap((line) => (isWithheld(line) ? [] : [line]));
  const [first, last] = [shown[0]?.at ?? null, shown.at(-1)?.at ?? null];
  const withheld = withheldIn(item, lines);
  const count = files.length - withheld.filter(({ file }) => file !== null).length;
  const checks: Check[] = [
    ...either([...itemFound, ...unnamedFiles(item, lines)], passed("item", places.item, "item.ok", { number, count })),
    ...either(
      chain,
      passed("custody", places.custody, "custody.ok", { number, count: events, first: first ?? "", last: last ?? "" }),
    ),
  ];
  if (ledger)
    checks.push(...either(proofs.findings, passed("proof", places.custody, "proof.ok", { number, count: events })));
  if (head) checks.push(head);
  checks.push(...withheldChecks(folder, item, lines, head));
  const complete =
    head?.key === "head.ok" ? { event: Number(head.values["event"]), at: String(head.values["at"]) } : null;
  const summary: ItemSummary = {
    number,
    description,
    events,
    files: files.length,
    lastLeaf: proofs.last,
    complete,
    first,
    last,
    withheld,
    olderUnchecked: files.some(({ path, ...older }) =>
      OLDER.some((each) => path !== null && older[each] !== undefined && contents.digest(path, each) === null),
    ),
  };
  return { checks, item, summary };
}

/** Each file of evidence must belong to exactly one item, and the hashdeep list must be theirs. */
async function payloadFindings(contents: Contents, items: readonly ItemFacts[]): Promise<readonly Check[]> {
  const checks: Check[] = [];
  const claimed = new Map<string, ItemFile>();
  for (const file of items.flatMap(({ files }) => files)) {
    if (file.path === null) continue;
    if (claimed.has(file.path)) checks.push(found("item", file.path, "item.twice"));
    claimed.set(file.path, file);
  }
  const there = contents.names.filter((name) => name.startsWith(PLACE.payload));
  for (const name of there) {
    if (!claimed.has(name)) checks.push(found("item", name, "item.unowned"));
    else checks.push(passed("file", name, "file.ok", { sha256: contents.sha256(name) }));
  }
  const expected = writeHashdeep(
    there.map((path) => ({
      ...claimed.get(path),
      path,
      sizeBytes: contents.sizeBytes(path),
      sha256: contents.sha256(path),
    })),
  );
  const list = await reading("item", PLACE.hashdeep, async () =>
    (await contents.read(PLACE.hashdeep)).toString("utf8"),
  );
  if (isFinding(list)) checks.push(list);
  else if (list !== expected) checks.push(found("item", PLACE.hashdeep, "item.hashdeep"));
  return checks;
}

/** Every item of the package: its facts, its files, its events, and that the ledger holds them. */
export async function itemChecks(
  contents: Contents,
  ledger: Ledger | null,
  stampedAt: Temporal.Instant | null,
): Promise<Learnt<readonly ItemSummary[]> & { readonly value: readonly ItemSummary[] }> {
  const folders = new Set<string>();
  for (const name of contents.names) {
    const [, folder] = /^items\/([^/]+)\//.exec(name) ?? [];
    if (folder !== undefined) folders.add(folder);
  }
  const checks: Check[] = folders.size === 0 ? [found("item", PLACE.items, "item.none")] : [];
  const items: ItemFacts[] = [];
  const summaries: ItemSummary[] = [];
  for (const folder of folders) {
    const { checks: each, item, summary } = await oneItem(contents, folder, ledger, stampedAt);
    checks.push(...each);
    if (item) items.push(item);
    if (summary) summaries.push(summary);
  }
  checks.push(...(await payloadFindings(contents, items)));
  return { checks, value: summaries };
}
