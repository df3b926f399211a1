import { z } from "zod";
import { csvFile } from "../kernel/csv.ts";
import { type Reader, view } from "../kernel/view.ts";
import { peerNames } from "../exchange/slice.ts";
import { ARTICLE_CODES, MEASURE_CODES, REACHES } from "../law/slice.ts";
import { TABLE_NAMES, TABLES, type TableName } from "./definitions.ts";
import { type Facts, STEP_NAMES } from "./facts.ts";
import {
  DIMENSIONS,
  type GroundFigure,
  groundFigures,
  type StepFigure,
  stepFigures,
  type Volume,
  volumes,
  type Waiting,
  waitings,
} from "./figures.ts";
import { type EmergencyFigure, emergencyFigures, type NoticeFigure, noticeFigures } from "./figures-own.ts";
import { type DrillFigure, drillsIn } from "./views-drills.ts";
import { factsIn } from "./views-read.ts";
import { withheld, type Withheld } from "./withhold.ts";

const STEPS_ASKED = ["answer", ...STEP_NAMES] as const;
/** What is counted and how it is told apart; all of it may be left out. */
export const asked = z.object({
  by: z.enum(DIMENSIONS).default("measure"),
  /** Days on which requests were sent, the last one included; the last twelve months where nothing is said. */
  from: z.iso.date().optional(),
  until: z.iso.date().optional(),
  measure: z.enum(MEASURE_CODES).optional(),
  peer: z.string().max(8).optional(),
  category: z.enum(REACHES).optional(),
  article: z.enum(ARTICLE_CODES).optional(),
  direction: z.enum(["outgoing", "incoming"]).optional(),
  /** The step whose waiting is drawn. */
  step: z.enum(STEPS_ASKED).default("answer"),
  /** `public`: small counts are withheld, and what would tell them, as in what leaves the house. */
  for: z.enum(["desk", "public"]).default("desk"),
});
export type Asked = z.output<typeof asked>;

/** An evaluation: what was asked, and the figures. */
export interface Evaluation {
  readonly asked: Asked;
  readonly from: Temporal.PlainDate;
  readonly until: Temporal.PlainDate;
  readonly at: Temporal.Instant;
  readonly requests: number;
  readonly volumes: readonly Withheld<Volume>[];
  readonly steps: readonly Withheld<StepFigure>[];
  readonly grounds: readonly Withheld<GroundFigure>[];
  readonly emergencies: readonly Withheld<EmergencyFigure>[];
  readonly notices: readonly Withheld<NoticeFigure>[];
  readonly drills: readonly Withheld<DrillFigure>[];
  readonly waiting: readonly Waiting[];
  readonly peers: ReadonlyMap<string, string>;
}

const MONTHS = 12;

/** Empty choices of a form say nothing. */
const given = z.preprocess(
  (input) =>
    typeof input === "object" && input !== null
      ? Object.fromEntries(Object.entries(input).filter(([, value]) => value !== ""))
      : input,
  asked,
);

async function evaluate({ node, now, zone, db }: Reader, what: Asked): Promise<Evaluation> {
  const today = now.toZonedDateTimeISO(zone).toPlainDate();
  const until = what.until ? Temporal.PlainDate.from(what.until) : today;
  const latest = Temporal.PlainDate.compare(until, today) < 0 ? until : today;
  const from = what.from ? Temporal.PlainDate.from(what.from) : latest.subtract({ months: MONTHS });
  const counted = {
    ...what,
    from: from.toZonedDateTime(zone).toInstant(),
    until: until.add({ days: 1 }).toZonedDateTime(zone).toInstant(),
  };
  const [facts, drills] = await Promise.all([factsIn(node, counted), drillsIn(node, counted, now)]);
  const threshold = node.services.country.pack.reporting.statistics.threshold;
  return {
    asked: what,
    from,
    until,
    at: now,
    requests: facts.length,
    ...figuresFor(facts, { what, now, threshold }),
    ...ownFigures(facts, drills, { what, threshold }),
    waiting: what.for === "public" ? [] : waitings(facts, { by: what.by, step: what.step, now }),
    peers: new Map([[node.code, node.name], ...(await peerNames(db))]),
  };
}

/** Counts that add up to another: who knows all but one of them knows that one. */
const SUMS: readonly { readonly whole: keyof Volume; readonly parts: readonly (keyof Volume)[] }[] = [
  { whole: "requests", parts: ["executed", "refused", "withdrawn", "open"] },
];

