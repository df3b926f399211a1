/** A ground on which a request may be refused. */
export interface Ground {
  readonly code: string;
  readonly basis: string;
  /** False where the citation was written from memory and has not been compared with the text; pages say so. */
  readonly checked: boolean;
  /** Of the form by which a provider says that it cannot execute a European order, and of no other answer. */
  readonly european?: true;
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
  { code: "eu-incomplete",         basis: "Regulation (EU) 2023/1543 Art. 10", checked: false, european: true },
  { code: "eu-manifest-error",     basis: "Regulation (EU) 2023/1543 Art. 10", checked: false, european: true },
  { code: "eu-insufficient",       basis: "Regulation (EU) 2023/1543 Art. 10", checked: false, european: true },
  { code: "eu-impossible",         basis: "Regulation (EU) 2023/1543 Art. 10", checked: false, european: true },
  { code: "eu-not-stored",         basis: "Regulation (EU) 2023/1543 Art. 16", checked: true,  european: true },
  { code: "eu-not-concerned",      basis: "Regulation (EU) 2023/1543 Art. 16", checked: false, european: true },
  { code: "eu-privilege",          basis: "Regulation (EU) 2023/1543 Art. 10", checked: true,  european: true },
  { code: "eu-third-country",      basis: "Regulation (EU) 2023/1543 Art. 17", checked: false, european: true },
] as const satisfies readonly Ground[];

/** The grounds on which a measure may be refused: a European order by the grounds of its own form, any other by those of the Convention. */
export const groundsOf = (basis: string): readonly Ground[] =>
  GROUNDS.filter((each: Ground) => (each.european ?? false) === basis.startsWith("Regulation (EU) 2023/1543"));

/** A ground by its code. */
export const groundOf = (code: string): Ground | undefined => GROUNDS.find((each) => each.code === code);

export type GroundCode = (typeof GROUNDS)[number]["code"];
export const GROUND_CODES = GROUNDS.map(({ code }) => code) as [GroundCode, ...GroundCode[]];
