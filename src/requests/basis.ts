import { z } from "zod";
import {
  type Asking,
  type Basis,
  basesFor,
  CHANNELS,
  type Reason,
  REASON_KEYS,
  type Treaties,
  wantsTreaty,
} from "../law/slice.ts";
import type { RequestRow } from "./request.ts";

const words = (max: number) => z.string().max(max);

/** The treaty that a request is made on, as it travels: what its table said of it when the request was submitted. */
export const basisSchema = z.strictObject({
  code: words(40),
  cite: words(60),
  provision: words(100),
  checked: z.boolean(),
  needs: z.strictObject({
    dualCriminality: z.enum(["never", "may-refuse", "required"]),
    languages: z.array(z.string().regex(/^[a-z]{2,3}$/)).max(20),
    channel: z.enum(CHANNELS),
    urgentChannel: z.enum(CHANNELS).nullable(),
    authority: words(200).nullable(),
    confirmation: z.boolean(),
    notification: words(200).nullable(),
    independentIssuer: z.boolean(),
    supportingInformation: z.boolean(),
    years: z.int().min(1).max(50).nullable(),
    offences: words(60).nullable(),
    procedure: words(100).nullable(),
    answer: z.strictObject({ value: z.int().min(1).max(10_000), unit: z.enum(["hours", "days"]) }).nullable(),
  }),
});
export type ChosenBasis = z.infer<typeof basisSchema>;

/** What the receiver's own table says of the basis that a request names. */
export const judgedSchema = z.strictObject({
  agrees: z.boolean(),
  because: z
    .array(
      z.strictObject({
        key: z.enum([...REASON_KEYS, "none-named", "unknown-instrument", "other-needs"]),
        values: z.record(words(40), z.union([words(200), z.number()])),
      }),
    )
    .max(20),
});
export type JudgedBasis = z.infer<typeof judgedSchema>;

type Asked = Pick<RequestRow, "measure" | "data_category" | "particulars">;

/** The question that a request puts to the tables. `sentence` of the particulars is the most that the offence carries, in years. */
export function askingOf(
  { measure, data_category: category, particulars }: Asked,
  of: { readonly from: string; readonly to: string; readonly on: Temporal.PlainDate },
): Asking {
  const years = Number(particulars.sentence ?? "");
  return { measure, category, ...of, ...(years > 0 ? { years } : {}) };
}

/** The basis that a request is made on: the one chosen, or the first that applies. What does not apply is answered with its reasons. */
export function chosenBasis(
  treaties: Treaties,
  asking: Asking,
  code: string | undefined,
):
  | { readonly basis: ChosenBasis | null }
  | { readonly refused: "request-basis-not" | "request-no-basis"; readonly because: readonly Reason[] } {
  if (!wantsTreaty(treaties, asking.measure)) return { basis: null };
  const found = basesFor(treaties, asking);
  const basis = code ? found.find((each) => each.code === code) : found.find(({ applies }) => applies);
  if (basis?.needs) {
    const { cite, provision, checked, needs } = basis;
    return {
      basis: { code: basis.code, cite, provision, checked, needs: { ...needs, languages: [...needs.languages] } },
    };
  }
  return code
    ? { refused: "request-basis-not", because: basis?.because ?? [] }
    : { refused: "request-no-basis", because: found.flatMap(({ because }) => because) };
}

/** What of the needs binds the one who asks: where the two tables differ in it, one of them is wrong. */
const BINDING = ["dualCriminality", "confirmation", "independentIssuer", "supportingInformation", "offences"] as const;

/**
 * What the receiver's own table says of a basis: it agrees, or why it does not. Nothing is refused for it: an officer sees it and decides.
 *
 * @source CETS 185 Art. 25(4)
 */
export function judgedBasis(treaties: Treaties, asking: Asking, told: ChosenBasis | null): JudgedBasis | null {
  if (!wantsTreaty(treaties, asking.measure)) return null;
  if (!told) return { agrees: false, because: [{ key: "none-named", values: {} }] };
  const own: Basis | undefined = basesFor(treaties, asking).find(({ code }) => code === told.code);
  if (!own) return { agrees: false, because: [{ key: "unknown-instrument", values: { cite: told.cite } }] };
  const { needs } = own;
  if (!needs) return { agrees: false, because: own.because.map(({ key, values }) => ({ key, values: { ...values } })) };
  const same = told.provision === own.provision && BINDING.every((name) => told.needs[name] === needs[name]);
  return same
    ? { agrees: true, because: [] }
    : { agrees: false, because: [{ key: "other-needs", values: { provision: own.provision } }] };
}
