import type { ActForm, ActPage } from "../kernel/page.ts";
import type { FormValues } from "../kernel/form.ts";
import { ActFormPage } from "../ui/act-form.tsx";
import { askablePeers } from "../exchange/slice.ts";
import {
  carriedOutBy,
  CATEGORIES,
  groundsOf,
  highest,
  MEASURE_CODES,
  type MeasureCode,
  measureOf,
  type Reach,
} from "../law/slice.ts";
import { DraftForm, type Peer } from "./page-draft.tsx";
import { annexable, deliverable } from "../evidence/slice.ts";
import { decisionPages } from "./page-decide.tsx";
import { peerOf, Whole } from "./page-whole.tsx";
import { MissingFields, TermWords } from "./page-conditions.tsx";
import { officeChoices } from "./views-chosen.ts";
import { carriedOver } from "./carried.ts";
import { draftIn } from "./page-help.tsx";
import { type Help, helpFor, knownOf, ownBefore } from "./views-help.ts";
import { inForce } from "./terms.ts";
import type { RequestRow } from "./request.ts";
import { timedBases } from "./views-bases.ts";
import { Checkboxes } from "../ui/choice-field.tsx";
import { errorAt } from "../ui/schema-fields.tsx";

type Choice = { readonly value: string; readonly label: string };

/** Peers to choose from. */
const peers = async (form: ActForm<never>): Promise<Peer[]> => {
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
const prefilled = <Row,>(form: ActForm<Row>, values: FormValues): ActForm<Row> =>
  form.errors.length === 0 && !("offence" in form.values) ? { ...form, values: { ...values, ...form.values } } : form;

/** Data as a form holds it: identifiers one a line. */
const dataValues = (data: RequestRow["data"]): FormValues[] =>
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
  return { peers: await peers(form), start, ...(draft ? { help: await helpFor(form.reader, draft) } : {}) };
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
      offence: row.offence,
      article: row.article,
      facts: row.facts,
      necessity: row.necessity,
      proportionality: row.proportionality,
      custodian: row.custodian,
      urgency: row.urgency,
      data: dataValues(row.data),
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
      offence: row.offence,
      article: row.article,
      facts: row.facts,
      necessity: row.necessity,
      proportionality: row.proportionality,
      custodian: row.custodian,
      urgency: row.urgency,
      data: dataValues(row.data),
      ...(before ? { to: before.peer } : {}),
      particulars: { ...particulars, ...(before ? { follows: before.number } : {}) },
    });
  },
  render: (form, _tools, found: never) => drawn(form, found),
};

const decisionPage = (act: string): ActPage => ({
  act,
  prepare: peerOf,
  render: (form, _tools, peer: never) => (
    <ActFormPage form={form} before={<Whole row={(form as ActForm<RequestRow>).row} peer={peer} />} />
  ),
});

/** What is missing is put right in the draft: the way there stands beside what is said. */
const submitPage: ActPage = {
  act: "request.submit",
  prepare: peerOf,
  render: (form, { t }, peer: never) => {
    const { row } = form as ActForm<RequestRow>;
    return (
      <ActFormPage
        form={form}
        before={
          <>
            {form.errors.length > 0 && (
              <p>
                <a href={`/requests/${row.id}/revise`}>{t("act.request.revise")}</a>
              </p>
            )}
            <Whole row={row} peer={peer} />
          </>
        }
      />
    );
  },
};

/** Each ground with the provision that it rests on, and whether that has been compared with the treaty’s text. */
const refusePage: ActPage = {
  act: "request.refuse",
  prepare: peerOf,
  render: (form, { t }, peer: never) => (
    <ActFormPage
      form={form}
      before={<Whole row={(form as ActForm<RequestRow>).row} peer={peer} />}
      choices={{
        ground: groundsOf(measureOf((form as ActForm<RequestRow>).row.measure).basis).map(
          ({ code, basis, checked }) => ({
            value: code,
            label: t("ground.with-basis", { ground: t(`ground.${code}`), basis, checked: checked ? "yes" : "no" }),
          }),
        ),
      }}
    />
  ),
};

const itemsPage = (act: string, values: FormValues): ActPage => ({
  act,
  prepare: async ({ reader, row }: ActForm<never>) => deliverable(reader, row as RequestRow),
  render: (form, { t }, choices: never) => {
    const chosen = form.values["items"];
    const given = form.values as FormValues;
    return (
      <ActFormPage
        form={prefilled(form as ActForm<RequestRow>, { ...given, ...values })}
        instead={{
          ...(act === "request.deliver" ? { missing: <MissingFields form={form as ActForm<RequestRow>} /> } : {}),
          items: (
            <Checkboxes
              name="items"
              label={t("field.request.items")}
              error={errorAt(form.errors, "items", t)}
              options={choices as Choice[]}
              value={Array.isArray(chosen) ? chosen.map(String) : typeof chosen === "string" ? [chosen] : []}
            />
          ),
        }}
      />
    );
  },
});

