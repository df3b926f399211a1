import { parseHTML } from "linkedom";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser } from "./browser.ts";
import { crawl, type Seen, shapeOf } from "./crawl.ts";
import { type Asked, type Look, Window } from "./looking.ts";
import { elementsOf, faultsOf, sameTitles } from "./page-rules.ts";
import { fillWorld, type Reported, reportByPortal } from "./pages-world.ts";
import { thorough } from "./thorough.ts";
import { type Visited, Visitor } from "./visitor.ts";
import { type RunningWorld, startWorld } from "./world.ts";

/** One visitor and everything that they opened. */
interface Round {
  readonly visitor: Visitor;
  readonly seen: readonly Seen[];
}
/** A page to look at, in every whole language. */
interface Specimen {
  readonly shape: string;
  readonly isPortal: boolean;
  readonly en: Visited;
  /** Absent where the page is built as another that is looked at in every way. */
  /** Of a node that has no French, Arabic alone. */
  readonly others?: { readonly fr?: Visited; readonly ar: Visited };
}

let at: RunningWorld;
let browser: Browser;
let reported: Reported;
let rounds: readonly Round[] = [];
let specimens: readonly Specimen[] = [];

beforeAll(async () => {
  at = await startWorld();
  reported = await fillWorld(at);
  const found = await Promise.all([visitPortals(), ...at.world.nodes.map(({ code }) => visitDesk(code))]);
  rounds = found.flat();
  specimens = [...(await questions()), ...(await oneOfEachShape()), ...(await withMistakes()), ...(await refusals())];
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await at?.stop();
  at?.remove();
  // The files that come after in this process need their place.
  [rounds, specimens] = [[], []];
});

/** The public of each node, and the reporter who comes back with the code. */
async function visitPortals(): Promise<Round[]> {
  const made: Round[] = [];
  for (const { code, portal } of at.world.nodes) {
    const visitor = new Visitor(`the public of ${code}`, portal);
    made.push({ visitor, seen: await crawl(visitor) });
  }
  const { reporter } = reported;
  return [...made, { visitor: reporter, seen: await crawl(reporter, ["/c/1"]) }];
}

/** Whose pages show what the second state alone has: it asks, answers and watches under another law. Its other roles see what Aruna's see. */
const OF_BELMORA: ReadonlySet<string> = new Set(["duty-officer", "judge", "data-protection-officer"]);
const isVisited = (code: string, role: string): boolean =>
  code !== "XB" || OF_BELMORA.has(role) || thorough(0, 1) === 1;

/** Nobody in particular, then every officer of the node, who comes in by the sign-in pages. */
async function visitDesk(code: string): Promise<Round[]> {
  const { desk, accounts: all } = at.node(code);
  const accounts = all.filter(({ role }) => isVisited(code, role));
  const nobody = new Visitor(`nobody at ${code}`, desk);
  const made: Round[] = [{ visitor: nobody, seen: await crawl(nobody, ["/invitation"]) }];
  const filtered = new Set<string>();
  for (const account of accounts) {
    const visitor = new Visitor(`${account.role} of ${code}`, desk);
    await visitor.signIn(account);
    made.push({ visitor, seen: await crawl(visitor, [], filtered) });
  }
  return made;
}

/** The pages of the public form, which only answers lead to. */
async function questions(): Promise<Specimen[]> {
  const { portal } = at.node("XA");
  const [french, arabic] = [await reportByPortal(portal, "fr"), await reportByPortal(portal, "ar")];
  return reported.pages.flatMap((en, index) => {
    const [fr, ar] = [french.pages[index], arabic.pages[index]];
    const shape = `${shapeOf(en.url)}${en.status === 422 ? ", with a mistake" : ""}`;
    return fr && ar ? [{ shape, isPortal: true, en, others: { fr, ar } }] : [];
  });
}

const isPage = ({ status, html }: Visited): boolean => status < 400 && html !== "";

