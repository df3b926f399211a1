import { page, type Section } from "../kernel/page.ts";
import { type Tools, useTools } from "../kernel/tools.ts";
import type { Listed } from "../kernel/view.ts";
import { ActPanel } from "../ui/act-panel.tsx";
import { DeskPage } from "../ui/desk-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { Facts } from "../ui/facts.tsx";
import { Hash } from "../ui/hash.tsx";
import { Notice } from "../ui/notice.tsx";
import { Table } from "../ui/table.tsx";
import { Tag, type Tone } from "../ui/tag.tsx";
import { momentOf, When } from "../ui/when.tsx";
import { settleAlarms } from "./acts.ts";
import { peer, type PeerState, SKEW_SHOWN_MINUTES } from "./peer.ts";
import {
  exchanged,
  type Exchanged,
  type OwnPeers,
  type PeerFacts,
  type PeerLine,
  peersWithOwn,
  peerView,
} from "./views.ts";
import { alarmWords, outcomeWords } from "./words.ts";

const TONES: Readonly<Record<PeerState, Tone>> = { proposed: "waits", trusted: "good", revoked: "plain" };

/** All peers, and the number that this node is known by. */
export const peersPage = page({ path: "/peers", view: peersWithOwn, render: (found) => <PeersPage found={found} /> });

