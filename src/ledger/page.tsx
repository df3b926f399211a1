import { page } from "../kernel/page.ts";
import { type Tools, useTools } from "../kernel/tools.ts";
import { ActPanel } from "../ui/act-panel.tsx";
import { DeskPage } from "../ui/desk-page.tsx";
import { Facts } from "../ui/facts.tsx";
import { Hash } from "../ui/hash.tsx";
import { Notice } from "../ui/notice.tsx";
import { Table } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { momentOf, When } from "../ui/when.tsx";
import { settleLedger } from "./acts.ts";
import { ledgerSubject } from "./ledger.ts";
import { type LedgerAlarm, type LedgerFacts, type LedgerPageFacts, ledgerView, type WitnessLine } from "./views.ts";

/** This node's ledger on the desk: how far it is signed, by whom it is cosigned, who is awaited since when, what is amiss. */
export const ledgerPage = page({
  path: "/ledger/:id",
  view: ledgerView,
  render: (facts, tools) => <LedgerPage facts={facts} tools={tools} />,
});

function LedgerPage({ facts, tools }: { readonly facts: LedgerPageFacts; readonly tools: Tools }) {
  const { t } = tools;
  const { row, alarms } = facts;
  const others = alarms.filter(({ kind }) => kind !== "stopped");
  return (
    <DeskPage
      title={t("ledger.title")}
      lead={t("ledger.lead")}
      tags={<Tag tone={row.state === "stopped" ? "late" : "good"}>{t(`state.${row.state}`)}</Tag>}
      subject="ledger"
      side={
        <ActPanel
          acts={tools.acts(ledgerSubject, { ...row }).filter(({ act }) => act !== settleLedger || others.length > 0)}
        />
      }
    >
      {alarms.length > 0 && (
        <Notice tone="late" title={t("exchange.alarms")}>
          <ul>
            {alarms.map((alarm) => (
              <li key={`${alarm.kind} ${alarm.about}`}>
                {ledgerAlarmWords(tools, alarm)}{" "}
                <span class="quiet">
                  <When at={alarm.raisedAt} />
                </span>
              </li>
            ))}
          </ul>
        </Notice>
      )}
      <section>
        <h2>{t("ledger.now")}</h2>
        <Standing facts={facts} />
      </section>
      <section>
        <h2>{t("ledger.witnesses")}</h2>
        <Witnesses witnesses={facts.witnesses} />
      </section>
      {facts.conflicts.length > 0 && <Conflicts conflicts={facts.conflicts} />}
    </DeskPage>
  );
}

/** An alarm in a sentence: what is amiss, and what to do. */
export function ledgerAlarmWords(tools: Pick<Tools, "t" | "locale" | "zone" | "now">, alarm: LedgerAlarm): string {
  const { since, by, ...detail } = alarm.detail;
  return tools.t(`ledger.alarm.${alarm.kind}`, {
    ...detail,
    about: alarm.about,
    by: by === undefined || by === "" ? tools.t("ledger.own-mark") : by,
    ...(typeof since === "string" ? { since: momentOf(Temporal.Instant.from(since), tools, "short") } : {}),
  });
}

