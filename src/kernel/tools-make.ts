import type { FastifyRequest } from "fastify";
import type { AnyAct } from "./act.ts";
import type { Actor } from "./actor.ts";
import { type Chrome, languagesFor } from "./caller.ts";
import { direction } from "./i18n.ts";
import type { Node } from "./node.ts";
import type { NavigationEntry } from "./page.ts";
import { type SubjectKind, textsOf } from "./subject.ts";
import { allowedOnNode } from "./reader.ts";
import type { OfferedAct, Tools } from "./tools.ts";
import type { Reader } from "./view.ts";

/** Makes the tools of one page. */
export async function makeTools(of: {
  node: Node;
  actor: Actor;
  reader: Reader;
  request: FastifyRequest;
  role: "desk" | "portal";
  chrome: Chrome;
  nonce: string;
}): Promise<Tools> {
  const { node, actor, reader, request, role, chrome, nonce } = of;
  const t = node.translations.translate(reader.locale);
  const path = request.url.split("?")[0] ?? "/";
  const decide: Tools["decide"] = (action, kind, row) =>
    node.policy.decide({ actor, action, subject: kind, id: row.id, row, now: reader.now });
  return {
    t,
    has: (key) => node.translations.has(reader.locale, key) || node.translations.has("en", key),
    locale: reader.locale,
    locales: languagesFor(node, role),
    dir: direction(reader.locale),
    lacks: (key) => !node.translations.has(reader.locale, key) && node.translations.has("en", key),
    awaitsReader: node.translations.awaitsReader(reader.locale),
    zone: reader.zone,
    now: reader.now,
    url: request.url,
    path,
    role,
    node: { code: node.code, name: node.name, kind: node.kind },
    actor: actor.kind === "officer" ? actor : null,
    nonce,
    asset: chrome.asset,
    decide,
    may: (name) => couldDo(node, reader, name),
    acts: (kind, row) => offered(node, kind, row, decide),
    navigation: role === "desk" && actor.kind === "officer" ? await navigation(of, t, request.url) : [],
  };
}

/** Whether the reader could do this to some thing of the kind. */
export const isPossible = ({ policy }: Node, { actor, now }: Reader, act: AnyAct): boolean =>
  policy.possible({ actor, action: act.name, subject: act.subject, now });

function couldDo({ policy, registry }: Node, { actor, now }: Reader, action: string): boolean {
  const subject = registry.subjects.get(action.split(".")[0] ?? "");
  return subject !== undefined && policy.possible({ actor, action, subject, now });
}

function offered(
  node: Node,
  kind: SubjectKind,
  row: Readonly<Record<string, unknown>> & { id: string },
  decide: Tools["decide"],
): OfferedAct[] {
  const order = kind.life ? Object.keys(kind.life) : [];
  return [...node.registry.acts.values()]
    .filter((act) => act.subject.name === kind.name && !act.creates && (act.audience ?? "desk") === "desk")
    .filter((act) => !act.step || act.step.from.includes(String(row["state"])))
    .sort((a, b) => order.indexOf(a.verb) - order.indexOf(b.verb))
    .map((act) => {
      const decision = decide(act.name, kind, row);
      return {
        act,
        href: `/${kind.plural}/${row.id}/${act.verb}`,
        allowed: decision.allowed,
        decision,
        values: textsOf(kind, row),
      };
    });
}

/**
 * The entry that the page at `url` belongs to: the one that says most of it. An entry with a query is meant only where the page has
 * that query, too; a page further down belongs to the entry above it.
 */
export function currentEntry(hrefs: readonly string[], url: string): string | undefined {
  const here = new URL(url, "http://desk");
  const fits = hrefs.filter((href) => {
    const { pathname, searchParams } = new URL(href, "http://desk");
    if (searchParams.size > 0 && here.pathname !== pathname) return false;
    if (here.pathname !== pathname && !here.pathname.startsWith(`${pathname}/`)) return false;
    return [...searchParams].every(([name, value]) => here.searchParams.getAll(name).includes(value));
  });
  return fits.reduce<string | undefined>(
    (best, href) => (best === undefined || href.length > best.length ? href : best),
    undefined,
  );
}

/** Entries of the desk's navigation that this reader may open, in order. */
const entriesFor = (node: Node, actor: Actor, reader: Reader): NavigationEntry[] =>
  node.registry.slices
    .flatMap((slice): readonly NavigationEntry[] => slice.navigation ?? [])
    .filter((entry) => entry.action === undefined || allowedOnNode(node, actor, entry.action))
    .filter((entry) => entry.node === undefined || entry.node === node.kind)
    .filter((entry) => entry.acts === undefined || entry.acts.some((name) => couldDo(node, reader, name)))
    .sort((a, b) => a.order - b.order);

/** How much waits in a worklist; with `more`, at least so much. */
export interface Waiting {
  /** Message key. */
  readonly label: string;
  readonly count: number;
  readonly more: boolean;
}
/** How much waits for a reader in each worklist of theirs: the label's key and a number, and nothing else. */
export const waitingFor = (node: Node, reader: Reader): Promise<Waiting[]> =>
  Promise.all(
    entriesFor(node, reader.actor, reader).flatMap(({ label, count, countMax = Infinity }) =>
      count ? [count(reader).then((waiting) => ({ label, count: waiting, more: waiting >= countMax }))] : [],
    ),
  );

async function navigation(
  { node, actor, reader }: { node: Node; actor: Actor; reader: Reader },
  t: Tools["t"],
  url: string,
): Promise<Tools["navigation"]> {
  const entries = entriesFor(node, actor, reader);
  const here = currentEntry(
    entries.map(({ href }) => href),
    url,
  );
  return Promise.all(
    entries.map(async ({ href, label, count, countMax = Infinity }) => {
      const waiting = count ? await count(reader) : undefined;
      return {
        href,
        label: t(label),
        ...(waiting === undefined ? {} : { count: waiting }),
        ...(waiting !== undefined && waiting >= countMax ? { more: true as const } : {}),
        current: href === here,
      };
    }),
  );
}
