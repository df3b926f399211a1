import type { ActForm, ActPage } from "../kernel/page.ts";
import { type FormValue, typed as typedIn } from "../kernel/form.ts";
import { useTools } from "../kernel/tools.ts";
import { ActFormPage } from "../ui/act-form.tsx";
import { Checkboxes, Radios } from "../ui/choice-field.tsx";
import { HiddenField } from "../ui/hidden-field.tsx";
import { Notice } from "../ui/notice.tsx";
import { errorAt } from "../ui/schema-fields.tsx";
import { TextareaField } from "../ui/textarea-field.tsx";
import { TextField } from "../ui/text-field.tsx";
import { BASES, BASIS_NAMES, basisOf, doorsFor, inLanguage, offencesFor, reportingOf, templatesFor } from "./law.ts";
import type { ReportRow } from "./report.ts";
import { type Colleague, colleaguesOf, otherOffices } from "./views.ts";

/** Triage starts from what the report says already; nothing typed is replaced. */
const triage: ActPage = {
  act: "report.triage",
  render: (form: ActForm<ReportRow>) => <TriagePage form={form} />,
};

function TriagePage({ form }: { readonly form: ActForm<ReportRow> }) {
  const { t } = useTools();
  const { category, priority, offences, basis } = form.row;
  const values = { category, priority: String(priority), basis: basis ?? basisOf(offences, category), ...form.values };
  return (
    <ActFormPage
      form={{ ...form, values }}
      choices={{
        priority: [0, 1, 2, 3, 4].map((each) => ({ value: String(each), label: t(`option.priority.${each}`) })),
      }}
      instead={{
        offences: <Offences form={form} />,
        basis: (
          <Radios
            name="basis"
            label={t("field.report.basis")}
            hint={t("hint.report.basis")}
            required={false}
            value={String(values.basis)}
            options={BASES.map((value) => ({ value, label: t(`option.basis.${BASIS_NAMES[value]}`) }))}
          />
        ),
      }}
    />
  );
}

const textsIn = (value: FormValue | undefined): string[] =>
  typeof value === "string"
    ? [value]
    : Array.isArray(value)
      ? value.filter((each): each is string => typeof each === "string")
      : [];

/** The offences that the country's law and the Convention offer for this category, and room for others. */
function Offences({ form: { row, reader, values } }: { readonly form: ActForm<ReportRow> }) {
  const { t } = useTools();
  const offered = offencesFor(reportingOf(reader.node), row.category);
  const typed = values["offences"] === undefined ? row.offences : textsIn(values["offences"]);
  const others = typed.filter((each) => !offered.includes(each) && each !== ";");
  return (
    <>
      {/* Always sent, so that taking the last tick away is heard. */}
      <HiddenField name="offences" value=";" />
      {offered.length > 0 && (
        <Checkboxes
          name="offences"
          label={t("field.report.offences")}
          required={false}
          value={typed}
          options={offered.map((value) => ({ value, label: value }))}
        />
      )}
      <TextField
        name="offences"
        id="f-offences-others"
        label={t("reports.offences.others")}
        hint={t("hint.report.offences")}
        required={false}
        value={others.join("; ")}
      />
    </>
  );
}

/** Assigning chooses among the officers of the reader's office, and says how much each has at hand. */
const assign: ActPage = {
  act: "report.assign",
  prepare: ({ reader }) => colleaguesOf(reader),
  render: (form: ActForm<ReportRow>, { t }, colleagues: readonly Colleague[]) => (
    <ActFormPage
      form={form}
      choices={{
        account: colleagues.map(({ id, name, load }) => ({
          value: id,
          label: t("reports.colleague", { name, count: load }),
        })),
      }}
    />
  ),
};

/** To another police office, or, where none is chosen, to the head of the own. */
const escalate: ActPage = {
  act: "report.escalate",
  prepare: ({ reader }) => otherOffices(reader),
  render: (form: ActForm<ReportRow>, _tools, offices: readonly { id: string; name: string }[]) => (
    <ActFormPage form={form} choices={{ office: offices.map(({ id, name }) => ({ value: id, label: name })) }} />
  ),
  // Another office has it now: its page may be closed to who sent it there.
  then: () => "/reports?done=escalate",
};

/** The reply says in which language the reporter reads, and offers what is often answered; the officer edits it. */
const reply: ActPage = {
  act: "report.reply",
  render: (form: ActForm<ReportRow>) => <ReplyPage form={form} />,
};

function ReplyPage({ form }: { readonly form: ActForm<ReportRow> }) {
  const { t, locale } = useTools();
  const { language, category, id } = form.row;
  const templates = templatesFor(reportingOf(form.reader.node), category);
  const asked = templates.find(({ code }) => code === form.values["template"]);
  const { template: _, ...typed } = form.values;
  const values = asked ? { body: inLanguage(asked.body, language), ...typed } : typed;
  const named = new Intl.DisplayNames([locale], { type: "language" }).of(language) ?? language;
  return (
    <ActFormPage
      form={{ ...form, values }}
      instead={{
        template: null,
        body: (
          <TextareaField
            name="body"
            label={t("field.report.body")}
            hint={t("hint.report.body")}
            error={errorAt(form.errors, "body", t)}
            value={typedIn(values, "body")}
            maxLength={10_000}
          />
        ),
      }}
      before={
        <>
          <Notice>{t("reports.reply.language", { language: named })}</Notice>
          {templates.length > 0 && (
            <p class="filter">
              <span class="filter-label">{t("reports.templates")}</span>
              {templates.map(({ code, name }) => (
                <a
                  key={code}
                  class="chip"
                  href={`/reports/${id}/reply?template=${code}`}
                  {...(code === asked?.code ? { "aria-current": "true" } : {})}
                >
                  {inLanguage(name, locale)}
                </a>
              ))}
            </p>
          )}
        </>
      }
    />
  );
}

/** The right door: its words go to the reporter in their own language, and may be edited first. */
const redirect: ActPage = {
  act: "report.redirect",
  render: (form: ActForm<ReportRow>) => <RedirectPage form={form} />,
};

function RedirectPage({ form }: { readonly form: ActForm<ReportRow> }) {
  const { locale, t } = useTools();
  const doors = doorsFor(reportingOf(form.reader.node), form.row.category);
  return (
    <ActFormPage
      form={form}
      before={
        doors.length === 0 ? (
          <Notice>{t("reports.doors.none")}</Notice>
        ) : (
          <dl class="facts">
            {doors.map(({ code, name, how }) => (
              <div key={code}>
                <dt>{inLanguage(name, locale)}</dt>
                <dd>{inLanguage(how, locale)}</dd>
              </div>
            ))}
          </dl>
        )
      }
      choices={{ door: doors.map(({ code, name }) => ({ value: code, label: inLanguage(name, locale) })) }}
    />
  );
}

export const reportActPages: readonly ActPage[] = [triage, assign, reply, escalate, redirect];
