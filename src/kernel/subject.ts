import type { Life } from "./life.ts";
import type { Node } from "./node.ts";

/** The types that a column may have as a policy attribute. */
export type AttributeType = "String" | "Long" | "Bool" | "Set";

/** Rows of another table that belong to a thing and change by its acts only: the holds on an item. */
export interface RecordedPart {
  readonly table: string;
  /** The column that names the thing, and how, where that is not by its id. */
  readonly of: string;
  readonly named?: (id: string) => string;
  /** The column by which one row of the thing is known. */
  readonly key: string;
  /** Columns that say nothing of the thing and change without an act. */
  readonly except?: readonly string[];
  /** A moment after which the row may be gone without an act: an opening that has ended. */
  readonly until?: string;
}

/** What of a thing's rows its journal records, so that they can be held against it. A column that is not named here is recorded. */
export interface Recorded {
  /** Columns that say nothing of the thing and change without an act, or that follow from others. */
  readonly except?: readonly string[];
  readonly parts?: readonly RecordedPart[];
}

/**
 * A kind of thing that acts are done to. Its policy attributes are columns of its table by the same name, so a single
 * decision and a list filter read the same facts; a null column is an absent attribute.
 */
export interface SubjectKind<Row extends { id: string } = { id: string }> {
  /** `request`: first half of every act's name, journal kind, locale prefix. */
  readonly name: string;
  /** `requests`: the path segment. */
  readonly plural: string;
  readonly table: string;
  /** The column of the number that people know it by, in capitals (`XA-2026-000001`): addresses take it in place of the id. Indexed. */
  readonly number?: string;
  readonly attributes: Readonly<Record<string, AttributeType>>;
  readonly life?: Life;
  /** What acts say of it is sealed in the journal; what stays legible there is who, what, when, and by which decision. */
  readonly sealed?: boolean;
  /** Opens what its table holds sealed: acts are given the row as this gives it. */
  readonly opened?: (node: Node, row: { readonly id: string }) => { readonly id: string };
  /** Each entry records what its act changed of the thing's rows, so that `checkRecorded` can hold them against the chain. Its columns then change by acts only. */
  readonly recorded?: Recorded;
  /** Only there to carry the row's type. */
  readonly row?: Row;
}

/** Types a subject by its row: `subject<RequestRow>()({ name: "request", … })`. */
export const subject =
  <Row extends { id: string }>() =>
  <const Kind extends Omit<SubjectKind<Row>, "row">>(kind: Kind): Kind & { readonly row?: Row } =>
    kind;

/** The Cedar entity type of a subject: `data-subject` becomes `DataSubject`. */
export const entityType = (name: string): string =>
  name.replace(/(^|-)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());

/** The attributes of a row as policies see them: absent where null. */
export function attributesOf(kind: SubjectKind, row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.keys(kind.attributes).flatMap((name) => {
      const value = row[name];
      return value === null || value === undefined ? [] : [[name, value]];
    }),
  );
}

/** Of these, those that are texts: a refusal's sentence may name them (who set a condition, which measure it is). */
export const textsOf = (kind: SubjectKind, row: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(attributesOf(kind, row)).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );

/** The node itself, for actions that concern no single thing (`statistics.read`). */
export const NODE: SubjectKind = { name: "node", plural: "nodes", table: "node_state", attributes: { code: "String" } };

/** A row of this kind as acts read it: with what its table holds sealed. */
export const openedRow = <Row extends { id: string }>(node: Node, kind: SubjectKind, row: Row): Row =>
  kind.opened ? (kind.opened(node, row) as Row) : row;
/** Under which key the journal seals what is said of this kind; nothing where it is said openly. */
export const sealedUnder = ({ services }: Node, kind: SubjectKind): { readonly sealed?: { readonly seal: Buffer } } =>
  kind.sealed ? { sealed: services.keys } : {};
