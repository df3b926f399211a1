import type { ActForm } from "../kernel/page.ts";
import { typed } from "../kernel/form.ts";
import { useTools } from "../kernel/tools.ts";
import type { MeasureCode } from "../law/slice.ts";
import { Facts } from "../ui/facts.tsx";
import { Group } from "../ui/group-field.tsx";
import { Notice } from "../ui/notice.tsx";
import { errorAt } from "../ui/schema-fields.tsx";
import { SelectField } from "../ui/select-field.tsx";
import { TextareaField } from "../ui/textarea-field.tsx";
import { TextField } from "../ui/text-field.tsx";
import { Table } from "../ui/table.tsx";
import { momentOf, When } from "../ui/when.tsx";
import { lawToday } from "./law-today.ts";
import type { RequestRow } from "./request.ts";
import { askedOfDraft, inLanguage, type Safeguards, SHIELDS } from "./safeguards.ts";

/** What the law of the country asks before this measure may be used; nothing where it asks nothing. */
export function SafeguardFields({ form, measure }: { readonly form: ActForm; readonly measure: MeasureCode }) {
  const { t, locale } = useTools();
  const { node, now } = form.reader;
  const { pack, day } = lawToday({ node, now });
  const { questions, offences, needsOffence, asksPrivilege } = askedOfDraft(pack, measure, day);
  if (questions.length === 0 && !needsOffence && !asksPrivilege) return <></>;
  const field = (path: string) => ({ name: path, error: errorAt(form.errors, path, t), required: false });
  return (
    <Group name="safeguards" label={t("field.request.safeguards")} hint={t("safeguards.lead")}>
      {needsOffence && (
        <SelectField
          {...field("safeguards.offence")}
          label={t("safeguards.offence")}
          hint={t("safeguards.offence.hint")}
          value={typed(form.values, "safeguards.offence")}
          options={offences.map(({ code, name, provision, years }) => ({
            value: code,
            label: t("safeguards.offence.line", { name: inLanguage(name, locale), provision, years }),
          }))}
        />
      )}
      {asksPrivilege && (
        <>
          <SelectField
            {...field("safeguards.privilege")}
            label={t("safeguards.privilege")}
            value={typed(form.values, "safeguards.privilege")}
            options={SHIELDS.map((group) => ({ value: group, label: t(`safeguards.privilege.${group}`) }))}
          />
          <TextField
            {...field("safeguards.filter")}
            label={t("safeguards.filter")}
            hint={t("safeguards.filter.hint")}
            value={typed(form.values, "safeguards.filter")}
          />
        </>
      )}
      {questions.map(({ code, ask, only, provision }) => (
        <TextareaField
          key={code}
          {...field(`safeguards.answers.${code}`)}
          label={inLanguage(ask, locale)}
          hint={
            only
              ? `${provision}. ${t("safeguards.only", { categories: only.map((each) => t(`option.category.${each}`)).join(", ") })}`
              : provision
          }
          rows={4}
          maxLength={4_000}
          value={typed(form.values, `safeguards.answers.${code}`)}
        />
      ))}
    </Group>
  );
}

/** The lines of what was said to the safeguards, for facts and documents. */
export function safeguardLines(
  tests: Safeguards,
  { t, locale }: { readonly t: ReturnType<typeof useTools>["t"]; readonly locale: string },
): [label: string, value: string][] {
  const { offence, privilege, filter, law } = tests;
  return [
    ...tests.tests.map(({ ask, answer }): [string, string] => [inLanguage(ask, locale), answer]),
    ...(offence
      ? [
          [
            t("safeguards.offence"),
            t("safeguards.offence.line", {
              name: inLanguage(offence.name, locale),
              provision: offence.provision,
              years: offence.years,
            }),
          ] as [string, string],
        ]
      : []),
    ...(privilege ? [[t("safeguards.privilege"), t(`safeguards.privilege.${privilege}`)] as [string, string]] : []),
    ...(filter ? [[t("safeguards.filter"), filter] as [string, string]] : []),
    [t("safeguards.law"), t("safeguards.law.line", { pack: law.pack, version: law.version })],
  ];
}

