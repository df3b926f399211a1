import type { Node } from "../kernel/node.ts";
import { lookupKey, seal, unseal } from "../trust/seal.ts";
import type { ItemRow } from "./item.ts";

/** Columns of an item that its table keeps in one sealed value: what it is called, how it was got, its digests, and what officers said of it. */
const WORDS = [
  "description",
  "name",
  "digest",
  "md5",
  "sha1",
  "acquisition",
  "held_reason",
  "seal_number",
  "said",
] as const;
export type Words = Pick<ItemRow, (typeof WORDS)[number]>;
/** A row as the table gives it. What it has in the columns of those words counts only where nothing is sealed yet: of an item from before. */
export type Kept<Row> = Omit<Row, keyof Words> & { readonly id: string; readonly words: Buffer | null };

const wordsPlace = (item: string): string => `item:${item}:words`;

/**
 * The item with its words opened: the one way to read a row of `item`. `words` and the plain columns must be among what was
 * selected. Throws where the sealed bytes were changed.
 */
export function openedItem<Row>({ services }: Pick<Node, "services">, row: Kept<Row>): Row {
  const { words, marks: _marks, ...kept } = row as Kept<Row> & { marks?: unknown };
  const told: unknown = words ? JSON.parse(unseal(services.keys.seal, words, wordsPlace(row.id)).toString()) : {};
  return Object.assign(kept, told) as Row;
}

const MARK_BYTES = 16;
const WORD_MIN = 2;
const MARKS_MAX = 2_000;

/** The words of a text, as they are searched: any script, no case, no accents of form. */
const wordsIn = (text: string): string[] =>
  (
    text
      .normalize("NFKC")
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
  ).filter((word) => word.length >= WORD_MIN);

/** What one word is looked up by: the same word gives the same bytes on this node, and they tell nothing. */
const markOf = ({ services }: Pick<Node, "services">, word: string): Buffer =>
  lookupKey(services.keys.lookup, "item", word).subarray(0, MARK_BYTES);

/** What a search asks for: an item is found that has each of these. */
export const marksAsked = (node: Pick<Node, "services">, text: string): Buffer[] =>
  [...new Set(wordsIn(text))].map((word) => markOf(node, word));

/** Every digest that acquisition facts or the vault give: so that each is found. */
function digestsIn(value: unknown): string[] {
  if (typeof value === "string") return /^[\da-f]{32,128}$/i.test(value) ? [value] : [];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(digestsIn) : [];
}

/** Marks are in the order of their bytes: where they stand must not tell in which order words are. */
function marksOf(node: Pick<Node, "services">, { description, name, ...others }: Words): Buffer[] {
  const texts = [description, name, ...digestsIn(others)];
  const marks = [...new Set(texts.flatMap(wordsIn))].slice(0, MARKS_MAX).map((word) => markOf(node, word));
  return marks.sort((a, b) => a.compare(b));
}

/** True where the look-ups of a row are those of its words. */
export const marksAgree = (node: Pick<Node, "services">, kept: object, words: Words): boolean => {
  const { marks } = kept as { readonly marks?: readonly Buffer[] };
  const right = marksOf(node, wordsOf(words));
  return marks?.length === right.length && right.every((mark, at) => marks[at]?.equals(mark));
};

/** The columns of an item that hold its words: sealed, and as look-ups. */
export const sealedWords = (node: Pick<Node, "services">, id: string, words: Words) => ({
  words: seal(node.services.keys.seal, JSON.stringify(words), wordsPlace(id)),
  marks: marksOf(node, words),
});

/** True for a column whose value is sealed among the words. */
export const isWord = (name: string): boolean => WORDS.some((each) => each === name);
/** Of an item or a change of one: what is sealed. */
export const wordsOf = (item: Partial<Words>): Words =>
  Object.fromEntries(WORDS.map((name) => [name, item[name] ?? null])) as unknown as Words;
