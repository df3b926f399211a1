import type { MeasureCode } from "./measures.ts";

/**
 * What usually follows a measure once it was sent, by the number of which the next one cites it: a preservation is followed by the
 * disclosure of its path, and by the request for the data itself.
 *
 * @source CETS 185 Art. 29(7), Art. 30, Art. 31
 */
const FOLLOWED_BY: Partial<Record<MeasureCode, readonly MeasureCode[]>> = {
  P29: ["D30", "M31"],
  D30: ["M31"],
  M31: ["M31"],
  X9: ["M31"],
  X10: ["M31"],
  P16: ["P17", "O18b"],
  P17: ["O18b"],
  EU2: ["EU1"],
};

/** The measures that may follow this one by a click. */
export const followedBy = (code: MeasureCode): readonly MeasureCode[] => FOLLOWED_BY[code] ?? [];
