import type { Selectable } from "kysely";
import { z } from "zod";
import { life } from "../kernel/life.ts";
import { subject } from "../kernel/subject.ts";
import type { HashSetTable, HashVersionTable } from "../kernel/tables.ts";

/** What the files of a set are. Matches of the abuse of children are never shown. */
export const CATEGORIES = ["known-good", "known-bad", "child-abuse", "terrorism", "other"] as const;
export type Category = (typeof CATEGORIES)[number];
/** By what a file is known. */
export const KINDS = ["md5", "sha1", "sha256", "pdq"] as const;
export type Kind = (typeof KINDS)[number];

/** A set without a list; one whose list is looked up; one whose new list waits for a second person; one that is no longer looked up. */
export type State = "empty" | "current" | "proposed" | "retired";

export type SetRow = Readonly<Selectable<HashSetTable>>;
export type VersionRow = Readonly<Selectable<HashVersionTable>>;

// prettier-ignore
const LIFE = life<State>()({
  amend:   { from: ["empty", "current"] },
  import:  { from: ["empty", "current"] },
  confirm: { from: ["proposed"],                     to: "current" },
  refuse:  { from: ["proposed"],                     to: "current" },
  retire:  { from: ["empty", "current", "proposed"], to: "retired" },
});

export const setSubject = subject<SetRow>()({
  name: "hash-set",
  plural: "hash-sets",
  table: "hash_set",
  attributes: { state: "String", category: "String", office: "String", proposed_by: "String" },
  life: LIFE,
});

const line = (max: number) => z.string().trim().min(1).max(max);
/** What an officer says of a set. */
export const setShape = {
  name: line(120),
  source: line(200),
  category: z.enum(CATEGORIES),
  licence: line(300).optional(),
  office: z.uuid().optional(),
  /** @source PDQ & TMK + PDQF (Meta, 2019), "PDQ Hashing" § 6: 31 of 256 */
  distance: z.coerce.number().int().min(0).max(64).default(31),
} as const;