function PeersPage({ found: { peers, number } }: { readonly found: OwnPeers }) {
  const { t, decide, node } = useTools();
  const mayPropose = decide("peer.propose", peer, { id: node.code }).allowed;
  const propose = { href: "/peers/new", label: t("act.peer.propose") };
  return (
    <DeskPage
      title={t("exchange.peers")}
      lead={t("exchange.peers.lead")}
      subject="peer"
      {...(mayPropose
        ? {
            side: (
              <p>
                <a class="button" href={propose.href}>
                  {propose.label}
                </a>
              </p>
            ),
          }
        : {})}
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

/** The number as it is read out: in its groups of five, never copied by a button, so that it is compared by ear. */
const Digits = ({ number }: { readonly number: string }) => (
  <p class="lead">
    <code dir="ltr">{number}</code>
  </p>
);

/** One peer: who it is, how far both directions have come, what is amiss. */
export const peerPage = page({
  path: "/peers/:id",
  view: peerView,
  render: (facts, tools) => <PeerPage facts={facts} tools={tools} />,
});

function PeerPage({ facts, tools }: { readonly facts: PeerFacts; readonly tools: Tools }) {
  const { t } = tools;
  const { peer: row, alarms } = facts;
  return (
    <DeskPage
      title={t("exchange.peer.title", { name: row.name, code: row.code })}
      heading={row.name}
      kicker={
        <>
          {t(`exchange.kind.${row.kind}`)} <span class="code-small">{row.code}</span>
        </>
      }
      tags={<Tag tone={TONES[row.state]}>{t(`state.${row.state}`)}</Tag>}
      trail={[{ label: t("exchange.peers"), href: "/peers" }]}
      subject="peer"
      side={
        <ActPanel acts={tools.acts(peer, { ...row }).filter(({ act }) => act !== settleAlarms || alarms.length > 0)} />
      }
    >
      {alarms.length > 0 && (
        <Notice tone="late" title={t("exchange.alarms")}>
          <ul>
            {alarms.map((alarm) => (
              <li key={alarm.kind}>
                {alarmWords(tools, alarm)}{" "}
                <span class="quiet">
                  <When at={alarm.raisedAt} />
                </span>
              </li>
            ))}
          </ul>
        </Notice>
      )}
      <Identity facts={facts} />
      <Contact facts={facts} />
      <Traffic facts={facts} />
      <section>
        <h2>{t("exchange.messages")}</h2>
        <Messages messages={facts.messages} />
      </section>
    </DeskPage>
  );
}

function Identity({ facts: { peer: row, entry, proposedBy, confirmedBy } }: { readonly facts: PeerFacts }) {
  const tools = useTools();
  const { t } = tools;
  const by = (at: Temporal.Instant | null, who: string | null) =>
    at && t("exchange.by", { when: momentOf(at, tools, "short"), who: who ?? "" });
  const day = (text: string) => momentOf(Temporal.Instant.from(text), tools, "day");
  return (
    <section>
      <h2>{t("exchange.identity")}</h2>
      <Facts
        rows={[
          [
            t("exchange.number"),
            row.state === "proposed" ? (
              <span class="quiet">{t("exchange.number.hidden")}</span>
            ) : (
              <code dir="ltr">{row.digits}</code>
            ),
          ],
          [t("exchange.proposed"), by(row.proposed_at, proposedBy)],
          [t("exchange.confirmed"), by(row.confirmed_at, confirmedBy)],
          [
            t("exchange.revoked"),
            row.revoked_at && (
              <>
                <When at={row.revoked_at} />: {row.revoked_because}
              </>
            ),
          ],
          [
            t("exchange.keys"),
            entry.keys.map(({ fingerprint, to }) => (
              <div key={fingerprint}>
                <Hash value={fingerprint} short label={t("exchange.keys")} />{" "}
                <span class="quiet">{t("exchange.key.until", { until: day(to) })}</span>
              </div>
            )),
          ],
          [t("exchange.gateway"), entry.gateways.join(", ")],
          [t("exchange.ledger"), entry.ledger.origin],
        ]}
      />
    </section>
  );
}

function Contact({
  facts: {
    entry: { contact },
  },
}: {
  readonly facts: PeerFacts;
}) {
  const { t, locale } = useTools();
  const or = (text: string | null) => text ?? <span class="quiet">{t("exchange.contact.unknown")}</span>;
  const names = new Intl.DisplayNames([locale], { type: "language", fallback: "code" });
  return (
    <section>
      <h2>{t("exchange.contact")}</h2>
      <Facts
        rows={[
          [
            t("exchange.contact.voice"),
            contact.voice ? (
              <a href={`tel:${contact.voice.replaceAll(/[^\d+]/g, "")}`} dir="ltr">
                {contact.voice}
              </a>
            ) : (
              or(null)
            ),
          ],
          [t("exchange.contact.hours"), or(contact.hours)],
          [t("exchange.contact.languages"), contact.languages.map((language) => nameOf(names, language)).join(", ")],
          [t("exchange.contact.escalation"), or(contact.escalation)],
        ]}
      />
    </section>
  );
}
/** The entry is another node's word: what is no language tag is shown as it stands. */
function nameOf(names: Intl.DisplayNames, language: string): string {
  try {
    return names.of(language) ?? language;
  } catch {
    return language;
  }
}

function Traffic({ facts }: { readonly facts: PeerFacts }) {
  const { t } = useTools();
  const { lastOut, lastDelivered, backlog, lastIn, waitingIn, lastReceiptAt, skewSeconds } = facts;
  const minutes = Math.round(Math.abs(skewSeconds ?? 0) / 60);
  const isOff = minutes >= SKEW_SHOWN_MINUTES;
  return (
    <section>
      <h2>{t("exchange.traffic")}</h2>
      <Facts
        rows={[
          [t("exchange.out"), t("exchange.out.value", { delivered: lastDelivered, last: lastOut, backlog })],
          [t("exchange.receipt"), lastReceiptAt ? <When at={lastReceiptAt} /> : t("exchange.never")],
          [t("exchange.in"), t("exchange.in.value", { last: lastIn, waiting: waitingIn })],
          skewSeconds !== null && [
            t("exchange.skew"),
            isOff ? (
              <Tag tone="late">
                {t("exchange.skew.value", { minutes, direction: skewSeconds > 0 ? "ahead" : "behind" })}
              </Tag>
            ) : (
              t("exchange.skew.fine")
            ),
          ],
        ]}
      />
    </section>
  );
}

function Messages({ messages }: { readonly messages: readonly Exchanged[] }) {
  const tools = useTools();
  const { t, has } = tools;
  const actWords = (act: string) => (has(`act.${act}`) ? t(`act.${act}`) : act);
  return (
    <Table
      caption={t("exchange.messages")}
      rows={messages}
      id={({ id }) => id}
      tone={({ problem }) => (problem ? "late" : undefined)}
      empty={<p class="quiet">{t("exchange.messages.none")}</p>}
      columns={[
        {
          key: "direction",
          label: t("exchange.column.direction"),
          cell: ({ direction }) => t(`exchange.direction.${direction}`),
        },
        { key: "number", label: t("exchange.column.number"), end: true, cell: ({ seq }) => seq },
        {
          key: "act",
          label: t("exchange.column.act"),
          primary: true,
          cell: ({ act, subjectKind, subjectId }) =>
            subjectKind === "request" ? <a href={`/requests/${subjectId}`}>{actWords(act)}</a> : actWords(act),
        },
        { key: "at", label: t("exchange.column.at"), cell: ({ at }) => <When at={at} /> },
        { key: "outcome", label: t("exchange.column.outcome"), cell: (message) => outcomeWords(tools, message) },
      ]}
    />
  );
}

/** On the page of a request: what went to the other node and came from it, whether it arrived, and why not. */
export const requestSection: Section = {
  on: "request",
  order: 80,
  read: (reader, id) => exchanged(reader, { kind: "request", id }),
  render: (found: never, { t }) =>
    (found as readonly Exchanged[]).length === 0 ? null : (
      <>
        <h2>{t("exchange.section")}</h2>
        <Messages messages={found} />
      </>
    ),
};