/** Belmora speaks English, Filipino and Arabic. */
const HAS_FRENCH = /^(?!.*\b(?:of|at) XB$)/;
/** The same page in the languages beside English. */
const othersOf = async (visitor: Visitor, path: string) => ({
  ...(HAS_FRENCH.test(visitor.name) ? { fr: await visitor.get(path, "fr") } : {}),
  ar: await visitor.get(path, "ar"),
});

/** One page of each shape in every language; of requests one in each state, because they show different things. */
async function oneOfEachShape(): Promise<Specimen[]> {
  const known = new Map<string, Specimen>();
  for (const { visitor, seen } of rounds)
    for (const page of seen.filter(isPage)) {
      const isPortal = at.world.nodes.some(({ portal }) => page.url.startsWith(portal));
      const shape = `${isPortal ? "portal" : "desk"} ${page.shape}${page.shape === "/requests/:id" ? ` ${page.state}` : ""}`;
      if (known.has(shape)) continue;
      // What a filter shows is built as the list is: once is enough.
      const isFiltered = new URL(page.url).search !== "";
      const others = isFiltered ? {} : { others: await othersOf(visitor, page.url) };
      known.set(shape, { shape, isPortal, en: page, ...others });
    }
  return [...known.values()];
}

/** Each form of an act, sent with nothing typed. */
async function withMistakes(): Promise<Specimen[]> {
  const known = new Map<string, Specimen>();
  for (const { visitor, seen } of rounds)
    for (const page of seen.filter(isPage)) {
      const shape = `${page.shape}, with a mistake`;
      const { form } = page;
      if (form && !known.has(shape))
        known.set(shape, { shape, isPortal: false, en: await visitor.post(form.action, form.fields) });
    }
  return [...known.values()];
}

/** What does not exist, and what somebody may not do. */
async function refusals(): Promise<Specimen[]> {
  const { node } = at;
  const nobody = new Visitor("nobody", node("XA").portal);
  const officer = rounds.find(({ visitor }) => visitor.name === "statistician of XA")?.visitor;
  if (!officer) throw new Error("nobody came in");
  const both = async (visitor: Visitor, path: string, isPortal: boolean): Promise<Specimen> => ({
    shape: `${path} refused`,
    isPortal,
    en: await visitor.get(path),
    others: await othersOf(visitor, path),
  });
  return Promise.all([
    both(nobody, "/no-such-page", true),
    both(officer, "/no-such-page", false),
    both(officer, "/accounts/new", false),
    both(officer, "/requests/01a20b08-eed5-714e-8f70-a8ad65334699", false),
  ]);
}

/** Faults with the places where each was found, a few of each. */
class Faults {
  readonly #found = new Map<string, string[]>();
  add(fault: string, where: string): void {
    this.#found.set(fault, [...(this.#found.get(fault) ?? []), where]);
  }
  list = (): string[] =>
    [...this.#found].map(
      ([fault, where]) => `${fault} (${where.length}) ${[...new Set(where)].slice(0, 3).join("; ")}`,
    );
}

test("every link leads to where its reader may go", () => {
  const faults = new Faults();
  for (const { visitor, seen } of rounds)
    for (const { status, shape, url, from } of seen)
      if (status >= 400) faults.add(`${status} ${shape}`, `${visitor.name}: ${url} from ${from}`);
  expect(faults.list()).toEqual([]);
});

test("every page is whole: one heading, a title of its own, words for everything, nothing meant for machines", () => {
  const faults = new Faults();
  for (const { visitor, seen } of rounds) {
    for (const page of seen.filter(isPage))
      for (const fault of page.faults) faults.add(fault, `${visitor.name}: ${page.shape}`);
    for (const fault of sameTitles(seen.filter(isPage))) faults.add(fault, visitor.name);
  }
  for (const { shape, en, others } of specimens) {
    const pages = { ...("faults" in en ? {} : { en }), ...others };
    for (const [lang, page] of Object.entries(pages))
      for (const fault of faultsOf(parseHTML(page.html).document, lang)) faults.add(fault, `${shape} in ${lang}`);
  }
  expect(faults.list()).toEqual([]);
});

