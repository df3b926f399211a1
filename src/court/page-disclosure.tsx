import { page } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { History, shownCode } from "../reports/slice.ts";
import { ActPanel } from "../ui/act-panel.tsx";
import { DeskPage } from "../ui/desk-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { Facts } from "../ui/facts.tsx";
import { Notice } from "../ui/notice.tsx";
import { Table } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";
import { disclosureSubject } from "./disclosure.ts";
import { type Decided, disclosureFile, type DisclosureFound } from "./views-disclosure.ts";

const LANGUAGES = ["en", "fr", "ar"] as const;

/** How a disclosure stands. */
export function DisclosureStanding({ state }: { readonly state: string }) {
  const { t } = useTools();
  return (
    <Tag tone={state === "approved" ? "waits" : state === "received" ? "good" : "plain"}>
      {t(`disclosure.state.${state}`)}
    </Tag>
  );
}

/** One disclosure: what of the case is given, what is withheld and why, who took what. */
export const disclosurePage = page({
  path: "/disclosures/:id",
  view: disclosureFile,
  render: (found) => <DisclosurePage found={found} />,
});

function DisclosurePage({ found }: { readonly found: DisclosureFound }) {
  const { t, acts } = useTools();
  const { number, state, case: file, decided, history, id } = found;
  const offered = acts(disclosureSubject, found);
  const mayDecide = offered.some(({ act, allowed }) => act.verb === "decide" && allowed);
  const undecided = decided.filter(({ fate }) => fate === null).length;
  return (
    <DeskPage
      title={`${number} – ${t("thing.disclosure")}`}
      heading={t("disclosure.heading", { to: found.to })}
      kicker={
        <>
          {t("thing.disclosure")} <span class="code-small">{number}</span>
        </>
      }
      tags={<DisclosureStanding state={state} />}
      trail={[
        { label: t("cases.title"), href: "/cases" },
        ...(file ? [{ label: file.number, href: `/cases/${file.id}` }] : []),
      ]}
      side={
        <ActPanel acts={offered}>
          <Papers found={found} />
        </ActPanel>
      }
      subject="disclosure"
    >
      {found.new_code !== undefined && (
        <Notice tone="waits" title={t("disclosure.code.title")}>
          <code class="secret" dir="ltr">
            {shownCode(found.new_code)}
          </code>
          <p>
            {t("disclosure.code.where")} <bdi class="code-small breaks">{found.opened_at}</bdi>
          </p>
          <p>{t("disclosure.code.hint")}</p>
        </Notice>
      )}
      {state === "prepared" && undecided > 0 && (
        <Notice tone="waits">{t("disclosure.undecided", { count: undecided })}</Notice>
      )}
      <Facts
        rows={[
          [t("field.disclosure.to"), found.to],
          [t("field.disclosure.defendant"), found.defendant],
          [t("field.disclosure.conditions"), found.conditions],
          found.recipient !== undefined && [
            t("field.disclosure.recipient"),
            <span class="code-small breaks">{found.recipient}</span>,
          ],
          [t("disclosure.prepared"), by(found.prepared_by_name, found.prepared_at)],
          found.approved_at !== null && [t("disclosure.approved"), by(found.approved_by_name, found.approved_at)],
          found.served_at !== null && [t("disclosure.served"), <When at={found.served_at} precision="long" />],
          found.open_until !== null && [t("disclosure.open-until"), <When at={found.open_until} precision="long" />],
          found.received_at !== null && [t("disclosure.received"), by(found.received_by ?? null, found.received_at)],
        ]}
      />
      <section>
        <div class="section-head">
          <h2>
            {t("disclosure.items")} <span class="count">{decided.length}</span>
          </h2>
          {mayDecide && decided.length > 0 && <a href={`/disclosures/${id}/decide`}>{t("act.disclosure.decide")}</a>}
        </div>
        <Schedule decided={decided} id={id} mayDecide={mayDecide} />
      </section>
      <section>
        <h2>{t("court.log")}</h2>
        <p class="quiet">{t("disclosure.log.hint")}</p>
        <History history={history} />
      </section>
    </DeskPage>
  );
}

const by = (name: string | null, at: Temporal.Instant) => (
  <>
    {name !== null && `${name}, `}
    <When at={at} precision="long" />
  </>
);

/** What can be taken along: the package of what is given, the schedule of everything. */
function Papers({ found }: { readonly found: DisclosureFound }) {
  const { t, decide } = useTools();
  const { id, state } = found;
  const mayTake = decide("disclosure.take", disclosureSubject, { ...found }).allowed;
  return (
    <>
      {mayTake && (state === "served" || state === "received") && (
        <p>
          <a href={`/api/v1/disclosures/${id}/package`} download>
            {t("disclosure.package")}
          </a>
          <br />
          <span class="small quiet">{t("disclosure.package.hint")}</span>
        </p>
      )}
      <p>
        {t("disclosure.schedule")}{" "}
        {LANGUAGES.map((language, at) => (
          <>
            {at > 0 && " · "}
            <a key={language} href={`/api/v1/disclosures/${id}/schedule?language=${language}`} hreflang={language}>
              {t(`option.language.${language}`)}
            </a>
          </>
        ))}
      </p>
    </>
  );
}

function Schedule({
  decided,
  id,
  mayDecide,
}: {
  readonly decided: readonly Decided[];
  readonly id: string;
  readonly mayDecide: boolean;
}) {
  const { t } = useTools();
  return (
    <Table<Decided>
      caption={t("disclosure.items")}
      rows={decided}
      id={({ item }) => item.id}
      href={({ item }) => (mayDecide ? `/disclosures/${id}/decide?items=${item.id}` : `/items/${item.id}`)}
      tone={({ fate }) => (fate === null ? "waits" : undefined)}
      columns={[
        {
          key: "item",
          label: t("court.item"),
          primary: true,
          cell: ({ item }) => (
            <>
              <span class="code-small nowrap">{item.number}</span> <span dir="auto">{item.description}</span>
            </>
          ),
        },
        {
          key: "fate",
          label: t("field.disclosure.fate"),
          cell: ({ fate, ground }) => (
            <>
              {fate === null ? t("disclosure.fate.none") : t(`option.fate.${fate}`)}
              {ground !== null && (
                <>
                  <br />
                  <span class="small quiet">{t(`withholding.${ground}`)}</span>
                </>
              )}
            </>
          ),
        },
        {
          key: "reason",
          label: t("field.disclosure.reason"),
          cell: ({ reason }) => reason && <span dir="auto">{reason}</span>,
        },
      ]}
      empty={<EmptyState title={t("disclosure.items.none")}>{t("disclosure.items.none.hint")}</EmptyState>}
    />
  );
}
