import type { FormValues } from "../kernel/form.ts";
import type { ActForm, ActPage } from "../kernel/page.ts";
import { askablePeers } from "../exchange/slice.ts";
import {
  carriedOutBy,
  CATEGORIES,
  highest,
  MEASURE_CODES,
  type MeasureCode,
  measureOf,
  type Reach,
} from "../law/slice.ts";
import { carriedOver } from "./carried.ts";
import { DraftForm, type Peer } from "./page-draft.tsx";
import { draftIn } from "./page-help.tsx";
import type { RequestRow } from "./request.ts";
import { timedBases } from "./views-bases.ts";
import { type Help, helpFor, knownOf, ownBefore } from "./views-help.ts";

/** Peers to choose from. */
export const peersFor = async (form: ActForm<never>): Promise<Peer[]> => {
  const { reader } = form;
  const wanted = form.values["measure"] ?? (form.row as Partial<RequestRow> | undefined)?.measure;
  const measure = MEASURE_CODES.find((code) => code === wanted);
  return Promise.all(
    (await askablePeers(reader)).map(async ({ code, name, kind }) => ({
      value: code,
      label: `${name} (${code})`,
      kind,
      bases:
        measure && measureOf(measure).asks === kind
          ? await timedBases(reader, { measure, to: code, category: reachOf(measure, form.values["data"]) })
          : [],
    })),
  );
};

/** What is asked for so far; before anything is, the least that the measure reaches. */
function reachOf(measure: MeasureCode, data: unknown): Reach {
  const { names, categories } = measureOf(measure);
  const typed = Array.isArray(data) ? data.map((each) => (each as FormValues)["category"]) : [];
  const known = CATEGORIES.filter((each) => typed.includes(each));
  if (known.length > 0) return highest(known);
  return names === "nothing" ? "none" : (categories?.[0] ?? "subscriber");
}

/** A form that opens with values where nothing has been typed yet; what its address names goes over them. */
export const prefilled = <Row,>(form: ActForm<Row>, values: FormValues): ActForm<Row> =>
  form.errors.length === 0 && !("offence" in form.values) ? { ...form, values: { ...values, ...form.values } } : form;

/** Data as a form holds it: identifiers one a line. */
export const dataValues = (data: RequestRow["data"]): FormValues[] =>
  data.map(({ category, description, identifiers }) => ({
    category,
    description,
    identifiers: identifiers.join("\n"),
  }));

/** What the form of a draft needs beside its row. */
interface Drafting {
  readonly peers: Peer[];
  readonly help?: Help | undefined;
  /** Values that it opens with. */
  readonly start: FormValues;
}

/** Everything that helps with a draft as it stands in the form; nothing while no measure is chosen. */
async function drafting(form: ActForm<never>, start: FormValues): Promise<Drafting> {
  const values = prefilled(form as ActForm, start).values;
  const draft = draftIn(values);
  return { peers: await peersFor(form), start, ...(draft ? { help: await helpFor(form.reader, draft) } : {}) };
}

/** What a form starts with: a request that this one follows, or a template of the country. */
async function startOf({ reader, values }: ActForm<never>): Promise<FormValues> {
  const measure = MEASURE_CODES.find((code) => code === values["measure"]);
  if (!measure) return {};
  const known = await knownOf(reader, values["after"]);
  if (known) {
    const { data, particulars, ...carried } = carriedOver(known, measure);
    return { ...carried, data: dataValues(data), particulars: { ...particulars } };
  }
  const { templates } = reader.node.services.country.pack.requests;
  const chosen = templates.find(({ code, measures }) => code === values["template"] && measures.includes(measure));
  return Object.fromEntries(
    Object.entries(chosen?.texts ?? {}).flatMap(([name, text]) => (text === undefined ? [] : [[name, text]])),
  );
}

const drawn = (form: ActForm<never>, { peers: asked, help, start }: Drafting) => (
  <DraftForm form={prefilled(form as ActForm, start)} peers={asked} help={help} />
);
/** What was said to the safeguards, as a form holds it. */
const safeguardValues = ({ safeguards: { offence, privilege, filter, answers } }: RequestRow): FormValues => ({
  answers: { ...answers },
  ...(offence === undefined ? {} : { offence }),
  ...(privilege === undefined ? {} : { privilege }),
  ...(filter === undefined ? {} : { filter }),
});

/** What a request says whatever its measure, as a form holds it. */
const saidOf = (row: RequestRow): FormValues => ({
  offence: row.offence,
  article: row.article,
  facts: row.facts,
  necessity: row.necessity,
  proportionality: row.proportionality,
  custodian: row.custodian,
  urgency: row.urgency,
  data: dataValues(row.data),
});

const draftPage: ActPage = {
  act: "request.draft",
  prepare: async (form) => drafting(form, await startOf(form)),
  render: (form, _tools, found: never) => drawn(form, found),
};

const revisePage: ActPage = {
  act: "request.revise",
  prepare: (form: ActForm<never>) => {
    const { row } = form as ActForm<RequestRow>;
    return drafting(form, {
      measure: row.measure,
      to: row.peer,
      ...saidOf(row),
      particulars: { ...row.particulars },
      safeguards: safeguardValues(row),
      basis: row.basis?.code ?? "",
    });
  },
  render: (form, _tools, found: never) => drawn(form, found),
};

/** The domestic measure opens with what the incoming request says: the officer answers for it, and mends it. */
const carryPage: ActPage = {
  act: "request.carry",
  prepare: async (form: ActForm<never>) => {
    const { row } = form as ActForm<RequestRow>;
    // Numbers of what it follows are the other country's; here it follows the measure that carried that out.
    const { follows: _, preserved: __, ...particulars } = row.particulars;
    const before = await ownBefore(form.reader, row);
    return drafting(form, {
      measure: carriedOutBy(row.measure) ?? "",
      ...saidOf(row),
      ...(before ? { to: before.peer } : {}),
      particulars: { ...particulars, ...(before ? { follows: before.number } : {}) },
      safeguards: { answers: Object.fromEntries((row.tests?.tests ?? []).map(({ code, answer }) => [code, answer])) },
    });
  },
  render: (form, _tools, found: never) => drawn(form, found),
};

/** Forms by which a request is drafted, changed, or made to carry out what came from abroad. */
export const draftActPages: readonly ActPage[] = [draftPage, revisePage, carryPage];
