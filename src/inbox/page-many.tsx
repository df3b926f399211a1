import { randomUUID } from "node:crypto";
import { fieldsOf } from "../kernel/fields.ts";
import { type Route, route, type RouteCall } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import {
  BASES,
  BASIS_NAMES,
  type Colleague,
  colleaguesOf,
  inLanguage,
  reportingOf,
  templatesFor,
} from "../reports/slice.ts";
import { DeskPage } from "../ui/desk-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { ErrorSummary } from "../ui/error-summary.tsx";
import { HiddenField } from "../ui/hidden-field.tsx";
import { Notice } from "../ui/notice.tsx";
import { SchemaFields, sentenceOf } from "../ui/schema-fields.tsx";
import { Table } from "../ui/table.tsx";
import { doToMany, MANY, type ManyForm, manyForm, type Outcome } from "./many.ts";
import type { Chosen } from "./views-chosen.ts";

type Choices = Readonly<Record<string, readonly { readonly value: string; readonly label: string }[]>>;
type Words = RouteCall["tools"]["t"];

/** What the fields of the form are chosen from. */
async function choicesFor({ reader, tools: { t, locale } }: RouteCall, { verb }: ManyForm): Promise<Choices> {
  if (verb === "triage")
    return {
      priority: [0, 1, 2, 3, 4].map((each) => ({ value: String(each), label: t(`option.priority.${each}`) })),
      basis: BASES.map((value) => ({ value, label: t(`option.basis.${BASIS_NAMES[value]}`) })),
    };
  if (verb === "assign") return { account: (await colleaguesOf(reader)).map((each) => colleague(each, t)) };
  if (verb === "reply")
    return {
      template: templatesFor(reportingOf(reader.node), undefined).map(({ code, name }) => ({
        value: code,
        label: inLanguage(name, locale),
      })),
    };
  return {};
}
const colleague = ({ id, name, load }: Colleague, t: Words) => ({
  value: id,
  label: t("reports.colleague", { name, count: load }),
});

const HEADERS = { "cache-control": "no-store" };

/** Rows chosen in the list, and what shall be done to them: one form, each report through its own act, each outcome told. */
export const manyRoutes: readonly Route[] = [
  route({
    role: "desk",
    method: "GET",
    path: "/reports/many",
    access: "signed-in",
    handle: async (call) => {
      const query = new URLSearchParams(call.tools.url.split("?")[1] ?? "");
      if (!query.has("act")) return { redirect: "/reports" };
      const form = await manyForm(call, { act: query.get("act"), ids: query.getAll("ids") });
      return { page: <ManyPage form={form} choices={await choicesFor(call, form)} />, headers: HEADERS };
    },
  }),
  route({
    role: "desk",
    method: "POST",
    path: "/reports/many",
    access: "signed-in",
    handle: async (call) => {
      const sent = typeof call.body === "object" && call.body !== null ? (call.body as Record<string, unknown>) : {};
      const form = await manyForm(call, sent);
      const outcome = await doToMany(call, form);
      if (!Array.isArray(outcome)) {
        const wrong = outcome as ManyForm;
        return {
          page: <ManyPage form={wrong} choices={await choicesFor(call, wrong)} />,
          status: 422,
          headers: HEADERS,
        };
      }
      return { page: <OutcomePage form={form} outcomes={outcome} />, headers: HEADERS };
    },
  }),
];

function ManyPage({ form, choices }: { readonly form: ManyForm; readonly choices: Choices }) {
  const { t } = useTools();
  const { verb, act, chosen, values, errors, key } = form;
  const title = t(`act.report.${verb}`);
  const trail = [{ label: t("reports.title"), href: "/reports" }];
  if (chosen.length === 0)
    return (
      <DeskPage title={title} trail={trail}>
        <EmptyState title={t("inbox.none-chosen")}>{t("inbox.none-chosen.hint")}</EmptyState>
      </DeskPage>
    );
  return (
    <DeskPage title={title} trail={trail} lead={t("inbox.many", { count: chosen.length })} wrong={errors.length > 0}>
      <ErrorSummary mistakes={errors.map((error) => ({ name: error.path, message: sentenceOf(error, t) }))} />
      <form method="post" action="/reports/many" noValidate>
        <Carried verb={verb} chosen={chosen} formKey={key} />
        <SchemaFields fields={fieldsOf(act.input)} drawing={{ subject: "report", values, errors, choices }} />
        <p class="buttons">
          <button type="submit">{t("inbox.do-many", { act: title, count: chosen.length })}</button>
        </p>
      </form>
      <h2>{t("inbox.chosen")}</h2>
      <ChosenTable chosen={chosen} />
    </DeskPage>
  );
}

