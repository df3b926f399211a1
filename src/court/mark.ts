/** Letters of a place from 1: A … Z, AA, AB … */
export function lettersOf(place: number): string {
  let letters = "";
  for (let left = place; left > 0; left = Math.floor((left - 1) / 26))
    letters = String.fromCharCode(65 + ((left - 1) % 26)) + letters;
  return letters;
}

/**
 * The mark that the court knows an exhibit by, made as the country's pack says: `P{n}` gives P1. `place` counts from 1 within the
 * case and the party.
 */
export const markOf = (pattern: string, place: number, caseNumber: string): string =>
  pattern.replaceAll("{n}", `${place}`).replaceAll("{a}", lettersOf(place)).replaceAll("{case}", caseNumber);
