import { z } from "zod";
import { AGE_BANDS, CHANNELS, CODES } from "../reports/slice.ts";

/** Filters of the worklist; each is a chip. What one leaves out, it does not narrow. */
export const filterFields = {
  state: z.enum(["received", "triaged", "assigned", "in-case", "closed"]).optional(),
  priority: z.coerce.number().int().min(0).max(4).optional(),
  category: z.enum(CODES).optional(),
  district: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,20}$/)
    .optional(),
  channel: z.enum(CHANNELS).optional(),
  language: z
    .string()
    .regex(/^[a-z]{2,3}$/)
    .optional(),
  mine: z.stringbool().optional(),
  late: z.stringbool().optional(),
  /** Nobody has opened it, and somebody waits. */
  unopened: z.stringbool().optional(),
  /** Money of a state left. */
  money: z.stringbool().optional(),
  /** It concerns somebody under 18. */
  child: z.stringbool().optional(),
  /** A reference, or a number, link, address, account or wallet that stands in reports. */
  q: z.string().max(300).optional(),
} as const;

const filtersSchema = z.object(filterFields);
export type Filters = z.output<typeof filtersSchema>;

/** Rows of the first page: so many that a flood's last copies do not push what is real off it. */
const PAGE_ROWS = 50;

export const listInput = z.object({
  ...filterFields,
  cursor: z.string().max(400).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(PAGE_ROWS),
});
export type ListInput = z.output<typeof listInput>;

/** Bands of age that a child is in. */
export const CHILD_BANDS = AGE_BANDS.filter((band) => band === "under-13" || band === "13-17");

/** The filters alone, as the query of an address. */
export function queryOf(filters: Filters, change: Readonly<Record<string, string | undefined>> = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...filters, ...change }))
    if (value !== undefined && value !== false && (name in filterFields || name === "cursor"))
      query.set(name, String(value));
  return query.toString();
}

/** The address of the list with these filters; without the place in it. */
export function listHref(
  { cursor: _, ...filters }: Filters & { readonly cursor?: string | undefined },
  change: Readonly<Record<string, string | undefined>> = {},
): string {
  const text = queryOf(filters, change);
  return text ? `/reports?${text}` : "/reports";
}

/** The filters that a kept query names; what it has that is no filter, or none any more, is left out. */
export function filtersIn(query: string): Filters {
  const pairs = [...new URLSearchParams(query)].filter(([name, value]) => name in filterFields && value !== "");
  const read = filtersSchema.safeParse(Object.fromEntries(pairs));
  return read.success ? read.data : {};
}
