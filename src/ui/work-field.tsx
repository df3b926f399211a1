import { Island } from "./island.tsx";

/**
 * A hidden field for which the reader's browser does a little work while they read the page, so that copies of a report cost their
 * sender something. Without JavaScript it stays empty: the report is taken all the same.
 */
export function WorkField({
  name,
  challenge,
  bits,
  submits = false,
}: {
  readonly name: string;
  readonly challenge: string;
  /** Zero bits asked for. */
  readonly bits: number;
  /** The form is sent as soon as the work is done. */
  readonly submits?: boolean;
}) {
  return (
    <>
      <input
        type="hidden"
        name={name}
        value=""
        data-work={challenge}
        data-bits={bits}
        {...(submits ? { "data-submit": "" } : {})}
      />
      <Island name="work" />
    </>
  );
}
