import { page } from "../kernel/page.ts";
import { type Tools, useTools } from "../kernel/tools.ts";
import { ActPanel } from "../ui/act-panel.tsx";
import { DeskPage } from "../ui/desk-page.tsx";
import { Facts } from "../ui/facts.tsx";
import type { SigningKey } from "../trust/envelope-signature.ts";
import { Hash } from "../ui/hash.tsx";
import { Notice } from "../ui/notice.tsx";
import { Tag } from "../ui/tag.tsx";
import { momentOf, When } from "../ui/when.tsx";
import { carryToPeer, rewitnessPeer, settleAlarms } from "./acts.ts";
import { Messages } from "./page-messages.tsx";
import { peer, SKEW_SHOWN_MINUTES } from "./peer.ts";
import { type PeerFacts, peerView } from "./views.ts";
import { alarmWords, TONES } from "./words.ts";

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
        <ActPanel
          acts={tools
            .acts(peer, { ...row })
            .filter(({ act }) => act !== settleAlarms || alarms.length > 0)
            .filter(({ act }) => act !== carryToPeer || facts.backlog > 0)
            .filter(
              ({ act }) => act !== rewitnessPeer || alarms.some(({ kind }) => kind === "shrunk" || kind === "forked"),
            )}
        >
          {facts.couriered > 0 && tools.decide(carryToPeer.name, peer, { ...row }).allowed && (
            <p>
              <a href={`/peers/${row.id}/courier`} download>
                {t("exchange.courier.download")}
              </a>
            </p>
          )}
          <p>
            <a href="/peers/courier">{t("exchange.courier")}</a>
          </p>
        </ActPanel>
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
          {facts.entry.contact.voice !== null && (
            <p>
              {t("exchange.contact.voice")}: <Telephone number={facts.entry.contact.voice} />
            </p>
          )}
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
            (row.keys as readonly SigningKey[]).map(({ fingerprint, to, alg, distrusted }) => (
              <div key={fingerprint}>
                <Hash value={fingerprint} short label={t("exchange.keys")} />{" "}
                <span class="quiet">
                  {alg ?? "Ed25519"}, {t("exchange.key.until", { until: day(to) })}
                </span>{" "}
                {distrusted !== undefined && (
                  <Tag tone="late">
                    {t("exchange.key.distrusted", {
                      from: momentOf(Temporal.Instant.from(distrusted), tools, "short"),
                    })}
                  </Tag>
                )}
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

const Telephone = ({ number }: { readonly number: string }) => (
  <a href={`tel:${number.replaceAll(/[^\d+]/g, "")}`} dir="ltr">
    {number}
  </a>
);

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
          [t("exchange.contact.voice"), contact.voice ? <Telephone number={contact.voice} /> : or(null)],
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
  const tools = useTools();
  const { t } = tools;
  const { lastOut, lastDelivered, backlog, lastIn, waitingIn, lastReceiptAt, skewSeconds } = facts;
  const minutes = Math.round(Math.abs(skewSeconds ?? 0) / 60);
  const isOff = minutes >= SKEW_SHOWN_MINUTES;
  return (
    <section>
      <h2>{t("exchange.traffic")}</h2>
      <Facts
        rows={[
          [t("exchange.out"), t("exchange.out.value", { delivered: lastDelivered, last: lastOut, backlog })],
          facts.courierAt && [
            t("exchange.courier.given"),
            t("exchange.courier.given.value", {
              count: facts.couriered,
              when: momentOf(facts.courierAt, tools, "short"),
              courier: facts.courier ?? "",
            }),
          ],
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
