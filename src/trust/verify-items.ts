import { headCheck } from "./verify-head.ts";
import { chainFindings, unnamedFiles } from "./verify-custody.ts";
import { type Contents, isFinding, reading } from "./verify-contents.ts";
import { type Ledger, proofFault } from "./verify-ledger.ts";
import {
  type CustodyLine,
  type ItemFacts,
  PLACE,
  itemPlaces,
  readCustody,
  readItem,
  writeHashdeep,
} from "./verify-package-form.ts";
import { type Check, type Finding, either, found, passed } from "./verify-report.ts";
import type { Learnt } from "./verify-signatures.ts";

/** An item in the report. */
export interface ItemSummary {
  readonly number: string;
  readonly description: string;
  readonly events: number;
  readonly files: number;
  /** Where its last event stands in the ledger; `null` where that is not proven. */
  readonly lastLeaf: number | null;
}

/** The item's facts against the files that lie there. */
function fileFindings(contents: Contents, item: ItemFacts): Finding[] {
  const findings: Finding[] = [];
  for (const { path, sizeBytes, sha256 } of item.files) {
    const values = { number: item.number };
    if (!contents.has(path)) findings.push(found("item", path, "item.file", { ...values, field: "path" }));
    else if (contents.sizeBytes(path) !== sizeBytes)
      findings.push(found("item", path, "item.file", { ...values, field: "sizeBytes" }));
    else if (contents.sha256(path) !== sha256)
      findings.push(found("item", path, "item.file", { ...values, field: "sha256" }));
  }
  return findings;
}

/** Every event's proof: there, of this event, under this checkpoint, and in the events' order. */
async function proofFindings(contents: Contents, folder: string, lines: readonly CustodyLine[], ledger: Ledger) {
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
  about: { readonly number: string; readonly lines: readonly CustodyLine[] },
  ledger: Ledger,
): Promise<Check> {
  const { head: place, custody } = itemPlaces(folder);
  if (!contents.has(place)) return passed("head", custody, "head.none", { event: about.lines.length });
  const digests = about.lines.map((line) => line.digest.toString("hex"));
  return reading("head", place, async () =>
    headCheck(place, await contents.read(place), { ...about, digests }, ledger),
  );
}

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
  const events = lines.length;
  const first = lines[0]?.at ?? "";
  const last = lines.at(-1)?.at ?? "";
  const checks: Check[] = [
    ...either(
      [...itemFound, ...unnamedFiles(item, lines)],
      passed("item", places.item, "item.ok", { number, count: files.length }),
    ),
    ...either(chain, passed("custody", places.custody, "custody.ok", { number, count: events, first, last })),
  ];
  if (ledger)
    checks.push(...either(proofs.findings, passed("proof", places.custody, "proof.ok", { number, count: events })));
  if (ledger) checks.push(await headChecks(contents, folder, { number, lines }, ledger));
  const summary: ItemSummary = { number, description, events, files: files.length, lastLeaf: proofs.last };
  return { checks, item, summary };
}

/** Each file of evidence must belong to exactly one item, and the hashdeep list must be theirs. */
async function payloadFindings(contents: Contents, items: readonly ItemFacts[]): Promise<readonly Check[]> {
  const checks: Check[] = [];
  const claimed = new Set<string>();
  const files = items.flatMap((item) => item.files);
  for (const { path } of files) {
    if (claimed.has(path)) checks.push(found("item", path, "item.twice"));
    claimed.add(path);
  }
  for (const name of contents.names.filter((each) => each.startsWith(PLACE.payload))) {
    if (!claimed.has(name)) checks.push(found("item", name, "item.unowned"));
    else checks.push(passed("file", name, "file.ok", { sha256: contents.sha256(name) }));
  }
  const there = contents.names.filter((name) => name.startsWith(PLACE.payload));
  const expected = writeHashdeep(
    there.map((path) => ({ path, sizeBytes: contents.sizeBytes(path), sha256: contents.sha256(path) })),
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
