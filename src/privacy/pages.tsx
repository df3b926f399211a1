import { page } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { History } from "../reports/slice.ts";
import { ActPanel } from "../ui/act-panel.tsx";
import { Clock } from "../ui/clock.tsx";
import { DeskPage } from "../ui/desk-page.tsx";
import { Facts } from "../ui/facts.tsx";
import { Notice } from "../ui/notice.tsx";
import { Tag } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";
import { dataRequestSubject } from "./data-request.ts";
import { retentionSubject } from "./retention.ts";
import { type DataRequestFound, dataRequestView, type RetentionFound, retentionView } from "./views.ts";

/** The clock of one report: until when, why, and who had it kept longer. */
export const retentionPage = page({
  path: "/retentions/:id",
  view: retentionView,
  render: (found) => <RetentionPage found={found} />,
});

function RetentionPage({ found }: { readonly found: RetentionFound }) {
  const { t, acts } = useTools();
  const { reference, state, category } = found;
  return (
    <DeskPage
      title={`${reference} – ${t("privacy.one")}`}
      heading={t("privacy.one")}
      kicker={<span class="code-small">{reference}</span>}
      tags={<Tag>{t(`retention.state.${state}`)}</Tag>}
      trail={[{ label: t("privacy.title"), href: "/retentions" }]}
      side={
        <>
          {(state === "running" || state === "kept") && (
            <Clock
              label={t("privacy.clock")}
              due={found.due_at}
              started={found.closed_at}
              rule={{ cite: found.source }}
            />
          )}
          <ActPanel acts={acts(retentionSubject, found)} />
        </>
      }
      subject="retention"
    >
      <Facts
        rows={[
          [t("privacy.category"), t(`option.category.${category}`)],
          [t("privacy.closed"), <When at={found.closed_at} precision="day" />],
          state !== "erased" && [t("privacy.col.due_at"), <When at={found.due_at} precision="day" />],
          [t("privacy.rule.source"), `${found.source} (${t("privacy.days", { days: found.days })})`],
          found.kept_by !== null && [t("privacy.kept-longer"), found.kept_by],
          [t("privacy.reason"), found.kept_reason],
          found.erased_at && [t("privacy.col.erased_at"), <When at={found.erased_at} precision="long" />],
          found.erased_by !== null && [t("privacy.why"), t(`privacy.by.${found.erased_by}`)],
        ]}
      />
      {state === "erased" && <Notice>{t("privacy.erased.hint")}</Notice>}
      {state === "suspended" && <Notice>{t("privacy.suspended.hint")}</Notice>}
      <section>
        <h2>{t("privacy.history")}</h2>
        <History history={found.history} />
      </section>
    </DeskPage>
  );
}

/** A request about personal data, with its month. */
export const dataRequestPage = page({
  path: "/data-requests/:id",
  view: dataRequestView,
  render: (found) => <DataRequestPage found={found} />,
});

function DataRequestPage({ found }: { readonly found: DataRequestFound }) {
  const { t, acts } = useTools();
  const { number, kind, state, reference, words, answer, ground, decided_by: by, decided_at: at } = found;
  return (
    <DeskPage
      title={`${number} – ${t(`option.kind.${kind}`)}`}
      heading={t(`option.kind.${kind}`)}
      kicker={<span class="code-small">{number}</span>}
      tags={<Tag tone={state === "lodged" ? "waits" : "plain"}>{t(`data-request.state.${state}`)}</Tag>}
      trail={[{ label: t("privacy.title"), href: "/retentions" }]}
      side={
        <>
          <Clock
            label={t("privacy.answer-due")}
            due={found.due_at}
            started={found.asked_at}
            ended={at ?? undefined}
            rule={{ cite: "CETS 108 Art. 9" }}
          />
          <ActPanel acts={acts(dataRequestSubject, found)} />
        </>
      }
      subject="data-request"
    >
      <Facts
        rows={[
          [t("privacy.report"), <span class="code-small">{reference}</span>],
          [t("privacy.asked"), <When at={found.asked_at} precision="day" />],
          found.report_state !== null && [t("privacy.report-stands"), t(`state.${found.report_state}`)],
          by !== null && [t("privacy.decided"), by],
          ground !== null && [t("privacy.ground"), t(`option.ground.${ground}`)],
        ]}
      />
      {kind === "erasure" && state === "lodged" && found.report_state !== "closed" && (
        <Notice tone="waits">{t("privacy.erase-open.hint")}</Notice>
      )}
      {kind === "access" && state === "lodged" && <Notice>{t("privacy.access.hint")}</Notice>}
      <section>
        <h2>{t("privacy.words")}</h2>
        {words === "" ? <p class="quiet">{t("privacy.words.none")}</p> : <p class="said">{words}</p>}
      </section>
      {answer !== "" && (
        <section>
          <h2>{t("privacy.answer")}</h2>
          <p class="said">{answer}</p>
        </section>
      )}
      <section>
        <h2>{t("privacy.history")}</h2>
        <History history={found.history} />
      </section>
    </DeskPage>
  );
}