/** What of the data is not given is asked line by line. */
const executePage: ActPage = {
  act: "request.execute",
  prepare: peerOf,
  render: (form, _tools, peer: never) => (
    <ActFormPage
      form={form}
      before={<Whole row={(form as ActForm<RequestRow>).row} peer={peer} />}
      instead={{ missing: <MissingFields form={form as ActForm<RequestRow>} /> }}
    />
  ),
};

/** The conditions in force, as choices. */
const termPage = (act: string): ActPage => ({
  act,
  render: (form, { t }) => {
    const { row } = form as ActForm<RequestRow>;
    return (
      <ActFormPage
        form={form}
        choices={{
          condition: inForce(row.terms).map(({ condition }) => ({
            value: condition,
            label: t(`option.condition.${condition}`),
          })),
        }}
      />
    );
  },
});

/** What is to be taken on stands above the decision. */
const answerTermsPage = (act: string): ActPage => ({
  act,
  render: (form) => (
    <ActFormPage
      form={form}
      before={
        <ul>
          {inForce((form as ActForm<RequestRow>).row.terms).map((term, index) => (
            <li key={index}>
              <TermWords term={term} />
            </li>
          ))}
        </ul>
      }
    />
  ),
});

/** Opens with the conditions that stand. */
const bindPage: ActPage = {
  act: "request.bind",
  render: (form) => {
    const { row, values } = form as ActForm<RequestRow>;
    const standing = inForce(row.terms).map(({ condition, until = "", words = "" }) => ({ condition, until, words }));
    const isTyped = form.errors.length > 0 || "conditions" in values;
    return <ActFormPage form={isTyped ? form : { ...form, values: { ...values, conditions: standing } }} />;
  },
};

/** Offices here, as choices. */
const assignPage: ActPage = {
  act: "request.assign",
  prepare: ({ reader }: ActForm<never>) => officeChoices(reader),
  render: (form, _tools, office: never) => <ActFormPage form={form} choices={{ office }} />,
};

/** Exhibits of the case that may go along. */
const attachPage: ActPage = {
  act: "request.attach",
  prepare: ({ reader, row }: ActForm<never>) => annexable(reader, (row as RequestRow).case_id),
  render: (form, { t }, choices: never) => {
    const { row, values, errors } = form as ActForm<RequestRow>;
    const typed = values["items"];
    const chosen = Array.isArray(typed) ? typed.map(String) : typeof typed === "string" ? [typed] : row.annexes;
    return (
      <ActFormPage
        form={form}
        instead={{
          items: (
            <Checkboxes
              name="items"
              label={t("field.request.items")}
              error={errorAt(errors, "items", t)}
              required={false}
              options={choices as Choice[]}
              value={chosen}
            />
          ),
        }}
      />
    );
  },
};

/** Who else is asked the same, each with their own identifiers. */
const spreadPage: ActPage = {
  act: "request.spread",
  prepare: peers,
  render: (form, _tools, choices: never) => {
    const { row } = form as ActForm<RequestRow>;
    const asked = (choices as unknown as Peer[]).filter(({ kind }) => kind === measureOf(row.measure).asks);
    return <ActFormPage form={form} choices={{ to: asked }} />;
  },
  then: ({ bundle }) => `/requests?bundle=${String(bundle)}`,
};

/** What the change is made from stands above; what is left as it is stays. */
const amendPage: ActPage = {
  act: "request.amend",
  prepare: peerOf,
  render: (form, _tools, peer: never) => {
    const own = form as ActForm<RequestRow>;
    const { facts, custodian, data, particulars } = own.row;
    const isFirst = own.errors.length === 0 && !("reasons" in own.values);
    const standing = {
      facts,
      custodian,
      data: dataValues(data),
      from: particulars.from ?? "",
      until: particulars.until ?? "",
    };
    return (
      <ActFormPage
        form={isFirst ? { ...own, values: { ...standing, ...own.values } } : own}
        before={<Whole row={own.row} peer={peer} />}
        instead={{
          ...(particulars.from === undefined ? { from: <></> } : {}),
          ...(particulars.until === undefined ? { until: <></> } : {}),
        }}
      />
    );
  },
};

export const requestActPages: readonly ActPage[] = [
  draftPage,
  revisePage,
  carryPage,
  itemsPage("request.deliver", { complete: "true" }),
  itemsPage("request.record", {}),
  itemsPage("request.disclose", {}),
  refusePage,
  submitPage,
  executePage,
  assignPage,
  attachPage,
  spreadPage,
  amendPage,
  bindPage,
  ...["seek", "waive"].map((verb) => termPage(`request.${verb}`)),
  ...["agree", "decline"].map((verb) => answerTermsPage(`request.${verb}`)),
  ...decisionPages,
  ...["deny", "revoke", "order", "validate", "return", "send", "serve", "accept", "halt", "resume"].map((verb) =>
    decisionPage(`request.${verb}`),
  ),
];
