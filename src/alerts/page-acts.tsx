import type { FormValues } from "../kernel/form.ts";
import { typed } from "../kernel/form.ts";
import type { ActForm, ActPage } from "../kernel/page.ts";
import { isUuid } from "../kernel/pipeline.ts";
import { useTools } from "../kernel/tools.ts";
import { ActFormPage } from "../ui/act-form.tsx";
import { Checkboxes } from "../ui/choice-field.tsx";
import { HiddenField } from "../ui/hidden-field.tsx";
import { Notice } from "../ui/notice.tsx";
import { errorAt } from "../ui/schema-fields.tsx";
import { dateLocale } from "../ui/when.tsx";
import { type AlertRow, type Content, groupOf, harmless, LANGUAGES, TEXTS } from "./alert.ts";
import { changesBetween, Scope, Texts } from "./page-alert.tsx";
import { districtsOf, writingOf } from "./serving.ts";
import { type CampaignFacts, campaignFacts } from "./views-campaign.ts";
import { Diff } from "../ui/diff.tsx";

/** What the form of a warning needs beside what was typed. */
interface Ready {
  readonly campaign: CampaignFacts | undefined;
  readonly districts: readonly { readonly code: string; readonly name: string }[];
}

const listOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.map(String) : typeof value === "string" ? [value] : [];

async function ready({ reader, values, row }: ActForm<never>): Promise<Ready> {
  const id = (row as AlertRow | undefined)?.campaign_id ?? typed(values, "campaign");
  return {
    campaign: isUuid(id) ? await campaignFacts(reader, id) : undefined,
    districts: districtsOf(reader, reader.locale),
  };
}

/** True where nothing was typed yet: the form then opens with what is known. */
const isNew = ({ values, errors }: ActForm<never>): boolean =>
  errors.length === 0 && Object.keys(values).every((name) => name === "campaign" || name === "category");

/** What a warning from a campaign could say: in each language of the node, from the advice for its category. */
function suggested({ reader, values }: ActForm<never>, { campaign }: Ready): FormValues {
  const { node } = reader;
  const category = campaign?.category ?? typed(values, "category");
  if (category === "") return {};
  const group = groupOf(category as CampaignFacts["category"]);
  const words = Object.fromEntries(
    LANGUAGES.filter((language) => node.config.languages.includes(language)).map((language) => {
      const t = node.translations.translate(language);
      const since = campaign?.first_at
        .toZonedDateTimeISO(node.config.zone)
        .toLocaleString(dateLocale(language), { day: "numeric", month: "long", year: "numeric" });
      return [
        language,
        {
          title: t(`advice.${group}.warning`),
          happens: campaign
            ? t("alerts.draft.happens", {
                reports: campaign.reports,
                since: since ?? "",
                kind: t(`option.category.${category}`),
              })
            : t("alerts.draft.happens-plain", { kind: t(`option.category.${category}`) }),
          recognise: t(`advice.${group}.recognise`),
          advice: t(`advice.${group}.now`),
        },
      ];
    }),
  );
  return {
    ...words,
    category,
    ...(campaign
      ? {
          campaign: campaign.id,
          districts: campaign.districts.map(String),
          // What fewer than three people named may be anybody's own.
          indicators: campaign.observables
            .filter(({ reports }) => reports >= 3)
            .slice(0, 5)
            .map(({ key }) => key),
          propose: "true",
        }
      : {}),
  };
}

/** A content as its form holds it: indicators of the campaign are ticked, others stand in lines. */
function valuesOf(content: Content, campaign: CampaignFacts | undefined): FormValues {
  const offered = new Set(campaign?.observables.map(({ key }) => key));
  const texts = Object.fromEntries(
    Object.entries(content.words).map(([language, words]) => [
      language,
      Object.fromEntries(TEXTS.map((name) => [name, words[name]])),
    ]),
  );
  return {
    ...texts,
    category: content.category,
    districts: [...content.districts],
    severity: content.severity,
    urgency: content.urgency,
    certainty: content.certainty,
    days: String(content.days),
    indicators: content.indicators.filter(({ key }) => offered.has(key)).map(({ key }) => key),
    further: content.indicators
      .filter(({ key }) => !offered.has(key))
      .map(({ value }) => value)
      .join("\n"),
  };
}