function Carried({
  verb,
  chosen,
  formKey,
}: {
  readonly verb: string;
  readonly chosen: readonly Chosen[];
  readonly formKey: string;
}) {
  return (
    <>
      <HiddenField name="_key" value={formKey} />
      <HiddenField name="act" value={verb} />
      {chosen.map(({ reference }) => (
        <HiddenField key={reference} name="ids" value={reference} />
      ))}
    </>
  );
}

function ChosenTable({
  chosen,
  why,
}: {
  readonly chosen: readonly Chosen[];
  readonly why?: ReadonlyMap<string, string>;
}) {
  const { t } = useTools();
  return (
    <Table
      caption={t("inbox.chosen")}
      rows={chosen}
      id={({ reference }) => reference}
      href={({ id }) => `/reports/${id}`}
      columns={[
        {
          key: "report",
          label: t("reports.col.report"),
          primary: true,
          cell: ({ reference }) => <span class="code-small">{reference}</span>,
        },
        { key: "priority", label: t("reports.col.priority"), cell: ({ priority }) => `P${priority}` },
        { key: "category", label: t("reports.col.category"), cell: ({ category }) => t(`option.category.${category}`) },
        why
          ? { key: "why", label: t("inbox.why-not"), cell: ({ id }) => why.get(id) ?? "" }
          : { key: "state", label: t("reports.col.state"), cell: ({ state }) => t(`state.${state}`) },
      ]}
    />
  );
}

/** What came of each: what was not done, and why, stands first. What can be taken back is, by one button. */
function OutcomePage({ form, outcomes }: { readonly form: ManyForm; readonly outcomes: readonly Outcome[] }) {
  const { t, has } = useTools();
  const done = outcomes.filter(({ refusal }) => refusal === undefined).map(({ chosen }) => chosen);
  const not = outcomes.flatMap(({ chosen, refusal }) => (refusal ? [{ chosen, refusal }] : []));
  const undo = MANY[form.verb];
  const words = ({ refusal }: (typeof not)[number]): string => {
    const { key, values, fields } = refusal;
    const [field] = fields;
    if (field) return sentenceOf(field, t);
    const said = { ...values, act: t(`act.report.${form.verb}`) };
    const state = values["state"];
    return t(`refusal.${key}`, has(`state.${state}`) ? { ...said, state: t(`state.${state}`) } : said);
  };
  return (
    <DeskPage title={t(`act.report.${form.verb}`)} trail={[{ label: t("reports.title"), href: "/reports" }]}>
      <Notice tone={not.length > 0 ? "late" : "good"} live>
        {t("inbox.outcome", { done: done.length, not: not.length })}
      </Notice>
      {not.length > 0 && (
        <section>
          <h2>{t("inbox.not-done")}</h2>
          <ChosenTable
            chosen={not.map(({ chosen }) => chosen)}
            why={new Map(not.map((each) => [each.chosen.id, words(each)]))}
          />
        </section>
      )}
      {undo !== undefined && done.length > 0 && (
        <form method="post" action="/reports/many">
          <Carried verb={undo} chosen={done} formKey={randomUUID()} />
          {undo === "reopen" && <HiddenField name="reason" value={t("inbox.undo-reason")} />}
          <p class="buttons">
            <button class="plain">{t("inbox.undo", { count: done.length })}</button>
          </p>
        </form>
      )}
      {done.length > 0 && (
        <section>
          <h2>{t("inbox.done")}</h2>
          <ChosenTable chosen={done} />
        </section>
      )}
      <p>
        <a href="/reports">{t("inbox.back")}</a>
      </p>
    </DeskPage>
  );
}
