import { useTools } from "../kernel/tools.ts";
import { Facts } from "../ui/facts.tsx";
import { Hash } from "../ui/hash.tsx";
import { Table } from "../ui/table.tsx";
import { dayOf, When } from "../ui/when.tsx";
import type { powerList } from "./law-views.ts";
import type { Words } from "./pack-powers.ts";

type Law = NonNullable<Awaited<ReturnType<typeof powerList.read>>>;
type PowerRow = Law["powers"][number];

/** Text of a pack in the reader's language, else English. */
const said = (of: Words, locale: string): string => {
  const found = of[locale] ?? of.en;
  return typeof found === "string" ? found : of.en;
};

/** What each power is bound by, beside who may authorise it. Nothing where no power is bound. */
export function SafeguardTable({ law }: { readonly law: Law }) {
  const { t, locale } = useTools();
  const bound = law.powers.filter(
    ({ threshold, period_days, notification, privilege, validation }) =>
      threshold ?? period_days ?? notification ?? privilege ?? validation,
  );
  if (bound.length === 0) return null;
  const roles = (each: readonly string[]) => each.map((role) => t(`role.${role}`)).join(", ");
  const named = (code: string) => {
    const offence = law.offences.find((each) => each.code === code);
    return offence ? said(offence.name, locale) : code;
  };
  const time = ({ unit, value }: { unit: string; value: number }) => t(`powers.time.${unit}`, { value });
  const source = (cite: string) => <span class="small quiet"> ({cite})</span>;
  return (
    <Table<PowerRow>
      caption={t("powers.safeguards")}
      captionShown
      rows={bound}
      id={({ policy }) => `safeguards ${policy}`}
      empty={null}
      columns={[
        {
          key: "power",
          label: t("powers.provision"),
          primary: true,
          cell: ({ provision, measures }) => (
            <>
              {provision}
              <br />
              <span class="small quiet">{measures.join(", ")}</span>
            </>
          ),
        },
        {
          key: "threshold",
          label: t("powers.threshold"),
          cell: ({ threshold }) =>
            threshold && (
              <>
                {threshold.years !== undefined && t("powers.threshold.years", { years: threshold.years })}
                {threshold.offences.length > 0 &&
                  ` ${t("powers.threshold.offences", { offences: threshold.offences.map(named).join(", ") })}`}
                {source(threshold.provision)}
              </>
            ),
        },
        {
          key: "period",
          label: t("powers.period"),
          cell: ({ period_days: days }) => days !== undefined && t("powers.time.days", { value: days }),
        },
        {
          key: "privilege",
          label: t("powers.privilege"),
          cell: ({ privilege }) =>
            privilege && (
              <>
                {Object.entries(privilege.groups).map(([group, { barred, needs, filter }]) => (
                  <div key={group}>
                    {t(`safeguards.privilege.${group}`)}:{" "}
                    {barred
                      ? t("powers.privilege.barred")
                      : [...(needs ? [roles(needs)] : []), ...(filter ? [t("powers.privilege.filter")] : [])].join(
                          ", ",
                        )}
                  </div>
                ))}
                {source(privilege.provision)}
              </>
            ),
        },
        {
          key: "notification",
          label: t("powers.notification"),
          cell: ({ notification }) =>
            notification && (
              <>
                {time(notification)}
                {notification.delay &&
                  `; ${t("powers.delay", { roles: roles(notification.delay.by), days: notification.delay.days_max })}`}
                {source(notification.provision)}
              </>
            ),
        },
        {
          key: "validation",
          label: t("powers.before"),
          cell: ({ validation }) =>
            validation ? (
              <>
                {t("powers.before.line", {
                  ordering: roles(validation.ordering),
                  by: roles(validation.by),
                  time: time(validation.within),
                })}
                {validation.unvalidated === "withdrawn" && `; ${t("powers.before.withdrawn")}`}
                {source(validation.provision)}
              </>
            ) : (
              t("powers.before.never")
            ),
        },
      ]}
    />
  );
}

/** The questions that must be answered, and who watches. */
export function QuestionTable({ law }: { readonly law: Law }) {
  const { t, locale } = useTools();
  return (
    <Table<Law["questions"][number]>
      caption={t("powers.questions")}
      captionShown
      rows={law.questions}
      id={({ code }) => code}
      empty={<p class="quiet">{t("powers.questions.none")}</p>}
      columns={[
        { key: "ask", label: t("powers.question"), primary: true, cell: ({ ask }) => said(ask, locale) },
        { key: "test", label: t("powers.test"), cell: ({ test }) => t(`safeguards.test.${test}`) },
        {
          key: "measures",
          label: t("powers.measures"),
          cell: ({ measures, categories, urgency }) =>
            [
              measures?.join(", ") ?? t("powers.questions.all"),
              ...(categories ? [categories.map((one) => t(`powers.category.${one}`)).join(", ")] : []),
              ...(urgency && !urgency.includes("emergency") ? [t("powers.questions.urgency")] : []),
            ].join("; "),
        },
        { key: "provision", label: t("powers.provision"), cell: ({ provision }) => provision },
      ]}
    />
  );
}

/** Which text of the law this is, who signed it, and who watches over it. */
export function LawFacts({ law }: { readonly law: Law }) {
  const { t, locale } = useTools();
  const { pack, oversight } = law;
  return (
    <Facts
      rows={[
        [t("powers.version"), t("powers.version.line", { version: pack.version, from: dayOf(pack.validFrom, locale) })],
        [t("powers.signed"), pack.signedBy?.split("+")[0] ?? t("powers.unsigned")],
        [t("powers.oversight"), oversight && `${said(oversight.name, locale)} (${oversight.provision})`],
      ]}
    />
  );
}

/** Every text of the law that is kept for replaying decisions. */
export function KeptTable({ law }: { readonly law: Law }) {
  const { t } = useTools();
  return (
    <>
      <Table<Law["kept"][number]>
        caption={t("powers.kept")}
        captionShown
        rows={law.kept}
        id={({ digest }) => digest}
        empty={<p class="quiet">{t("powers.kept.none")}</p>}
        columns={[
          {
            key: "version",
            label: t("powers.version"),
            primary: true,
            cell: ({ code, version }) => `${code} ${version}`,
          },
          { key: "digest", label: t("powers.digest"), cell: ({ digest }) => <Hash value={digest} short /> },
          {
            key: "signed",
            label: t("powers.signed"),
            cell: ({ signedBy }) => signedBy?.split("+")[0] ?? t("powers.unsigned"),
          },
          { key: "since", label: t("powers.kept.since"), cell: ({ firstUsedAt }) => <When at={firstUsedAt} /> },
        ]}
      />
      <p class="small quiet">{t("powers.kept.lead")}</p>
    </>
  );
}
