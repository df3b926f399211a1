import type { Node } from "../kernel/node.ts";
import { type DrillFigures, drillsCounted } from "../contact/slice.ts";
import type { Counted } from "./views-read.ts";

/** Drills with one peer, as the evaluation counts them: apart from requests. Times in minutes. */
export interface DrillFigure {
  readonly group: string;
  readonly direction: "outgoing" | "incoming";
  readonly drills: number;
  readonly answered: number;
  readonly missed: number;
  readonly open: number;
  readonly receipt_median: number | null;
  readonly answer_median: number | null;
}

const figure = (direction: DrillFigure["direction"], of: DrillFigures): DrillFigure => ({
  group: of.peer,
  direction,
  drills: of.drills,
  answered: of.answered,
  missed: of.missed,
  open: of.open,
  receipt_median: of.receiptMinutes,
  answer_median: of.medianMinutes,
});

/** Drills of the period, those that this node began first; of requests' filters only the peer and the direction concern them. */
export async function drillsIn({ db }: Node, counted: Counted, now: Temporal.Instant): Promise<DrillFigure[]> {
  const sides = { outgoing: "sender", incoming: "receiver" } as const;
  const asked = (["outgoing", "incoming"] as const).filter((each) => (counted.direction ?? each) === each);
  const { from, until, peer } = counted;
  const found = await Promise.all(
    asked.map(async (direction) =>
      (await drillsCounted(db, { from, until, peer, now, side: sides[direction] })).map((each) =>
        figure(direction, each),
      ),
    ),
  );
  return found.flat();
}