test("what cannot be done is said on a page, with the status that fits", () => {
  const faults = new Faults();
  for (const { shape, en } of specimens) {
    if (shape.endsWith("with a mistake") && en.status !== 422) faults.add(`${en.status} instead of 422`, shape);
    if (shape.endsWith("refused") && ![403, 404].includes(en.status)) faults.add(`${en.status}`, shape);
    if (en.html === "") faults.add("no page", shape);
  }
  expect(faults.list()).toEqual([]);
});

test("axe finds nothing wrong and nothing runs over the edge, in every whole language and both directions, light and dark", async () => {
  const faults = new Faults();
  const waiting = [...specimens];
  const known = new Markup();
  const work = async () => {
    const window = await Window.open(browser);
    for (let next = waiting.pop(); next; next = waiting.pop()) await look(window, next, { faults, known });
  };
  await Promise.all([work(), work()]);
  expect(faults.list()).toEqual([]);
}, 400_000);

/** The page of an act: `/items/:id/hold`, `/cases/:id/exhibits/new`. A few of them are looked at as every other page is. */
const isForm = (shape: string): boolean =>
  /^desk \/[a-z-]+\/:id\/[a-z-]+$|\/new$/.test(shape) && !/\/(authorise|transfer|decide|acquire)$/.test(shape);

/** Which elements axe has seen, within which others, in one way of showing them. Colours and names are those of elements, not of pages. */
class Markup {
  readonly #seen = new Map<string, Set<string>>();
  /** Whether a page that holds `elements` shows something that was not there before. */
  isNew(how: string, elements: readonly string[]): boolean {
    const before = this.#seen.get(how) ?? new Set<string>();
    this.#seen.set(how, before);
    const fresh = elements.filter((each) => !before.has(each));
    for (const each of fresh) before.add(each);
    return fresh.length > 0 || thorough(0, 1) === 1;
  }
}

interface Sight {
  readonly faults: Faults;
  readonly known: Markup;
}

/**
 * In English, light and wide, in Arabic, and in French, dark and narrow. What is built as something else that was seen so before
 * is asked for what only its own words can spoil: its width, and in English its structure. `npm run test:thorough` lets axe look
 * at every page in every way.
 */
async function look(
  window: Window,
  { shape, isPortal, en, others }: Specimen,
  { faults, known }: Sight,
): Promise<void> {
  const role = isPortal ? "portal" : "desk";
  const isNew = (how: string, page: Visited) =>
    known.isNew(`${role} ${how}`, elementsOf(parseHTML(page.html).document));
  const show = async (how: string, page: Visited, as: Look, asked: Asked | undefined) => {
    await (asked ? window.show(page, as) : window.exchange(page, as));
    if (asked) for (const fault of await window.axe(isPortal, asked)) faults.add(fault, `${shape} ${how}`);
    const wider = await window.wider(360);
    if (wider !== undefined) faults.add(wider, `${shape} ${how}`);
  };
  const isOther = isNew("in English", en);
  // Filtered lists and forms with mistakes are built as the page itself is, which is looked at in every way.
  if (isOther || others) await show("in English", en, { width: 1280, scheme: "light" }, isOther ? "all" : "structure");
  if (!others) return;
  // One component draws the forms of all acts: their words differ, which may be too wide.
  const arabic = !isForm(shape) && isNew("in Arabic", others.ar);
  const wide = { width: arabic ? 1280 : 360, scheme: "light" } as const;
  await show("in Arabic", others.ar, wide, arabic ? "language" : undefined);
  if (isForm(shape)) return;
  const french = others.fr ?? others.ar;
  const dark = isNew("in French, dark", french) ? "colours" : undefined;
  await show("in French, dark", french, { width: 360, scheme: "dark" }, dark);
}
