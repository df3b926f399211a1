import type { ActForm, ActPage } from "../kernel/page.ts";
import type { FormValues } from "../kernel/form.ts";
import { ActFormPage } from "../ui/act-form.tsx";
import { type groundsOf, measureOf } from "../law/slice.ts";
import type { Peer } from "./page-draft.tsx";
import { annexable, deliverable } from "../evidence/slice.ts";
import { dataValues, draftActPages, peersFor, prefilled } from "./page-acts-draft.tsx";
import { decisionPages } from "./page-decide.tsx";
import { peerOf, Whole } from "./page-whole.tsx";
import { MissingFields, TermWords } from "./page-conditions.tsx";
import { officeChoices } from "./views-chosen.ts";
import { groundsHere } from "./refusal.ts";
import { inForce } from "./terms.ts";
import type { RequestRow } from "./request.ts";
import { Checkboxes } from "../ui/choice-field.tsx";
import { errorAt } from "../ui/schema-fields.tsx";

type Choice = { readonly value: string; readonly label: string };

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
  prepare: async (form: ActForm<never>) => ({
    peer: await peerOf(form),
    grounds: groundsHere(form.row, form.reader),
  }),
  render: (form, { t }, { peer, grounds }: { peer: string; grounds: ReturnType<typeof groundsOf> }) => (
    <ActFormPage
      form={form}
      before={<Whole row={(form as ActForm<RequestRow>).row} peer={peer} />}
      choices={{
        ground: grounds.map(({ code, basis, checked }) => ({
          value: code,
          label: t("ground.with-basis", { ground: t(`ground.${code}`), basis, checked: checked ? "yes" : "no" }),
        })),
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
  prepare: peersFor,
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
  ...draftActPages,
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
