import { page } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { History } from "../reports/slice.ts";
import { ActPanel } from "../ui/act-panel.tsx";
import { DeskPage } from "../ui/desk-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { Facts } from "../ui/facts.tsx";
import { Notice } from "../ui/notice.tsx";
import { Table } from "../ui/table.tsx";
import { ExhibitParts, Standing } from "./card.tsx";
import { checksOf } from "./checks.ts";
import { exhibitSubject } from "./exhibit.ts";
import { courtFile, type CourtFound, exhibitFile, type ExhibitFound, type Shown } from "./views.ts";

const LANGUAGES = ["en", "fr", "ar"] as const;

/** The judge's view: every exhibit of a case on one page that prints. */
export const courtPage = page({
  path: "/cases/:id/court",
  view: courtFile,
  render: (found) => <CourtPage found={found} />,
});

function CourtPage({ found }: { readonly found: CourtFound }) {
  const { t } = useTools();
  const { id, number, title, state, office_name, offences, shown, ledger } = found;
  const bad = shown.filter(({ item }) => item && checksOf(item, ledger).some(({ outcome }) => outcome === "bad"));
  return (
    <DeskPage
      title={`${number} – ${t("court.title")}`}
      heading={t("court.title")}
      kicker={
        <>
          {t("cases.kicker")} <span class="code-small">{number}</span>
        </>
      }
      lead={title}
      trail={[
        { label: t("cases.title"), href: "/cases" },
        { label: number, href: `/cases/${id}` },
      ]}
    >
      <Facts
        rows={[
          [t("cases.offences"), offences.join("; ")],
          [t("court.office"), office_name],
          [t("cases.col.state"), t(`state.${state}`)],
        ]}
      />
      {bad.length > 0 && (
        <Notice tone="late" title={t("court.bad", { count: bad.length })}>
          {bad.map(({ exhibit }) => exhibit.mark).join(", ")}
        </Notice>
      )}
      {shown.length === 0 ? (
        <EmptyState title={t("court.empty")}>{t("court.empty.hint")}</EmptyState>
      ) : (
        <>
          <Overview shown={shown} />
          <p class="no-print">
            {t("court.list")}{" "}
            {LANGUAGES.map((language, at) => (
              <>
                {at > 0 && " · "}
                <a key={language} href={`/api/v1/cases/${id}/exhibits.pdf?language=${language}`} hreflang={language}>
                  {t(`option.language.${language}`)}
                </a>
              </>
            ))}
          </p>
          {shown.map((each) => (
            <article key={each.exhibit.id} class="court-exhibit" id={each.exhibit.id}>
              <h2>
                <span class="court-mark">{each.exhibit.mark}</span>{" "}
                <a href={`/exhibits/${each.exhibit.id}`} dir="auto">
                  {each.exhibit.title}
                </a>{" "}
                <Standing state={each.exhibit.state} />
              </h2>
              <ExhibitParts {...each} ledger={ledger} />
            </article>
          ))}
        </>
      )}
      <p class="quiet">{t("court.note")}</p>
    </DeskPage>
  );
}

/** The list at a glance. */
function Overview({ shown }: { readonly shown: readonly Shown[] }) {
  const { t } = useTools();
  return (
    <Table<Shown>
      caption={t("court.exhibits")}
      rows={shown}
      id={({ exhibit }) => exhibit.id}
      href={({ exhibit }) => `#${exhibit.id}`}
      tone={({ exhibit }) => (exhibit.state === "tendered" ? "waits" : undefined)}
      columns={[
        {
          key: "mark",
          label: t("exhibits.col.mark"),
          primary: true,
          cell: ({ exhibit }) => <span class="court-mark">{exhibit.mark}</span>,
        },
        {
          key: "title",
          label: t("field.exhibit.title"),
          cell: ({ exhibit }) => <span dir="auto">{exhibit.title}</span>,
        },
        {
          key: "item",
          label: t("court.item"),
          cell: ({ exhibit }) => <span class="code-small nowrap">{exhibit.item}</span>,
        },
        { key: "party", label: t("field.exhibit.party"), cell: ({ exhibit }) => t(`option.party.${exhibit.party}`) },
        { key: "state", label: t("cases.col.state"), cell: ({ exhibit }) => <Standing state={exhibit.state} /> },
      ]}
    />
  );
}

/** One exhibit by itself, with what can be done. */
export const exhibitPage = page({
  path: "/exhibits/:id",
  view: exhibitFile,
  render: (found) => <ExhibitPage found={found} />,
});

function ExhibitPage({ found }: { readonly found: ExhibitFound }) {
  const { t, acts } = useTools();
  const { exhibit, item, ledger, case: file, history } = found;
  return (
    <DeskPage
      title={`${exhibit.mark} – ${exhibit.title.slice(0, 80)}`}
      heading={exhibit.title}
      kicker={
        <>
          {t("thing.exhibit")} <span class="court-mark">{exhibit.mark}</span>
        </>
      }
      tags={<Standing state={exhibit.state} />}
      trail={[
        { label: t("exhibits.title"), href: "/exhibits" },
        { label: file.number, href: `/cases/${file.id}/court` },
      ]}
      side={<ActPanel acts={acts(exhibitSubject, { ...exhibit })} />}
      subject="exhibit"
    >
      <p>
        {t(`option.party.${exhibit.party}`)} · <a href={`/cases/${file.id}`}>{file.title}</a>
      </p>
      <ExhibitParts exhibit={exhibit} item={item} ledger={ledger} level={2} />
      <section>
        <h2>{t("court.log")}</h2>
        <History history={history} />
      </section>
    </DeskPage>
  );
}
