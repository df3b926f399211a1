import { page } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import type { Listed } from "../kernel/view.ts";
import { DeskPage } from "../ui/desk-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { Table } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";
import { type OwnPeers, type PeerLine, peersWithOwn, type TurnedAway } from "./views.ts";
import { TONES } from "./words.ts";

/** All peers, and the number that this node is known by. */
export const peersPage = page({ path: "/peers", view: peersWithOwn, render: (found) => <PeersPage found={found} /> });

function PeersPage({ found: { peers, number, turnedAway } }: { readonly found: OwnPeers }) {
  const { t, may } = useTools();
  const mayPropose = may("peer.propose");
  const propose = { href: "/peers/new", label: t("act.peer.propose") };
  return (
    <DeskPage
      title={t("exchange.peers")}
      lead={t("exchange.peers.lead")}
      subject="peer"
      action={mayPropose ? propose : undefined}
    >
      <PeerTable
        peers={peers}
        empty={
          <EmptyState title={t("exchange.peers.none")} {...(mayPropose ? { act: propose } : {})}>
            {t("exchange.peers.none.next")}
          </EmptyState>
        }
      />
      <section>
        <h2>{t("exchange.own")}</h2>
        <p class="quiet">{t("exchange.own.hint")}</p>
        <Digits number={number} />
      </section>
      {turnedAway.length > 0 && (
        <section>
          <h2>{t("exchange.turned-away")}</h2>
          <p class="quiet">{t("exchange.turned-away.hint")}</p>
          <TurnedAwayTable rows={turnedAway} />
        </section>
      )}
    </DeskPage>
  );
}

function PeerTable({
  peers: { items },
  empty,
}: {
  readonly peers: Listed<PeerLine>;
  readonly empty: preact.ComponentChild;
}) {
  const { t } = useTools();
  return (
    <Table
      caption={t("exchange.peers")}
      rows={items}
      id={({ id }) => id}
      href={({ id }) => `/peers/${id}`}
      empty={empty}
      tone={({ alarms, state }) => (alarms > 0 ? "late" : state === "proposed" ? "waits" : undefined)}
      columns={[
        {
          key: "peer",
          label: t("exchange.column.peer"),
          primary: true,
          cell: ({ name, code }) => t("exchange.peer.title", { name, code }),
        },
        { key: "kind", label: t("exchange.column.kind"), cell: ({ kind }) => t(`exchange.kind.${kind}`) },
        {
          key: "state",
          label: t("exchange.column.state"),
          cell: ({ state }) => <Tag tone={TONES[state]}>{t(`state.${state}`)}</Tag>,
        },
        { key: "backlog", label: t("exchange.column.backlog"), end: true, cell: ({ backlog }) => backlog },
        {
          key: "alarms",
          label: t("exchange.column.alarms"),
          end: true,
          cell: ({ alarms }) => (alarms > 0 ? <Tag tone="late">{alarms}</Tag> : 0),
        },
        {
          key: "heard",
          label: t("exchange.column.heard"),
          cell: ({ heardAt }) => (heardAt ? <When at={heardAt} /> : t("exchange.never")),
        },
      ]}
    />
  );
}

/** What strangers, or somebody in a peer's name, sent in vain: most often a clock or a key, at times somebody who tries. */
function TurnedAwayTable({ rows }: { readonly rows: readonly TurnedAway[] }) {
  const { t } = useTools();
  return (
    <Table
      caption={t("exchange.turned-away")}
      rows={rows}
      id={({ reason }) => reason}
      empty={null}
      columns={[
        {
          key: "reason",
          label: t("exchange.column.reason"),
          primary: true,
          cell: ({ reason }) => t(`exchange.problem.${reason}.title`),
        },
        { key: "count", label: t("exchange.column.count"), end: true, cell: ({ count }) => count },
        { key: "last", label: t("exchange.column.last"), cell: ({ lastAt }) => <When at={lastAt} /> },
      ]}
    />
  );
}

/** The number as it is read out: in its groups of five, never copied by a button, so that it is compared by ear. */
const Digits = ({ number }: { readonly number: string }) => (
  <p class="lead">
    <code dir="ltr">{number}</code>
  </p>
);
