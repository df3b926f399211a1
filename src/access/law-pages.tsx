import { page } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { DeskPage } from "../ui/desk-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { Facts } from "../ui/facts.tsx";
import { Table } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";
import { OFFICE_KINDS, isRole } from "./account.ts";
import { KeptTable, LawFacts, QuestionTable, SafeguardTable } from "./law-safeguards.tsx";
import { policyView, powerList } from "./law-views.ts";

type Law = NonNullable<Awaited<ReturnType<typeof powerList.read>>>;
type PowerRow = Law["powers"][number];

function PowerTable({ powers }: Pick<Law, "powers">) {
  const { t } = useTools();
  const who = (one: string) =>
    isRole(one) ? t(`role.${one}`) : OFFICE_KINDS.some((kind) => kind === one) ? t(`office-kind.${one}`) : one;
  return (
    <Table<PowerRow>
      caption={t("powers.table")}
      captionShown
      rows={powers}
      id={({ policy }) => policy}
      href={({ policy }) => `/policies/${policy}`}
      empty={<EmptyState title={t("powers.none")} />}
      columns={[
        { key: "provision", label: t("powers.provision"), cell: ({ provision }) => provision, primary: true },
        { key: "measures", label: t("powers.measures"), cell: ({ measures }) => measures.join(", ") },
        {
          key: "categories",
          label: t("powers.categories"),
          cell: ({ categories, identifying }) =>
            [
              categories.map((one) => t(`powers.category.${one}`)).join(", "),
              ...(identifying ? [t("powers.identifying")] : []),
            ].join("; "),
        },
        { key: "who", label: t("powers.authorising"), cell: ({ authorising }) => authorising.map(who).join(", ") },
        {
          key: "state",
          label: t("powers.since"),
          cell: ({ from, inForce, checked }) => (
            <>
              <When at={Temporal.PlainDate.from(from)} />{" "}
              {!inForce && <Tag tone="waits">{t("powers.not-in-force")}</Tag>}{" "}
              {!checked && <Tag tone="late">{t("powers.unchecked")}</Tag>}
            </>
          ),
        },
      ]}
    />
  );
}

/** Within what time whoever is asked here carries a measure out. */
function ClockTable({ clocks }: Pick<Law, "clocks">) {
  const { t, has } = useTools();
  return (
    <Table<Law["clocks"][number]>
      caption={t("powers.clocks")}
      captionShown
      rows={clocks}
      id={({ measure, from }) => `${measure} ${from}`}
      empty={<p class="quiet">{t("powers.clocks.none")}</p>}
      columns={[
        { key: "source", label: t("powers.provision"), cell: ({ source }) => source, primary: true },
        {
          key: "measure",
          label: t("powers.measures"),
          cell: ({ measure }) => (has(`measure.${measure}`) ? `${measure} ${t(`measure.${measure}`)}` : measure),
        },
        { key: "time", label: t("powers.time"), cell: ({ unit, value }) => t(`powers.time.${unit}`, { value }) },
        {
          key: "state",
          label: t("powers.since"),
          cell: ({ from, inForce }) => (
            <>
              <When at={Temporal.PlainDate.from(from)} />{" "}
              {!inForce && <Tag tone="waits">{t("powers.not-in-force")}</Tag>}
            </>
          ),
        },
      ]}
    />
  );
}

/** The law by which this node decides. */
export const powersPage = page({
  path: "/powers",
  view: powerList,
  render: ({ pack, powers, clocks, policies, ...law }, { t }) => (
    <DeskPage title={t("powers.title")} lead={t("powers.lead", { name: pack.name })}>
      <LawFacts law={{ pack, powers, clocks, policies, ...law }} />
      <PowerTable powers={powers} />
      <SafeguardTable law={{ pack, powers, clocks, policies, ...law }} />
      <QuestionTable law={{ pack, powers, clocks, policies, ...law }} />
      <ClockTable clocks={clocks} />
      <section>
        <h2>{t("powers.policies")}</h2>
        <p>{t("powers.policies.lead")}</p>
        <ul>
          {policies.map(({ id, source }) => (
            <li key={id}>
              <a href={`/policies/${id}`}>
                <code>{id}</code>
              </a>{" "}
              {source && <span class="quiet">{source}</span>}
            </li>
          ))}
        </ul>
        <KeptTable law={{ pack, powers, clocks, policies, ...law }} />
        <Facts rows={[[t("powers.digest"), <code>{pack.digest.match(/.{4}/g)?.join(" ")}</code>]]} />
      </section>
    </DeskPage>
  ),
});

/** One policy, as it is written. */
export const policyPage = page({
  path: "/policies/:id",
  view: policyView,
  render: ({ id, effect, source, reason, origin, text }, { t }) => (
    <DeskPage
      title={id}
      heading={<code>{id}</code>}
      kicker={t(`powers.effect.${effect}`)}
      trail={[{ href: "/powers", label: t("powers.title") }]}
    >
      <Facts
        rows={[
          [t("powers.source"), source],
          [t("powers.reason"), reason ? t(`refusal.${reason}`) : undefined],
          [t("powers.origin"), origin],
        ]}
      />
      <pre tabindex={0} aria-label={t("powers.text")}>
        <code>{text}</code>
      </pre>
    </DeskPage>
  ),
});
