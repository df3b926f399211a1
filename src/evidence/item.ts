import { z } from "zod";
import { life } from "../kernel/life.ts";
import { subject } from "../kernel/subject.ts";
import type { Said } from "./custody-said.ts";
import { KIND_FACTS, KINDS, type KindFact, METHODS, mistakesIn } from "./acquisition-kinds.ts";
import { type Kept, openedItem } from "./words.ts";

/**
 * Where an exhibit stands: in an office's custody; handed over and not yet taken; sealed; outside, with somebody who has no node; waiting for a
 * second person to dispose of it; gone; in another node's custody; returned
 * to whom it belongs; offered by another node and not taken.
 */
export const STATES = [
  "kept",
  "in-transit",
  "sealed",
  "out",
  "disposing",
  "disposed",
  "passed",
  "returned",
  "not-taken",
] as const;
export type State = (typeof STATES)[number];

const HELD: State[] = ["kept", "sealed"];
const THERE: State[] = ["kept", "in-transit", "sealed", "out", "disposing"];

/** An item's life. */
// prettier-ignore
export const LIFE = life<State>()({
  open:        { from: ["kept"] },
  preview:     { from: ["kept"] },
  copy:        { from: ["kept"] },
  browse:      { from: ["kept"] },
  derive:      { from: ["kept"] },
  inspect:     { from: [...THERE, "passed", "returned"] },
  verify:      { from: THERE },
  transfer:    { from: HELD,                            to: "in-transit" },
  pass:        { from: HELD,                            to: "in-transit", late: ["passed", "not-taken"], source: "CETS 185 Art. 25" },
  receive:     { from: ["in-transit"],                  to: "kept" },
  refuse:      { from: ["in-transit"],                  to: "kept" },
  withdraw:    { from: ["in-transit"],                  to: "kept" },
  lapse:       { from: ["in-transit"],                  to: "kept" },
  hand:        { from: ["in-transit"],                  to: "passed" },
  lend:        { from: HELD,                            to: "out" },
  countersign: { from: ["out", "returned"] },
  retake:      { from: ["out"],                         to: "kept" },
  seal:        { from: ["kept"],                        to: "sealed" },
  unseal:      { from: ["sealed"],                      to: "kept" },
  broken:      { from: ["sealed"],                      to: "kept" },
  hold:        { from: THERE },
  release:     { from: THERE },
  retain:      { from: THERE },
  export:      { from: HELD },
  disclose:    { from: HELD },
  serve:       { from: HELD },
  correct:     { from: [...STATES] },
  limit:       { from: [...STATES],                                                                          source: "CETS 185 Art. 28(2)" },
  annex:       { from: HELD },
  return:      { from: HELD,                            to: "returned" },
  dispose:     { from: [...HELD, "passed", "returned", "disposing"], to: "disposed" },
  keep:        { from: ["disposing"],                   to: "kept" },
  bar:         { from: [...STATES],                     source: "CETS 185 Art. 15(2)" },
  unbar:       { from: [...STATES],                     source: "CETS 185 Art. 15(2)" },
});

/** An item as it is read: its words are sealed in its table, `openedItem` opens them. */
export interface ItemRow {
  id: string;
  /** Exhibit number: `C-2026-000017/E3`; `E-2026-000004` for an item of no case. */
  number: string;
  state: State;
  case_id: string | null;
  request_id: string | null;
  office: string;
  office_name: string;
  custodian: string | null;
  custodian_name: string | null;
  to_office: string | null;
  to_account: string | null;
  before: string | null;
  description: string;
  name: string;
  media: string;
  bytes: number;
  /** SHA-256 as acquired, hex. */
  digest: string;
  /** Of the same bytes, hex; none for items from before they were computed. */
  md5?: string | null;
  sha1?: string | null;
  derived: boolean;
  parent: string | null;
  root: string | null;
  acquired_at: Temporal.Instant;
  acquired_by: string | null;
  acquisition: unknown;
  held: boolean;
  held_reason: string | null;
  seal_number: string | null;
  retain_until: Temporal.PlainDate | null;
  proposed_by: string | null;
  disposed_at: Temporal.Instant | null;
  peer: string | null;
  peer_item: string | null;
  created_at: Temporal.Instant;
  /** What events have left said of it. */
  said: Said | null;
  verified_at: Temporal.Instant | null;
  altered_at: Temporal.Instant | null;
  due_at: Temporal.Instant | null;
  bundle: string | null;
  to_peer: string | null;
  signed_at: Temporal.Instant | null;
  retain_source: string | null;
  /** Locked: only the named viewers of this office open it, and only they see what it is called. */
  viewing_office: string | null;
  locked_at: Temporal.Instant | null;
  /** Conditions in force on its use: codes; `null` where there are none. */
  limits: string[] | null;
  /** Who set them and alone can waive them, by name. */
  bound_by: string | null;
  bound_until: Temporal.PlainDate | null;
  /** The request under which they were agreed. */
  bound_request: string | null;
  /** Why nobody opens it until a court has decided, or a halt is lifted. */
  barred: "unvalidated" | "halted" | null;
  /** One of its viewers says that the match was wrong; another must confirm it. */
  contested_by: string | null;
  contested_at: Temporal.Instant | null;
  /** Matches found wrong by two viewers, as `<set> <kind>`. */
  cleared: string[] | null;
}

