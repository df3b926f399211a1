/** What a form holds, nested as its names say: `data.0.category` becomes `{data: [{category}]}`. */
export type FormValue = string | FormValue[] | { [name: string]: FormValue };
export type FormValues = { [name: string]: FormValue };

const DEPTH_MAX = 8;
const INDEX_MAX = 999;

/**
 * Nests the pairs of a form post. A name given twice becomes a list. Names that would reach into prototypes, nest too
 * deep, or index too far are left out: no form of ours has them.
 */
export function nest(pairs: Iterable<readonly [string, string]>): FormValues {
  const root: FormValues = {};
  for (const [name, value] of pairs) {
    const path = name.split(".");
    if (
      path.length > DEPTH_MAX ||
      path.some((step) => step === "" || step === "__proto__" || step === "constructor" || step === "prototype")
    )
      continue;
    if (path.some((step) => /^\d+$/.test(step) && Number(step) > INDEX_MAX)) continue;
    put(root, path, value);
  }
  return asLists(root) as FormValues;
}

function put(node: FormValues, [first = "", ...rest]: string[], value: string): void {
  const there = node[first];
  if (rest.length === 0) {
    if (there === undefined) node[first] = value;
    else if (Array.isArray(there)) there.push(value);
    else node[first] = [there, value];
    return;
  }
  const next = typeof there === "object" && !Array.isArray(there) ? there : {};
  node[first] = next;
  put(next, rest, value);
}

/** Objects whose keys are all numbers become lists, in the order of the numbers; entries that are wholly empty drop out. */
function asLists(value: FormValue): FormValue {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(asLists);
  const entries = Object.entries(value).map(([name, inner]) => [name, asLists(inner)] as const);
  if (entries.length === 0 || !entries.every(([name]) => /^\d+$/.test(name))) return Object.fromEntries(entries);
  return entries
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, inner]) => inner)
    .filter((inner) => !isEmpty(inner));
}

const isEmpty = (value: FormValue): boolean =>
  typeof value === "string" ? value === "" : Object.values(value).every((inner) => isEmpty(inner));

/** Leaves out empty fields: an empty box in a form is an absent value, never an empty text. */
export function withoutEmpty(value: FormValues): FormValues {
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]): [string, FormValue][] => {
      if (inner === "") return [];
      if (typeof inner === "string") return [[name, inner]];
      if (Array.isArray(inner))
        return [
          [
            name,
            inner.flatMap((each) =>
              each === "" ? [] : [typeof each === "object" && !Array.isArray(each) ? withoutEmpty(each) : each],
            ),
          ],
        ];
      const kept = withoutEmpty(inner);
      return Object.keys(kept).length === 0 ? [] : [[name, kept]];
    }),
  );
}

/** A form's values as the pairs of names and texts that they came in: what `nest` makes of them is the same again. */
export function unnest(values: FormValue, path = ""): (readonly [name: string, text: string])[] {
  if (typeof values === "string") return [[path, values]];
  const inside = (name: string | number) => (path === "" ? String(name) : `${path}.${name}`);
  if (Array.isArray(values))
    return values.flatMap((each, index) => unnest(each, typeof each === "string" ? path : inside(index)));
  return Object.entries(values).flatMap(([name, each]) => unnest(each, inside(name)));
}

/** The text typed at a path, `""` where there is none. */
export function typed(values: FormValues, path: string): string {
  let at: FormValue | undefined = values;
  for (const step of path.split(".")) {
    if (typeof at !== "object") return "";
    at = Array.isArray(at) ? at[Number(step)] : at[step];
  }
  return typeof at === "string" ? at : "";
}
