import { page } from "../kernel/page.ts";
import { type Tools, useTools } from "../kernel/tools.ts";
import { DeskPage } from "../ui/desk-page.tsx";
import { Diff } from "../ui/diff.tsx";
import { Facts } from "../ui/facts.tsx";
import { Notice } from "../ui/notice.tsx";
import { TextField } from "../ui/text-field.tsx";
import { When } from "../ui/when.tsx";
import { type Tie, type WhyFound, whyLinked } from "./views-why.ts";

/** Why two reports are linked, or why they are not. */
export const whyPage = page({ path: "/campaigns/why", view: whyLinked, render: (found) => <WhyPage found={found} /> });

type Pair = NonNullable<WhyFound["pair"]>;

function WhyPage({ found: { asked, pair } }: { readonly found: WhyFound }) {
  const { t } = useTools();
  const isAsked = asked.a !== undefined && asked.b !== undefined;
  return (
    <DeskPage
      title={t("campaigns.why.title")}
      lead={t("campaigns.why.lead")}
      trail={[{ label: t("campaigns.title"), href: "/campaigns" }]}
    >
      <form method="get" action="/campaigns/why">
        <TextField
          name="a"
          label={t("campaigns.why.one")}
          value={asked.a}
          hint={t("hint.report.other")}
          maxLength={60}
        />
        <TextField name="b" label={t("campaigns.why.other")} value={asked.b} maxLength={60} />
        <p class="buttons">
          <button>{t("campaigns.why.compare")}</button>
        </p>
      </form>
      {pair ? (
        <Answer pair={pair} />
      ) : (
        isAsked && (
          <Notice tone="late" live>
            {t("campaigns.why.unknown")}
          </Notice>
        )
      )}
    </DeskPage>
  );
}

function Answer({ pair }: { readonly pair: Pair }) {
  const { t } = useTools();
  const { left, right } = pair;
  return (
    <>
      <Notice tone={pair.together ? "good" : "plain"} live>
        {t(`campaigns.why.${verdictOf(pair)}`)}
      </Notice>
      {pair.word && (
        <section>
          <h2>{t("campaigns.why.officer")}</h2>
          <p>
            {t(`campaigns.why.word.${pair.word.verdict}`)}: <q>{pair.word.reason}</q> (<When at={pair.word.at} />)
          </p>
        </section>
      )}
      <Shared pair={pair} />
      {pair.chain.length > 0 && <Chain chain={pair.chain} />}
      <section>
        <h2>{t("campaigns.why.wording")}</h2>
        <p>
          {t("campaigns.why.share", { share: pair.share })}{" "}
          {pair.short ? t("campaigns.why.short") : t(pair.alike ? "campaigns.why.alike" : "campaigns.why.unlike")}
        </p>
        <Facts
          rows={[left, right].map(
            (side) =>
              [
                <a href={`/reports/${side.id}`} class="code-small">
                  {side.reference}
                </a>,
                <>
                  <When at={side.received_at} precision="day" />, {t(`option.category.${side.category}`)}
                </>,
              ] as const,
          )}
        />
        <p class="quiet small">{t("campaigns.why.diff", { a: left.reference, b: right.reference })}</p>
        <Diff changes={[{ label: t("campaigns.words"), before: left.words, after: right.words }]} />
      </section>
    </>
  );
}

/** In one sentence: are they together, and by what. */
function verdictOf({ together, direct, word, chain, shared }: Pair): string {
  if (together)
    return word?.verdict === "same" ? "by-officer" : direct ? "by-own" : chain.length > 0 ? "by-chain" : "by-campaign";
  if (word?.verdict === "different") return "parted";
  return direct ? "apart-though" : shared.length > 0 ? "weak-only" : "nothing";
}

function Shared({ pair: { shared } }: { readonly pair: Pair }) {
  const { t } = useTools();
  return (
    <section>
      <h2>{t("campaigns.why.shared")}</h2>
      {shared.length === 0 ? (
        <p class="quiet">{t("campaigns.why.shared.none")}</p>
      ) : (
        <ul>
          {shared.map(({ type, value, strong, hub }) => (
            <li key={value}>
              {t(`report.type.${type}`)} <span class="code-small breaks">{value}</span>
              {(hub || !strong) && <span class="quiet"> – {hub ? t("campaigns.hub") : t("reports.weak")}</span>}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Chain({ chain }: { readonly chain: Pair["chain"] }) {
  const { t } = useTools();
  return (
    <section>
      <h2>{t("campaigns.why.chain")}</h2>
      <ol>
        {chain.map(({ from, to, tie }) => (
          <li key={to}>
            <a href={`/reports/${from}`} class="code-small">
              {from}
            </a>{" "}
            {tieWords(tie, t)}{" "}
            <a href={`/reports/${to}`} class="code-small">
              {to}
            </a>
          </li>
        ))}
      </ol>
    </section>
  );
}

function tieWords(tie: Tie, t: Tools["t"]): string {
  switch (tie.by) {
    case "observable":
      return t("campaigns.tie.observable", { type: t(`report.type.${tie.type}`), value: tie.value });
    case "wording":
      return t("campaigns.tie.wording", { share: tie.share });
    case "officer":
      return t("campaigns.tie.officer", { reason: tie.reason });
  }
}