/** Each question of the law with its answer, the provision and which test it belongs to: necessity first. Nothing where none is asked. */
export function Answers({ tests }: { readonly tests: Safeguards | null }) {
  const { t, locale } = useTools();
  const asked = [...(tests?.tests ?? [])].sort((a, b) => (a.test === b.test ? 0 : a.test === "necessity" ? -1 : 1));
  if (asked.length === 0) return null;
  return (
    <Table
      caption={t("safeguards.asked")}
      captionShown
      rows={asked}
      id={({ code }) => code}
      columns={[
        { key: "ask", label: t("powers.question"), primary: true, cell: ({ ask }) => inLanguage(ask, locale) },
        { key: "answer", label: t("safeguards.answer"), cell: ({ answer }) => <span dir="auto">{answer}</span> },
        {
          key: "test",
          label: t("powers.provision"),
          cell: ({ test, provision }) => (
            <>
              {t(`safeguards.test.${test}`)}
              <br />
              <span class="small quiet">{provision}</span>
            </>
          ),
        },
      ]}
      empty={null}
    />
  );
}

type Shown = Pick<
  RequestRow,
  "tests" | "validation" | "ordered_at" | "validated_at" | "notification" | "notified_at" | "authority" | "halts"
>;

/** What the law asked and was told, and how validation and notification stand. Nothing where there is nothing to say. */
export function SafeguardSection({ request }: { readonly request: Shown }) {
  const { t, locale } = useTools();
  const { tests, validation, ordered_at, notification, notified_at, authority } = request;
  const asked = tests?.tests ?? [];
  const lines = tests ? safeguardLines({ ...tests, tests: [] }, { t, locale }) : [];
  if (asked.length === 0 && lines.length < 2 && !validation && !notification) return null;
  return (
    <section>
      <h2>{t("safeguards.title")}</h2>
      <Facts
        rows={[
          ...lines,
          [
            t("safeguards.ordered"),
            authority.orderedBy && (
              <>
                {authority.orderedBy}, {authority.orderedOffice} {ordered_at && <When at={ordered_at} />}
              </>
            ),
          ],
          [t("safeguards.validation"), validation && t(`safeguards.validation.${validation}`)],
          [
            t("safeguards.notification"),
            notification && (
              <>
                {t(`safeguards.notification.${notification}`)} {notified_at && <When at={notified_at} />}
              </>
            ),
          ],
        ]}
      />
      <Answers tests={tests} />
    </section>
  );
}

/** What stands in the way: a halt, a validation that is to come, was refused, or came too late. */
export function SafeguardNotices({
  request,
  names,
}: {
  readonly request: Shown;
  /** Names of nodes by their codes. */
  readonly names: (code: string) => string;
}) {
  const { t, locale, now } = useTools();
  const { halts, validation, authority } = request;
  return (
    <>
      {halts.length > 0 && (
        <Notice tone="late" title={t("safeguards.halted")}>
          <p>{t("safeguards.halted.by", { names: halts.map(names).join(", ") })}</p>
        </Notice>
      )}
      {validation === "due" && authority.validationDue && (
        <Notice tone="waits" title={t("safeguards.due")}>
          <p>
            {t("safeguards.due.by", {
              person: authority.orderedBy ?? "",
              office: authority.orderedOffice ?? "",
              when: momentOf(
                Temporal.Instant.from(authority.validationDue),
                { locale, zone: authority.zone, now },
                "long",
              ),
            })}
            {authority.unvalidated === "withdrawn" && ` ${t("safeguards.due.withdrawn")}`}
          </p>
        </Notice>
      )}
      {(validation === "lapsed" || validation === "refused") && (
        <Notice tone="late" title={t("safeguards.unvalidated")}>
          <p>{t(`safeguards.unvalidated.${authority.unvalidated ? "withdrawn." : ""}${validation}`)}</p>
        </Notice>
      )}
    </>
  );
}
