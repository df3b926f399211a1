import { parseHTML } from "linkedom";
import { faultsOf } from "./page-rules.ts";
import { thorough } from "./thorough.ts";
import type { Visited, Visitor } from "./visitor.ts";

/** One page as one visitor got it. */
export interface Seen extends Visited {
  readonly visitor: string;
  /** The address with what differs between things of one kind taken out: pages of one shape are built alike. */
  readonly shape: string;
  /** The page on which the link stood. */
  readonly from: string;
  readonly title: string;
  /** How the thing of the page stands, as its first tag says it. */
  readonly state: string;
  /** What is wrong with its source; nothing is looked for where the answer was a refusal. */
  readonly faults: readonly string[];
  /** Its form that would be refused as it stands. */
  readonly form: Unfilled | undefined;
}
/** A form that would be refused when it is sent as it stands, because something must be typed first. */
export interface Unfilled {
  readonly action: string;
  readonly fields: Record<string, string>;
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
/** How many pages of one shape a visitor opens: of things, whose pages show other parts in other states, more than of lists and forms. */
const ofEach = (shape: string): number =>
  /^\/requests\/:id$/.test(shape) ? 3 : /:id$/.test(shape) ? thorough(2, 3) : thorough(1, 3);
/** Parameters whose value makes another page of it. */
const TELLING = new Set(["box", "done"]);

/** Which shape an address has. */
export function shapeOf(address: string): string {
  const { pathname, searchParams } = new URL(address);
  const query = [...searchParams]
    .filter(([name]) => name !== "lang")
    .map(([name, value]) => (TELLING.has(name) ? `${name}=${value}` : name));
  const path = pathname
    .replaceAll(UUID, ":id")
    .replace(/^\/(powers|policies|decisions|treaties)\/[^/]+$/, "/$1/:id")
    .replace(/^\/statistics\/.+\.(\w+)$/, "/statistics/:file.$1")
    .replace(/^\/ledger\/.+$/, "/ledger/…");
  return query.length > 0 ? `${path}?${[...new Set(query)].sort().join("&")}` : path;
}

/** Addresses of this origin that a page leads to: links, forms that ask, and pages of the acts whose buttons it shows. */
function leadsTo(document: Document, url: string): string[] {
  const links = [...document.querySelectorAll("a[href]")].map((each) => each.getAttribute("href") ?? "");
  const forms = [...document.querySelectorAll("form[action]")]
    .filter((each) => (each.getAttribute("method") ?? "get").toLowerCase() === "get")
    .map((each) => each.getAttribute("action") ?? "");
  const { origin } = new URL(url);
  return (
    [...links, ...forms]
      .filter((href) => !href.startsWith("#") && URL.canParse(href, url))
      .map((href) => new URL(href, url))
      // The verifier's page stands alone, without the desk around it: its own test looks at it.
      .filter((target) => target.origin === origin && target.pathname !== "/verify.html")
      .map((target) => {
        target.hash = "";
        target.searchParams.delete("lang");
        return target;
      })
      .filter(({ searchParams }) => searchParams.size <= FILTERS_MAX)
      .map(({ href: found }) => found)
  );
}

/** Filters of a worklist multiply; each alone is opened, and not every set of them. */
const FILTERS_MAX = 1;

/** What a filter or a page of a list shows is built alike for whoever may open the list. */
const isFiltered = (shape: string): boolean => /\?(?!\w+=)/.test(shape);

/**
 * Follows every link, nearest first, until each shape has been opened a few times; `more` are addresses nobody links to.
 * A list is opened by each visitor, its filters by the first of those who share `filtered`, a set that begins empty.
 */
export async function crawl(
  visitor: Visitor,
  more: readonly string[] = [],
  filtered = new Set<string>(),
): Promise<Seen[]> {
  const waiting = ["/", ...more].map((path) => ({ href: new URL(path, visitor.base).href, from: "typed" }));
  const known = new Set(waiting.map(({ href }) => href));
  const opened = new Map<string, number>();
  const seen: Seen[] = [];
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const shape = shapeOf(next.href);
    const before = opened.get(shape) ?? 0;
    if (before >= ofEach(shape) || (isFiltered(shape) && filtered.has(shape))) continue;
    opened.set(shape, before + 1);
    if (isFiltered(shape) && thorough(1, 0) === 1) filtered.add(shape);
    const page = await visitor.get(next.href);
    const { links, ...read } = readPage(page);
    seen.push({ ...page, ...read, visitor: visitor.name, shape: shapeOf(page.url), from: next.from });
    for (const href of links)
      if (!known.has(href)) {
        known.add(href);
        waiting.push({ href, from: page.url });
      }
  }
  return seen;
}

/** All that is asked of a page's source, which is parsed once for it. */
function readPage({ html, url, status }: Visited): Pick<Seen, "title" | "state" | "faults" | "form"> & {
  readonly links: readonly string[];
} {
  if (html === "") return { title: "", state: "", links: [], faults: [], form: undefined };
  const { document } = parseHTML(html);
  return {
    title: document.title,
    state: document.querySelector(".desk-tags")?.textContent ?? "",
    links: leadsTo(document, url),
    form: unfilledForm(document, url),
    // Last, as it takes out of the page what it need not read.
    faults: status < 400 ? faultsOf(document) : [],
  };
}

/** The form of a page that something must be typed into first. */
function unfilledForm(document: Document, url: string): Unfilled | undefined {
  const form = [...document.querySelectorAll("main form[method=post]")].find(
    (each) =>
      !(each.getAttribute("enctype") ?? "").startsWith("multipart") &&
      [...each.querySelectorAll(".field")].some(isWanting),
  );
  if (!form) return undefined;
  const hidden = [...form.querySelectorAll("input[type=hidden]")].map((each) => [
    each.getAttribute("name") ?? "",
    each.getAttribute("value") ?? "",
  ]);
  return { action: new URL(form.getAttribute("action") ?? "", url).href, fields: Object.fromEntries(hidden) };
}

/** A field that must be filled and is not. */
function isWanting(field: Element): boolean {
  if (field.querySelector("label .optional, legend .optional")) return false;
  const controls = [...field.querySelectorAll("input, textarea, select")];
  if (controls.length === 0 || controls.some((each) => each.getAttribute("type") === "checkbox")) return false;
  return controls.every((each) =>
    each.getAttribute("type") === "radio"
      ? !each.hasAttribute("checked")
      : (each.getAttribute("value") ?? "") === "" && each.textContent.trim() === "",
  );
}
