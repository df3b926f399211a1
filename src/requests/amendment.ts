import { z } from "zod";
import { type FieldError, Refusal } from "../kernel/errors.ts";
import { highest, type Particulars } from "../law/slice.ts";
import { dataSchema, type RequestRow, type WantedData } from "./request.ts";

/** What of a request may be changed by a decision or after it was sent. */
export type Content = Pick<RequestRow, "data" | "particulars" | "facts" | "custodian">;

/** Names of the two kinds of change: something is added, or something was wrong. */
export const AMENDMENTS = ["supplement", "correction"] as const;

/** A change of a sent request that waits for a decision, or did not get it. */
export interface Amendment {
  readonly kind: (typeof AMENDMENTS)[number];
  readonly reasons: string;
  readonly content: Content;
  /** Who asked for it, by name and office. */
  readonly by: string;
  readonly at: string;
  readonly denied?: { readonly by: string; readonly at: string; readonly reasons: string };
}

const text = (max: number) => z.string().trim().max(max).meta({ control: "textarea" });
/** The parts of a request that a change names anew; what is left out stays. */
export const amendSchema = z.strictObject({
  kind: z.enum(AMENDMENTS),
  reasons: text(4_000).min(10),
  facts: text(20_000).optional(),
  custodian: z.string().trim().max(500).optional(),
  data: dataSchema.optional(),
  from: z.iso.date().optional(),
  until: z.iso.date().optional(),
});

/** The request's content as the change leaves it. */
export function amended(row: Content, given: z.output<typeof amendSchema>): Content {
  const { facts = row.facts, custodian = row.custodian, data = row.data, from, until } = given;
  const particulars: Particulars = { ...row.particulars, ...(from ? { from } : {}), ...(until ? { until } : {}) };
  return { facts, custodian, data, particulars };
}

/** True where `line` asks for nothing that `before` did not. */
const isWithin = (line: WantedData, before: readonly WantedData[]): boolean =>
  before.some(
    (each) =>
      each.category === line.category &&
      each.description === line.description &&
      line.identifiers.every((one) => each.identifiers.includes(one)),
  );

/** A name as it is compared: without case, punctuation and blanks. */
const bareName = (text: string): string => text.toLowerCase().replaceAll(/[^\p{L}\p{N}\p{M}]/gu, "");

/**
 * True where the change asks for more than was allowed: another line or identifier, another wording of what is wanted, somebody else who holds
 * it, a longer period. Then it takes a decision of its own.
 *
 * @source CETS 185 Art. 15(2)
 */
export function widens(before: Content, after: Content): boolean {
  const [a, b] = [before.particulars, after.particulars];
  return (
    after.data.some((line) => !isWithin(line, before.data)) ||
    bareName(after.custodian) !== bareName(before.custodian) ||
    (b.from !== undefined && (a.from === undefined || b.from < a.from)) ||
    (b.until !== undefined && (a.until === undefined || b.until > a.until))
  );
}

/** True where nothing is changed. */
export const isSame = (before: Content, after: Content): boolean => {
  const parts = ({ facts, custodian, data, particulars }: Content) =>
    JSON.stringify([
      facts,
      custodian,
      data.map((each) => [each.category, each.description, each.identifiers]),
      Object.entries(particulars).sort(([a], [b]) => (a < b ? -1 : 1)),
    ]);
  return parts(before) === parts(after);
};

/** What a decision takes out: a line of the data by its number from 1 (`2`), or one identifier of it (`2.1`). */
export const strikeSchema = z
  .array(z.string().regex(/^\d{1,2}(\.\d{1,3})?$/, "strike-form"))
  .max(2_000)
  .default([]);

/** How a decision narrows a request. */
export interface Narrowing {
  readonly strike: readonly string[];
  readonly from?: string | undefined;
  readonly until?: string | undefined;
}

/**
 * What is left of a request once lines and identifiers are struck out and the period is shortened. Refuses a narrowing that leaves
 * nothing (that is a denial), names what is not there, or makes the period longer.
 *
 * @source CETS 185 Art. 15(1)
 */
export function narrowed(row: Pick<Content, "data" | "particulars">, { strike, from, until }: Narrowing) {
  const fields: FieldError[] = [];
  const struck = new Set(strike);
  const known = new Set(
    row.data.flatMap(({ identifiers }, line) => [
      `${line + 1}`,
      ...identifiers.map((_, index) => `${line + 1}.${index + 1}`),
    ]),
  );
  const unknown = strike.find((each) => !known.has(each));
  if (unknown !== undefined) fields.push({ path: "strike", key: "strike-unknown", values: { line: unknown } });
  const data = row.data.flatMap((line, at): WantedData[] => {
    if (struck.has(`${at + 1}`)) return [];
    const identifiers = line.identifiers.filter((_, index) => !struck.has(`${at + 1}.${index + 1}`));
    return identifiers.length === 0 && line.identifiers.length > 0 ? [] : [{ ...line, identifiers }];
  });
  if (row.data.length > 0 && data.length === 0) fields.push({ path: "strike", key: "strike-nothing-left" });
  const { particulars } = row;
  if (from !== undefined && (particulars.from === undefined || from < particulars.from))
    fields.push({ path: "from", key: "narrow-longer" });
  if (until !== undefined && (particulars.until === undefined || until > particulars.until))
    fields.push({ path: "period_until", key: "narrow-longer" });
  const period = { from: from ?? particulars.from ?? "", until: until ?? particulars.until ?? "9999-12-31" };
  if (fields.length === 0 && period.until < period.from)
    fields.push({ path: "period_until", key: "request-period-order" });
  if (fields.length > 0) throw new Refusal("invalid", "invalid-input", { fields });
  return {
    data,
    particulars: { ...particulars, ...(from ? { from } : {}), ...(until ? { until } : {}) },
    data_category: highest(data.map(({ category }) => category)),
    isNarrower: strike.length > 0 || from !== undefined || until !== undefined,
  };
}

/** What of the asked is not in what is left: lines with the identifiers that were struck, all of them where the line itself was. */
export function struckOut(asked: readonly WantedData[], left: readonly WantedData[]): WantedData[] {
  const rest = [...left];
  return asked.flatMap((line): WantedData[] => {
    const at = rest.findIndex((each) => each.category === line.category && each.description === line.description);
    const [kept] = at < 0 ? [] : rest.splice(at, 1);
    if (!kept) return [line];
    const identifiers = line.identifiers.filter((each) => !kept.identifiers.includes(each));
    return identifiers.length === 0 ? [] : [{ ...line, identifiers }];
  });
}
