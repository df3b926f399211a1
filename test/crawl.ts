import { parseHTML } from "linkedom";
import type { Visited, Visitor } from "./visitor.ts";

/** One page as one visitor got it. */
export interface Seen extends Visited {
  readonly visitor: string;
  /** The address with what differs between things of one kind taken out: pages of one shape are built alike. */
  readonly shape: string;
  /** The page on which the link stood. */
  readonly from: string;
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
/** How many pages of one shape a visitor opens. */
const OF_EACH = 3;
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
    .replace(/^\/(powers|policies)\/[^/]+$/, "/$1/:id")
    .replace(/^\/statistics\/.+\.(\w+)$/, "/statistics/:file.$1")
    .replace(/^\/ledger\/.+$/, "/ledger/…");
  return query.length > 0 ? `${path}?${[...new Set(query)].sort().join("&")}` : path;
}

/** Addresses of this origin that a page leads to: links, forms that ask, and pages of the acts whose buttons it shows. */
function leadsTo(html: string, url: string): string[] {
  const { document } = parseHTML(html);
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

/** Follows every link, nearest first, until each shape has been opened a few times; `more` are addresses nobody links to. */
export async function crawl(visitor: Visitor, more: readonly string[] = []): Promise<Seen[]> {
  const waiting = ["/", ...more].map((path) => ({ href: new URL(path, visitor.base).href, from: "typed" }));
  const known = new Set(waiting.map(({ href }) => href));
  const opened = new Map<string, number>();
  const seen: Seen[] = [];
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const shape = shapeOf(next.href);
    const before = opened.get(shape) ?? 0;
    if (before >= OF_EACH) continue;
    opened.set(shape, before + 1);
    const page = await visitor.get(next.href);
    seen.push({ ...page, visitor: visitor.name, shape: shapeOf(page.url), from: next.from });
    for (const href of page.html === "" ? [] : leadsTo(page.html, page.url))
      if (!known.has(href)) {
        known.add(href);
        waiting.push({ href, from: page.url });
      }
  }
  return seen;
}

/** The forms of a page that would be refused when they are sent as they stand, because something must be typed first. */
export function unfilledForm(page: Seen): { action: string; fields: Record<string, string> } | undefined {
  const { document } = parseHTML(page.html);
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
  return { action: new URL(form.getAttribute("action") ?? "", page.url).href, fields: Object.fromEntries(hidden) };
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