function figuresFor(
  facts: readonly Facts[],
  { what, now, threshold }: { readonly what: Asked; readonly now: Temporal.Instant; readonly threshold: number },
): Pick<Evaluation, "volumes" | "steps" | "grounds"> {
  const all = volumes(facts, what.by);
  const steps = stepFigures(facts, what.by, now);
  const grounds = groundFigures(facts, what.by);
  if (what.for === "desk") return { volumes: all, steps, grounds };
  const small = new Set(all.filter(({ requests }) => requests < threshold).map(({ group }) => group));
  const told = ({ group }: { readonly group: string }) => !small.has(group);
  return {
    volumes: all.map((row) => withheld(row, { threshold, sums: SUMS })),
    // Of few requests neither the steps nor the grounds are told: a length of time is one request's own.
    steps: steps
      .filter(told)
      .filter(({ ended }) => ended >= threshold)
      .map((row) => withheld(row, { threshold, sums: [] })),
    grounds: grounds.filter(told).map((row) => withheld(row, { threshold, sums: [] })),
  };
}

/** What is counted beside: emergencies that nobody stood behind, whom this node has told, and drills. Small counts stay in the house. */
function ownFigures(
  facts: readonly Facts[],
  drills: readonly DrillFigure[],
  { what, threshold }: { readonly what: Asked; readonly threshold: number },
): Pick<Evaluation, "emergencies" | "notices" | "drills"> {
  const found = { emergencies: emergencyFigures(facts, what.by), notices: noticeFigures(facts, what.by), drills };
  if (what.for === "desk") return found;
  return {
    // A part of few would tell the few.
    emergencies: found.emergencies
      .filter(({ emergencies }) => emergencies >= threshold)
      .map((row) => ({ ...withheld(row, { threshold, sums: [] }), share: null })),
    notices: found.notices
      .filter(({ owed }) => owed >= threshold)
      .map((row) => withheld(row, { threshold, sums: [{ whole: "owed", parts: ["in_time", "late", "overdue"] }] })),
    drills: found.drills
      .filter((each) => each.drills >= threshold)
      .map((row) => withheld(row, { threshold, sums: [] })),
  };
}

/** The evaluation, for its page. */
export const evaluationView = view({
  name: "evaluation.page",
  gate: "statistics.read",
  input: given as unknown as z.ZodType<Asked>,
  read: evaluate,
});

/** The whole of it in JSON, each figure with its formula, unit and source, and what was left out. */
export const evaluationJson = view({
  name: "evaluation.read",
  path: "/evaluation",
  gate: "statistics.read",
  input: given as unknown as z.ZodType<Asked>,
  read: async (reader, what) => {
    const {
      volumes: counted,
      steps,
      grounds,
      waiting,
      emergencies,
      notices,
      drills,
      ...found
    } = await evaluate(reader, what);
    return {
      node: reader.node.code,
      ...described(found),
      definitions: TABLES,
      volumes: counted,
      steps,
      grounds,
      emergencies,
      notices,
      drills,
      waiting,
    };
  },
});

const described = ({
  asked: what,
  from,
  until,
  at,
  requests,
}: Pick<Evaluation, "asked" | "from" | "until" | "at" | "requests">) => ({
  asked: { ...what, from: from.toString(), until: until.toString() },
  at: at.toString({ smallestUnit: "second" }),
  requests: what.for === "public" ? null : requests,
});

/** One table as CSV: `volumes.csv`, `steps.csv`, `grounds.csv`; `definitions.csv` says what its columns are. */
export const evaluationFile = view({
  name: "evaluation.file",
  path: "/evaluation/:file",
  gate: "statistics.read",
  input: z.intersection(z.object({ file: z.string().max(40) }), given as unknown as z.ZodType<Asked>),
  read: async (reader, { file, ...what }) => {
    const name = file.endsWith(".csv") ? file.slice(0, -".csv".length) : undefined;
    if (name === "definitions") return csvFile(file, DEFINITION_COLUMNS, definitionRows());
    const table = TABLE_NAMES.find((each): each is TableName => each === name);
    if (!table) return undefined;
    const found = await evaluate(reader, what as Asked);
    return csvFile(
      file,
      TABLES[table].map(({ name: column }) => column),
      found[table],
    );
  },
});

const DEFINITION_COLUMNS = ["table", "column", "unit", "formula", "source"];
const definitionRows = () =>
  TABLE_NAMES.flatMap((table) =>
    TABLES[table].map(({ name, unit, formula, source }) => ({ table, column: name, unit, formula, source })),
  );
