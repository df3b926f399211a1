import { page } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { History } from "../reports/slice.ts";
import { ActPanel } from "../ui/act-panel.tsx";
import { Clock } from "../ui/clock.tsx";
import { DeskPage } from "../ui/desk-page.tsx";
import { Facts } from "../ui/facts.tsx";
import { Hash } from "../ui/hash.tsx";
import { Notice } from "../ui/notice.tsx";
import { DocumentPreview } from "../ui/preview.tsx";
import { When } from "../ui/when.tsx";
import { holdSubject, LANGUAGES, TERM } from "./hold.ts";
import { type HoldFound, holdFile } from "./views.ts";
import { Asked, Standing, Sum } from "./words.tsx";

/** One notice: what is asked of whom, until when, what they said, and what to say on the telephone. */
export const holdPage = page({ path: "/holds/:id", view: holdFile, render: (hold) => <HoldPage hold={hold} /> });

function HoldPage({ hold }: { readonly hold: HoldFound }) {
  const { t } = useTools();
  const { number, state, institution_facts: institution } = hold;
  return (
    <DeskPage
      title={`${number} – ${t("holds.one")}`}
      heading={t("holds.heading", { institution: institution?.name ?? t("holds.nobody-yet") })}
      kicker={
        <>
          {t("holds.one")} <span class="code-small">{number}</span>
        </>
      }
      tags={<Standing state={state} />}
      trail={[{ label: t("holds.title"), href: "/holds" }]}
      side={<Side hold={hold} />}
      subject="hold"
    >
      <What hold={hold} />
      <Paper hold={hold} />
      {institution && <Telephone hold={hold} />}
      {hold.answered_at && <Answered hold={hold} />}
      <section>
        <h2>{t("holds.history")}</h2>
        <History history={hold.history} />
      </section>
    </DeskPage>
  );
}

function What({ hold }: { readonly hold: HoldFound }) {
  const { t } = useTools();
  const { details, reference, report_id: report, institution_facts: institution, sent_at: sent } = hold;
  const mono = (text: string | undefined) => text !== undefined && <span class="code-small breaks">{text}</span>;
  return (
    <Facts
      rows={[
        [t("holds.amount"), <Asked row={hold} />],
        [t("field.hold.to"), mono(details.to)],
        [t("field.hold.through"), details.through],
        [t("field.hold.reference"), mono(details.reference)],
        [
          t("field.hold.at"),
          details.at !== undefined && <When at={Temporal.Instant.from(details.at)} precision="long" />,
        ],
        reference !== null && [
          t("holds.report"),
          <a href={`/reports/${report}`} class="code-small">
            {reference}
          </a>,
        ],
        institution && [
          t("holds.col.to"),
          [institution.name, institution.email, institution.voice, institution.hours].filter(Boolean).join(", "),
        ],
        [t("holds.provision"), t("holds.provision.hours", { provision: hold.provision, hours: hold.hours })],
        sent && [
          t("holds.sent"),
          <>
            <When at={sent} precision="long" />, {hold.sent_by_name}, {t(`holds.via.${hold.sent_via ?? "hand"}`)}
          </>,
        ],
        hold.held_minor !== null && [t("holds.held"), <Sum minor={hold.held_minor} currency={hold.currency} />],
        hold.returned_minor !== null && [
          t("holds.returned"),
          <Sum minor={hold.returned_minor} currency={hold.currency} />,
        ],
      ]}
    />
  );
}

/** The letter, and whether it has gone. */
function Paper({ hold }: { readonly hold: HoldFound }) {
  const { t } = useTools();
  const { id, number, sent_at: sent, sent_via: via, has_notice: kept, mails, notice_digest: digest } = hold;
  const href = `/api/v1/holds/${id}/notice`;
  return (
    <section>
      <h2>{t("holds.paper")}</h2>
      {sent === null ? (
        <DocumentPreview
          title={t("holds.paper.draft")}
          href={href}
          kind="PDF"
          versions={LANGUAGES.map((each) => ({
            label: t(`option.language.${each}`),
            href: `${href}?language=${each}`,
          }))}
        />
      ) : kept ? (
        <DocumentPreview title={t("holds.paper.signed", { number })} href={href} kind="PDF" />
      ) : (
        <p class="quiet">{t("holds.paper.erased")}</p>
      )}
      {digest !== null && (
        <p class="small quiet">
          SHA-256 <Hash value={digest} />
        </p>
      )}
      {via === "mail" &&
        (mails.failed > 0 ? (
          <Notice tone="late">{t("holds.mail.failed")}</Notice>
        ) : (
          <p class="quiet">{t(mails.sent > 0 ? "holds.mail.sent" : "holds.mail.waiting")}</p>
        ))}
      {via === "hand" && <Notice tone="waits">{t("holds.by-hand")}</Notice>}
    </section>
  );
}

/** What to say, in the order in which a desk at a bank asks it. */
function Telephone({ hold }: { readonly hold: HoldFound }) {
  const { t, node } = useTools();
  const { institution_facts: institution, number, details, provision, sent_at: sent } = hold;
  if (!institution || !["drafted", "approved", "sent", "acknowledged"].includes(hold.state)) return null;
  return (
    <section>
      <h2>{t("holds.telephone")}</h2>
      {institution.voice !== undefined && (
        <p>
          <a href={`tel:${institution.voice.replaceAll(/[^\d+]/g, "")}`} dir="ltr">
            <b>{institution.voice}</b>
          </a>{" "}
          {institution.hours !== undefined && <span class="quiet">({institution.hours})</span>}
        </p>
      )}
      <ol>
        <li>{t("holds.say.1", { node: node.name })}</li>
        <li>
          {t("holds.say.2")} <Asked row={hold} />
          {details.to !== undefined && (
            <>
              , <span class="code-small breaks">{details.to}</span>
            </>
          )}
          {details.reference !== undefined && (
            <>
              , <span class="code-small breaks">{details.reference}</span>
            </>
          )}
        </li>
        <li>{t("holds.say.3", { provision, hours: hold.hours, number })}</li>
        <li>{t(sent === null ? "holds.say.4-before" : "holds.say.4")}</li>
      </ol>
    </section>
  );
}

function Answered({ hold: { answered_at: at, said, state } }: { readonly hold: HoldFound }) {
  const { t } = useTools();
  return (
    <section>
      <h2>{t("holds.answer")}</h2>
      <Facts
        rows={[
          [t("holds.answer"), t(`hold.state.${state}`)],
          [t("holds.answered"), at && <When at={at} precision="long" />],
          [t("field.hold.their-reference"), said.reference],
        ]}
      />
      {said.note !== undefined && <p class="said">{said.note}</p>}
    </section>
  );
}

function Side({ hold }: { readonly hold: HoldFound }) {
  const { t, acts } = useTools();
  const term = hold.clocks.findLast(({ rule }) => rule === TERM);
  return (
    <>
      {term && (
        <Clock
          label={t("holds.clock")}
          due={term.due_at}
          started={term.starts_at}
          ended={term.ended_at ?? undefined}
          rule={{ cite: hold.provision }}
        />
      )}
      {hold.sent_at === null && hold.transfer_at && (
        <Clock label={t("holds.clock.fresh")} due={hold.transfer_at.add({ hours: 72 })} started={hold.transfer_at} />
      )}
      <ActPanel acts={acts(holdSubject, hold)} />
    </>
  );
}