/** How the ledger stands, as the desk and the portal show it. */
export function Standing({ facts }: { readonly facts: LedgerFacts }) {
  const { t } = useTools();
  const { checkpoint, waiting, waitingSince, witnesses, stamp, isWitnessed } = facts;
  const cosigned = witnesses.filter(({ kinds }) => kinds.length > 0);
  const awaited = witnesses.filter(({ kinds }) => kinds.length === 0);
  return (
    <Facts
      rows={[
        [t("ledger.origin"), <code dir="ltr">{facts.origin}</code>],
        [t("ledger.size"), t("ledger.size.value", { size: checkpoint?.size ?? 0 })],
        [t("ledger.root"), checkpoint && <Hash value={checkpoint.root.toString("hex")} label={t("ledger.root")} />],
        [t("ledger.signed"), checkpoint && <When at={checkpoint.at} />],
        waiting > 0 && [
          t("ledger.waiting"),
          <>
            {t("ledger.waiting.value", { count: waiting })} {waitingSince && <When at={waitingSince} />}
          </>,
        ],
        [
          t("ledger.cosigned"),
          cosigned.length === 0
            ? t("ledger.cosigned.none")
            : cosigned.map(({ name, title }) => <div key={name}>{title}</div>),
        ],
        awaited.length > 0 && [
          t("ledger.awaited"),
          awaited.map(({ name, title, awaitedSince }) => (
            <div key={name}>
              <bdi>{title}</bdi>
              {awaitedSince && (
                <>
                  {" · "}
                  <When at={awaitedSince} />
                </>
              )}
            </div>
          )),
        ],
        isWitnessed !== null && [
          t("ledger.policy"),
          <Tag tone={isWitnessed ? "good" : "waits"}>
            {t(isWitnessed ? "ledger.policy.met" : "ledger.policy.waits")}
          </Tag>,
        ],
        [
          t("ledger.stamped"),
          stamp ? (
            <>
              {t(stamp.isBuiltIn ? "ledger.stamped.own" : "ledger.stamped.authority", {
                size: stamp.size,
                tokens: stamp.tokens,
              })}
              {" · "}
              <When at={stamp.at} />
            </>
          ) : (
            t("ledger.stamped.none")
          ),
        ],
        stamp && [t("ledger.stamped.until"), <When at={stamp.until} precision="day" />],
        [t("ledger.vkey"), <Hash value={facts.vkey} short label={t("ledger.vkey")} />],
      ]}
    />
  );
}

function Witnesses({ witnesses }: { readonly witnesses: readonly WitnessLine[] }) {
  const { t } = useTools();
  return (
    <Table
      caption={t("ledger.witnesses")}
      rows={witnesses}
      id={({ name }) => name}
      empty={<p>{t("ledger.witnesses.none")}</p>}
      tone={({ kinds }) => (kinds.length === 0 ? "waits" : undefined)}
      columns={[
        { key: "witness", label: t("ledger.column.witness"), primary: true, cell: ({ title }) => title },
        {
          key: "kinds",
          label: t("ledger.column.kinds"),
          cell: ({ kinds }) =>
            kinds.length === 0 ? (
              <Tag tone="waits">{t("ledger.column.awaited")}</Tag>
            ) : (
              kinds.map((kind) => t(`ledger.kind.${kind}`)).join(", ")
            ),
        },
        {
          key: "last",
          label: t("ledger.column.last"),
          end: true,
          cell: ({ last }) => (last ? t("ledger.size.value", { size: last.size }) : t("exchange.never")),
        },
        { key: "at", label: t("ledger.column.at"), cell: ({ last }) => (last ? <When at={last.at} /> : "–") },
        {
          key: "since",
          label: t("ledger.column.since"),
          cell: ({ awaitedSince }) => (awaitedSince ? <When at={awaitedSince} /> : "–"),
        },
      ]}
    />
  );
}

function Conflicts({ conflicts }: { readonly conflicts: LedgerPageFacts["conflicts"] }) {
  const { t } = useTools();
  return (
    <section>
      <h2>{t("ledger.conflicts")}</h2>
      <p>{t("ledger.conflicts.lead")}</p>
      {conflicts.map(({ origin, seen, shown, found_by, at }) => (
        <details key={`${origin} ${seen} ${shown}`}>
          <summary>
            <span dir="ltr">{origin}</span>, <When at={at} />
          </summary>
          <p>{t("ledger.conflicts.seen", { by: found_by })}</p>
          <pre dir="ltr">{seen}</pre>
          <p>{t("ledger.conflicts.shown")}</p>
          <pre dir="ltr">{shown}</pre>
        </details>
      ))}
    </section>
  );
}