export const itemSubject = subject<ItemRow>()({
  name: "item",
  plural: "items",
  table: "item",
  number: "number",
  attributes: {
    state: "String",
    office: "String",
    custodian: "String",
    to_office: "String",
    to_account: "String",
    case_id: "String",
    acquired_by: "String",
    held: "Bool",
    proposed_by: "String",
    peer: "String",
    to_peer: "String",
    viewing_office: "String",
    limits: "Set",
    bound_by: "String",
    barred: "String",
    contested_by: "String",
  },
  life: LIFE,
  sealed: true,
  recorded: {
    // When its contents were looked into is a mark of that work; nothing is read from it but whether it is still to be done.
    except: ["inspected_at"],
    parts: [
      { table: "item_hold", of: "item", key: "id" },
      // That there is a key to its bytes, or is none any more. A key is wrapped anew without an act; to which bytes, follows from the digest.
      {
        table: "blob_wrap",
        of: "holder",
        named: (id) => holderOf(id),
        key: "holder",
        except: ["blob", "wrapped", "key"],
      },
      { table: "item_opening", of: "item", key: "id", until: "expires_at" },
    ],
  },
  opened: (node, row) => openedItem<ItemRow>(node, row as Kept<ItemRow>),
});

/** The state to which an item goes back that was offered, lent, or proposed for disposal. */
export const settled = ({ before }: Pick<ItemRow, "before">): State =>
  STATES.find((state) => state === before) ?? "kept";

/** What is left of another node's offer that was not taken: its exhibit was not taken; one of ours is where it was passed to. */
export const untaken = ({ number }: Pick<ItemRow, "number">, from: string): State =>
  number.startsWith(`${from}:`) ? "not-taken" : "passed";

/** True where it may not leave this node: a hold stands on it, or only its named viewers may open it. */
export const mustStay = ({ held, viewing_office }: Pick<ItemRow, "held" | "viewing_office">): boolean =>
  held || viewing_office !== null;

/** By which act it may be opened now: a locked one only by its viewers'. */
export const openingActOf = (
  { viewing_office }: Pick<ItemRow, "viewing_office">,
  act: "item.open" | "item.preview",
): string => (viewing_office === null ? act : "item.view");

/** Under which name the vault keeps an item's key. */
export const holderOf = (item: string): string => `item:${item}`;

export const TIME_SOURCES = ["network-time", "device-clock", "observed", "stated"] as const;

const line = (max = 200) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .meta({ control: "text" as const });
const hex = (length: number) =>
  z
    .string()
    .trim()
    .toLowerCase()
    .regex(new RegExp(`^[\\da-f]{${length}}$`), "digest-form");
const digest = hex(64);
/** A moment with its zone, or a local time of the officer's office, as a form gives it. */
const moment = z
  .string()
  .trim()
  .max(40)
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?$/, "moment-form")
  .meta({ control: "datetime" });

/** Facts that only some kinds have: `acquisition-kinds.ts` says which. */
const kindFacts = Object.fromEntries(
  Object.entries(KIND_FACTS).map(([name, max]) => [name, line(max).optional()]),
) as Record<KindFact, z.ZodOptional<ReturnType<typeof line>>>;

/**
 * How an item came to be: what a court asks of the moment of acquisition. What the node knows itself (who, where recorded, the
 * digest) is not asked. Further facts may be given by name, as short texts, numbers or yes and no.
 *
 * @source ISO/IEC 27037 §6.6
 */
export const acquisitionSchema = z
  .object({
    kind: z.enum(KINDS).optional(),
    method: z.enum(METHODS).optional(),
    at: moment.optional(),
    time_source: z.enum(TIME_SOURCES).optional(),
    /** How far the time may be off, in seconds. */
    uncertainty_seconds: z.coerce.number().int().min(0).max(31_536_000).optional(),
    source: line(300).optional(),
    place: line(300).optional(),
    tool: line(120).optional(),
    tool_version: line(60).optional(),
    settings: line(1_000).optional(),
    /** SHA-256 that the source or its holder gave before the copy was made. */
    digest_before: digest.optional(),
    /** Warrant, order or consent. */
    authority: line(300).optional(),
    note: z.string().trim().max(4_000).optional().meta({ control: "textarea" }),
    ...kindFacts,
  })
  .catchall(z.union([z.string().max(1_000), z.number(), z.boolean(), z.null()]))
  .refine((facts) => Object.keys(facts).length > 0 && Object.keys(facts).length <= 60, "acquisition-empty")
  .superRefine((facts, context) => {
    for (const { path, key } of mistakesIn(facts)) context.addIssue({ code: "custom", path: [path], message: key });
  });
export type Acquisition = z.output<typeof acquisitionSchema>;

export const fields = {
  line,
  digest,
  /** A digest of another length, in characters. */
  hex,
  moment,
  text: (max: number) =>
    z
      .string()
      .trim()
      .min(1)
      .max(max)
      .meta({ control: "textarea" as const }),
};