function WritePage({
  form,
  prepared,
  values,
}: {
  readonly form: ActForm<never>;
  readonly prepared: Ready;
  readonly values: FormValues;
}) {
  const { t } = useTools();
  const { campaign, districts } = prepared;
  const shown = { ...form, values };
  return (
    <ActFormPage
      form={shown}
      before={campaign && <Notice>{t("alerts.draft.from", { reports: campaign.reports })}</Notice>}
      instead={{
        campaign: <HiddenField name="campaign" value={typed(values, "campaign")} />,
        indicators:
          campaign && campaign.observables.length > 0 ? (
            <Checkboxes
              name="indicators"
              label={t("field.alert.indicators")}
              hint={t("hint.alert.indicators")}
              required={false}
              error={errorAt(form.errors, "indicators", t)}
              value={listOf(values["indicators"])}
              options={campaign.observables.map((each) => ({
                value: each.key,
                label: harmless(each),
                detail: t("alerts.draft.shared", { reports: each.reports, type: t(`alerts.type.${each.type}`) }),
              }))}
            />
          ) : null,
        districts:
          districts.length > 0 ? (
            <Checkboxes
              name="districts"
              label={t("field.alert.districts")}
              hint={t("hint.alert.districts")}
              required={false}
              error={errorAt(form.errors, "districts", t)}
              value={listOf(values["districts"])}
              options={districts.map(({ code, name }) => ({ value: code, label: name }))}
            />
          ) : null,
      }}
    />
  );
}

const draftPage: ActPage = {
  act: "alert.draft",
  prepare: ready,
  render: (form, _tools, prepared: Ready) => (
    <WritePage form={form} prepared={prepared} values={isNew(form) ? { ...suggested(form, prepared) } : form.values} />
  ),
};

const changePage = (act: string): ActPage => ({
  act,
  prepare: ready,
  render: (form, _tools, prepared: Ready) => {
    const { pending, content, changed_reason } = (form as ActForm<AlertRow>).row;
    const values = {
      ...valuesOf(pending ?? content, prepared.campaign),
      ...(pending && changed_reason ? { reason: changed_reason } : {}),
    };
    return <WritePage form={form} prepared={prepared} values={isNew(form) ? values : form.values} />;
  },
});

/** The second person sees the whole text, and ticks each thing of the offenders that will be named. */
const publishPage = (act: "alert.publish" | "alert.update"): ActPage => ({
  act,
  render: (form) => <PublishPage form={form} />,
});

function PublishPage({ form }: { readonly form: ActForm<AlertRow> }) {
  const { t, locale } = useTools();
  const { row, values, errors } = form;
  const content = row.pending ?? row.content;
  const { place: named } = writingOf(form.reader, locale);
  const place = (code: string | undefined): string => named(code, locale);
  return (
    <ActFormPage
      form={form}
      before={
        <>
          {row.pending && <Diff changes={changesBetween(row.content, row.pending, { t, place })} />}
          {row.pending && (
            <p class="said" dir="auto">
              {row.changed_reason}
            </p>
          )}
          <Scope content={content} place={place} />
          <Texts content={content} />
        </>
      }
      instead={{
        confirmed:
          content.indicators.length > 0 ? (
            <Checkboxes
              name="confirmed"
              label={t("field.alert.confirmed")}
              hint={t("hint.alert.confirmed")}
              error={errorAt(errors, "confirmed", t)}
              value={listOf(values["confirmed"])}
              options={content.indicators.map((each) => ({
                value: each.key,
                label: harmless(each),
                detail: t(`alerts.type.${each.type}`),
              }))}
            />
          ) : null,
      }}
    />
  );
}

const cancelPage: ActPage = {
  act: "alert.cancel",
  render: (form) => <ActFormPage form={form} before={<Texts content={(form as ActForm<AlertRow>).row.content} />} />,
};

export const alertActPages: readonly ActPage[] = [
  draftPage,
  changePage("alert.revise"),
  changePage("alert.amend"),
  publishPage("alert.publish"),
  publishPage("alert.update"),
  cancelPage,
];
