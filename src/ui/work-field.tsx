import { Island } from "./island.tsx";

/**
 * A hidden field for which the reader's browser does a little work while they read the page, so that copies of a report cost their
 * sender something. Without JavaScript it stays empty: the report is taken all the same.
 */
export function WorkField({
  name,
  challenge,
  bits,
}: {
  readonly name: string;
  readonly challenge: string;
  /** Zero bits asked for. */
  readonly bits: number;
}) {
  return (
    <>
      <input type="hidden" name={name} value="" data-work={challenge} data-bits={bits} />
      <Island name="work" />
    </>
  );
}
