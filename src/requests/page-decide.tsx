import { type FormValues, typed } from "../kernel/form.ts";
import type { ActForm, ActPage } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { ActFormPage } from "../ui/act-form.tsx";
import { Checkboxes } from "../ui/choice-field.tsx";
import { DateField } from "../ui/date-field.tsx";
import { Notice } from "../ui/notice.tsx";
import { errorAt } from "../ui/schema-fields.tsx";
import { dayOf, When } from "../ui/when.tsx";
import { type Content, struckOut } from "./amendment.ts";
import { lawToday } from "./law-today.ts";
import { peerOf, Whole } from "./page-whole.tsx";
import type { RequestRow, WantedData } from "./request.ts";
import { longestPeriod } from "./safeguards.ts";
import type { RequestFound } from "./views.ts";

const ticked = (value: FormValues[string] | undefined): string[] =>
  Array.isArray(value) ? value.map(String) : typeof value === "string" ? [value] : [];

/** Every line of the data with its identifiers, to be struck out one by one. */
function StrikeFields({ form }: { readonly form: ActForm<RequestRow> }) {
  const { t } = useTools();
  const { row, values, errors } = form;
  const struck = ticked(values["strike"]);
  if (row.data.length === 0) return null;
  return (
    <Checkboxes
      name="strike"
      label={t("field.request.strike")}
      hint={t("hint.request.strike")}
      error={errorAt(errors, "strike", t)}
      required={false}
      value={struck}
      options={row.data.flatMap(({ category, description, identifiers }, at) => [
        {
          value: `${at + 1}`,
          label: t("decide.strike-line", { line: at + 1, category: t(`option.category.${category}`) }),
          detail: description,
        },
        ...identifiers.map((each, index) => ({
          value: `${at + 1}.${index + 1}`,
          label: t("decide.strike-one", { line: at + 1, identifier: each }),
        })),
      ])}
    />
  );
}

/** Until when it is allowed; how long the law lets that be stands beside it, not only in the refusal. */
function UntilField({ form: { row, values, errors, reader } }: { readonly form: ActForm<RequestRow> }) {
  const { t } = useTools();
  const { pack, day } = lawToday(reader);
  const days = longestPeriod(pack, row, day);
  return (
    <DateField
      name="until"
      label={t("field.request.until")}
      hint={days === null ? t("refusal.request-until-far") : t("refusal.request-until-period", { days })}
      error={errorAt(errors, "until", t)}
      value={typed(values, "until")}
    />
  );
}

/**
 * The decision: the whole request, what may be struck out of it, and the reasons. Large enough for a finger: it is read on a tablet
 * between two hearings.
 */
const authorisePage: ActPage = {
  act: "request.authorise",
  prepare: peerOf,
  render: (form, _tools, peer: never) => {
    const own = form as ActForm<RequestRow>;
    const { from, until } = own.row.particulars;
    return (
      <ActFormPage
        form={own}
        before={<Whole row={own.row} peer={peer} />}
        instead={{
          until: <UntilField form={own} />,
          strike: <StrikeFields form={own} />,
          ...(from === undefined ? { from: <></> } : {}),
          ...(until === undefined ? { period_until: <></> } : {}),
        }}
      />
    );
  },
};

/** A change that asks for more, beside the request as it stands. */
const changePage = (act: string): ActPage => ({
  act,
  prepare: peerOf,
  render: (form, _tools, peer: never) => {
    const { row } = form as ActForm<RequestRow>;
    return (
      <ActFormPage
        form={form}
        before={
          <>
            <Change {...row} />
            <Whole row={row} peer={peer} />
          </>
        }
      />
    );
  },
});

const Lines = ({ data }: { readonly data: readonly WantedData[] }) => {
  const { t } = useTools();
  return (
    <ul>
      {data.map(({ category, description, identifiers }, index) => (
        <li key={index}>
          {t(`option.category.${category}`)}, <span dir="auto">{description}</span>
          {identifiers.map((each) => (
            <>
              {" "}
              <code key={each}>{each}</code>
            </>
          ))}
        </li>
      ))}
    </ul>
  );
};

/** A change of the sent request that waits for a decision, or did not get it: what it adds and what it takes out. */
export function Change({
  amendment,
  data,
  particulars,
  facts,
  custodian,
}: Pick<RequestRow, "amendment" | keyof Content>) {
  const { t, locale } = useTools();
  if (!amendment) return null;
  const { kind, reasons, content, by, at, denied } = amendment;
  const added = struckOut(content.data, data);
  const left = struckOut(data, content.data);
  const { from = "", until = "" } = content.particulars;
  const isOtherPeriod = from !== (particulars.from ?? "") || until !== (particulars.until ?? "");
  return (
    <Notice tone={denied ? "late" : "waits"} title={t(denied ? "amend.denied" : "amend.waits")}>
      <p>
        {t(`option.kind.${kind}`)}: <span dir="auto">{reasons}</span>{" "}
        <span class="small quiet">
          {by}, <When at={Temporal.Instant.from(at)} />
        </span>
      </p>
      {added.length > 0 && (
        <>
          <h3>{t("amend.added")}</h3>
          <Lines data={added} />
        </>
      )}
      {left.length > 0 && (
        <>
          <h3>{t("amend.left-out")}</h3>
          <Lines data={left} />
        </>
      )}
      {isOtherPeriod && (
        <p>{t("amend.period", { from: from && dayOf(from, locale), until: until && dayOf(until, locale) })}</p>
      )}
      {content.facts !== facts && (
        <>
          <h3>{t("field.request.facts")}</h3>
          <p dir="auto">{content.facts}</p>
        </>
      )}
      {content.custodian !== custodian && (
        <>
          <h3>{t("field.request.custodian")}</h3>
          <p dir="auto">
            <s>{custodian}</s> {content.custodian}
          </p>
        </>
      )}
      {denied && (
        <p>
          {t("amend.denied.reasons", { by: denied.by })} <span dir="auto">{denied.reasons}</span>
        </p>
      )}
    </Notice>
  );
}

/** What the decision struck out: for who drafted it and who decided; the other side never learns of it. */
export function Struck({ request: { asked, data, particulars } }: { readonly request: RequestFound }) {
  const { t, locale } = useTools();
  if (!asked) return null;
  const gone = struckOut(asked.data, data);
  const shortened = (["from", "until"] as const).filter((name) => asked.particulars[name] !== particulars[name]);
  return (
    <section id="struck">
      <h2>{t("decide.struck")}</h2>
      <p class="quiet">{t("decide.struck.hint")}</p>
      {gone.length > 0 && (
        <s>
          <Lines data={gone} />
        </s>
      )}
      {shortened.map((name) => (
        <p key={name}>
          {t(`field.request.${name}`)}: <s>{dayOf(asked.particulars[name] ?? "", locale)}</s>{" "}
          {dayOf(particulars[name] ?? "", locale)}
        </p>
      ))}
    </section>
  );
}

export const decisionPages: readonly ActPage[] = [
  authorisePage,
  changePage("request.approve"),
  changePage("request.disapprove"),
];
