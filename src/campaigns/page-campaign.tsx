import { page } from "../kernel/page.ts";
import { type WithParts, withParts } from "../kernel/sections.ts";
import { useTools } from "../kernel/tools.ts";
import { History } from "../reports/slice.ts";
import { ActPanel } from "../ui/act-panel.tsx";
import { DeskPage } from "../ui/desk-page.tsx";
import { Facts } from "../ui/facts.tsx";
import { moneyOf } from "../ui/money.tsx";
import { Notice } from "../ui/notice.tsx";
import { Parts } from "../ui/parts.tsx";
import { Tag } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";
import { decimalOf } from "../kernel/money.ts";
import { campaignSubject } from "./campaign.ts";
import { CampaignFigures } from "./page-figures.tsx";
import { CampaignCases, Members, Observables, Variants } from "./page-members.tsx";
import { titleOf } from "./page-list.tsx";
import { campaignFile, type CampaignFound, type Counted, FIGURES_MAX } from "./views-campaign.ts";

/** One campaign: what it is as a whole, and every report of it that the reader may read. */
export const campaignPage = page({
  path: "/campaigns/:id",
  view: withParts("campaign.page", campaignSubject, campaignFile),
  render: ({ file, parts }) => <CampaignPage file={file} parts={parts} />,
});

function CampaignPage({ file, parts }: WithParts<CampaignFound>) {
  const { t } = useTools();
  const { number, state, priority, id, category, figures, history } = file;
  const title = titleOf({ name: file.name, excerpt: file.members.items[0]?.excerpt.slice(0, 80) ?? "" }, t);
  return (
    <DeskPage
      title={`${number} – ${title}`}
      heading={<bdi>{title}</bdi>}
      kicker={
        <>
          {t("campaigns.kicker")} <span class="code-small">{number}</span>
        </>
      }
      tags={
        <>
          <Tag tone={priority <= 1 ? "waits" : "plain"}>{t(`option.priority.${priority}`)}</Tag>{" "}
          <Tag>{t(`state.${state}`)}</Tag>
        </>
      }
      trail={[{ label: t("campaigns.title"), href: "/campaigns" }]}
      side={<Side file={file} />}
      subject="campaign"
    >
      {file.into ? (
        <Notice>
          {t("campaigns.merged-into")} <a href={`/campaigns/${file.into.id}`}>{file.into.number}</a>
        </Notice>
      ) : (
        <>
          <Standing file={file} />
          <CampaignFigures figures={figures} category={category} />
          <Variants file={file} />
          <Observables file={file} />
          <CampaignCases file={file} />
          <Parts of={id} parts={parts} />
          <Members file={file} />
        </>
      )}
      <section>
        <h2>{t("campaigns.history")}</h2>
        <History history={history} />
      </section>
    </DeskPage>
  );
}

function Standing({ file: { figures, first_at, last_at, category } }: { readonly file: CampaignFound }) {
  const { t, locale } = useTools();
  const list = (counted: readonly Counted[], words: (key: string) => string) =>
    counted.map(({ key, n }) => t("campaigns.so-many", { what: words(key), count: n })).join("; ");
  const language = new Intl.DisplayNames([locale], { type: "language" });
  return (
    <Facts
      rows={[
        [
          t("campaigns.col.reports"),
          figures.bounded
            ? t("campaigns.more-than", { count: FIGURES_MAX })
            : t("campaigns.count", { count: figures.total }),
        ],
        [
          t("campaigns.span"),
          <>
            <When at={first_at} precision="day" /> – <When at={last_at} precision="day" />
          </>,
        ],
        [
          t("reports.col.category"),
          figures.categories.length > 1
            ? list(figures.categories, (key) => t(`option.category.${key}`))
            : t(`option.category.${category}`),
        ],
        [
          t("campaigns.money"),
          figures.losses.length > 0 ? (
            figures.losses.map(({ key, n }) => moneyOf(decimalOf({ minor: n, currency: key }), key, locale)).join(" + ")
          ) : (
            <span class="quiet">{t("campaigns.money.none")}</span>
          ),
        ],
        [t("campaigns.channels"), list(figures.channels, (key) => t(`report.channel.${key}`))],
        [t("campaigns.languages"), list(figures.languages, (key) => language.of(key) ?? key)],
      ]}
    />
  );
}

function Side({ file }: { readonly file: CampaignFound }) {
  const { t, acts, may } = useTools();
  const isFree = file.members.items.some(({ case_id, state }) => case_id === null && state !== "closed");
  const [one, other] = file.members.items;
  return (
    <ActPanel acts={acts(campaignSubject, file)}>
      {isFree && may("case.open") && (
        <p>
          <a href={`/cases/new?campaign=${file.number}`}>{t("campaigns.open-case")}</a>
        </p>
      )}
      {one && other && (
        <p>
          <a href={`/campaigns/why?a=${one.reference}&b=${other.reference}`}>{t("campaigns.why")}</a>
        </p>
      )}
    </ActPanel>
  );
}
