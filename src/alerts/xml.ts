/** Characters that XML 1.0 can't hold, however they are written. @source XML 1.0 §2.2 */
// oxlint-disable-next-line no-control-regex -- they are what is taken out
const IMPOSSIBLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\r": "&#13;",
};

/** A text as XML holds it. */
export const escaped = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(IMPOSSIBLE, "")
    .replaceAll(/[&<>"\r]/g, (each) => ESCAPES[each] ?? each);

/** An element, written out. */
export interface Xml {
  readonly xml: string;
}
type Inner = string | Xml | undefined | readonly Inner[];

const written = (inner: Inner): string =>
  inner === undefined
    ? ""
    : typeof inner === "string"
      ? escaped(inner)
      : "xml" in inner
        ? inner.xml
        : inner.map(written).join("");

/** One element; attributes that are `undefined` are left out. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | undefined>>,
  ...inner: readonly Inner[]
): Xml {
  const pairs = Object.entries(attributes)
    .flatMap(([key, value]) => (value === undefined ? [] : [` ${key}="${escaped(value).replaceAll("\n", "&#10;")}"`]))
    .join("");
  const content = written(inner);
  return { xml: content === "" ? `<${name}${pairs}/>` : `<${name}${pairs}>${content}</${name}>` };
}

/** A whole document. */
export const documentOf = ({ xml }: Xml): string => `<?xml version="1.0" encoding="UTF-8"?>\n${xml}\n`;
