import type { Country } from "../access/slice.ts";

/** Whom to call. */
export type Numbers = Pick<NonNullable<Country["pack"]["numbers"]>, "police" | "child">;

/** 112 reaches the emergency service from any mobile telephone. @source 3GPP TS 22.101 §10 */
const EVERYWHERE: Numbers = { police: "112" };

/** The country's numbers; those that hold everywhere, where its pack names none. */
export const numbersOf = ({ pack }: Country): Numbers => pack.numbers ?? EVERYWHERE;
