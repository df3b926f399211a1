/** A ground on which a request may be refused. */
export interface Ground {
  readonly code: string;
  readonly basis: string;
  /** False where the citation was written from memory and has not been compared with the text; pages say so. */
  readonly checked: boolean;
}

/** The closed list: a refusal names one of these, and always gives reasons. @source CETS 185 Art. 27(7) */
// prettier-ignore
export const GROUNDS = [
  { code: "political-offence",     basis: "CETS 185 Art. 27(4)", checked: false },
  { code: "essential-interests",   basis: "CETS 185 Art. 27(4)", checked: false },
  { code: "dual-criminality",      basis: "CETS 185 Art. 29(4)", checked: true },
  { code: "outside-treaty",        basis: "CETS 185 Art. 25(4)", checked: true },
  { code: "data-not-held",         basis: "CETS 185 Art. 18(1)", checked: true },
  { code: "incomplete",            basis: "CETS 185 Art. 29(2)", checked: true },
] as const satisfies readonly Ground[];

/** A ground by its code. */
export const groundOf = (code: string): Ground | undefined => GROUNDS.find((each) => each.code === code);

export type GroundCode = (typeof GROUNDS)[number]["code"];
export const GROUND_CODES = GROUNDS.map(({ code }) => code) as [GroundCode, ...GroundCode[]];
