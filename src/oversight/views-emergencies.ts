import { z } from "zod";
import { csvFile } from "../kernel/csv.ts";
import { type Reader, view } from "../kernel/view.ts";
import { type EmergencyFigure, emergencyFigures, factsIn } from "../evaluation/slice.ts";
import { peerNames } from "../exchange/slice.ts";

const MONTHS = 12;
const period = z.object({ from: z.iso.date().optional(), until: z.iso.date().optional() });

/** How the emergency way was used in a period, by the office that used it and by whoever was asked. */
export interface EmergencyUse {
  readonly from: Temporal.PlainDate;
  readonly until: Temporal.PlainDate;
  readonly offices: readonly EmergencyFigure[];
  /** By code of the other node. */
  readonly peers: readonly EmergencyFigure[];
  /** The same of what came from abroad, by who asked: refused and unvalidated alone are known of it. */
  readonly incoming: readonly EmergencyFigure[];
  readonly names: ReadonlyMap<string, string>;
}

async function used({ node, now, zone }: Reader, asked: z.output<typeof period>): Promise<EmergencyUse> {
  const today = now.toZonedDateTimeISO(zone).toPlainDate();
  const until = asked.until ? Temporal.PlainDate.from(asked.until) : today;
  const from = asked.from ? Temporal.PlainDate.from(asked.from) : until.subtract({ months: MONTHS });
  const facts = await factsIn(node, {
    from: from.toZonedDateTime(zone).toInstant(),
    until: until.add({ days: 1 }).toZonedDateTime(zone).toInstant(),
    emergencies: true,
  });
  const { outgoing = [], incoming = [] } = Object.groupBy(facts, ({ direction }) => direction);
  return {
    from,
    until,
    offices: emergencyFigures(outgoing, "office"),
    peers: emergencyFigures(outgoing, "peer"),
    incoming: emergencyFigures(incoming, "peer"),
    names: await peerNames(node.db),
  };
}

/** How often nobody stood behind an emergency, per office and per peer. @source CETS 185 Art. 15(2) */
export const emergencyUse = view({
  name: "oversight.emergencies",
  path: "/oversight/emergencies",
  gate: "oversight.read",
  input: period,
  read: used,
});

const COLUMNS = ["emergencies", "refused", "unvalidated", "reviewed", "not_justified", "unreviewed", "share"] as const;

/** The same as a table for a program. */
export const emergencyUseCsv = view({
  name: "oversight.emergencies-csv",
  path: "/oversight/emergencies/csv",
  gate: "oversight.read",
  input: period,
  read: async (reader, asked) => {
    const { from, until, offices, peers, incoming } = await used(reader, asked);
    const rows = Object.entries({ office: offices, peer: peers, "asked-by": incoming }).flatMap(([by, figures]) =>
      figures.map((row) => ({ by, ...row })),
    );
    return csvFile(
      `emergencies-${reader.node.code}-${from.toString()}-${until.toString()}.csv`,
      ["by", "group", ...COLUMNS],
      rows,
    );
  },
});
