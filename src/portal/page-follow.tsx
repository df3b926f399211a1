import type { FieldError } from "../kernel/errors.ts";
import { useTools } from "../kernel/tools.ts";
import type { OwnReport } from "../reports/slice.ts";
import { Checkbox } from "../ui/choice-field.tsx";
import { ErrorSummary } from "../ui/error-summary.tsx";
import { Facts } from "../ui/facts.tsx";
import { FileField } from "../ui/file-field.tsx";
import { HiddenField } from "../ui/hidden-field.tsx";
import { Notice } from "../ui/notice.tsx";
import { PortalPage } from "../ui/portal-page.tsx";
import { TextareaField } from "../ui/textarea-field.tsx";
import { Thread } from "../ui/thread.tsx";
import { momentOf, When } from "../ui/when.tsx";
import { OWN_DATA } from "../privacy/slice.ts";
import { CONSENT, OWN, OWN_LEAVE, RECEIPT, WITHDRAW } from "./address.ts";
import { useWrong } from "./showing.tsx";

/** What the pages of a report are drawn from. */
export interface Following {
  readonly report: OwnReport;
  readonly errors?: readonly FieldError[];
  /** What was typed, where it is to be put right. */
  readonly typed?: string;
  readonly idempotencyKey: string;
}

/** What comes next, and when. */
function useNext(): (report: OwnReport) => string {
  const { t, locale, zone, now } = useTools();
  return ({ state, respond_by, responded_at, withdrawn_at }) => {
    if (state === "closed") return t("portal.next.closed");
    if (withdrawn_at) return t("portal.next.withdrawn");
    if (state !== "received" || responded_at) return t(`portal.next.${state === "received" ? "triaged" : state}`);
    if (!respond_by) return t("portal.next.none");
    const when = momentOf(respond_by, { locale, zone, now }, "long");
    return t(Temporal.Instant.compare(respond_by, now) < 0 ? "portal.next.late" : "portal.next.received", { when });
  };
}

const Leave = () => {
  const { t } = useTools();
  return (
    <form method="post" action={OWN_LEAVE}>
      <button class="bare">{t("portal.follow.leave")}</button>
    </form>
  );
};

/** A report as its reporter sees it: where it stands, what comes next, what was written, and all ways to add to it. */
export function FollowPage({ report, errors = [], typed = "", idempotencyKey }: Following) {
  const { t } = useTools();
  const wrong = useWrong(errors);
  const next = useNext()(report);
  const { anonymous, consent, closed_reason, withdrawn_at } = report;
  return (
    <PortalPage
      title={t("portal.follow.title")}
      page="C1"
      heading={report.status}
      wrong={errors.length > 0}
      foot={<Leave />}
    >
      <ErrorSummary
        mistakes={errors.map(({ path, key, values }) => ({ name: path, message: t(`refusal.${key}`, values) }))}
      />
      <p>{next}</p>
      <Facts
        rows={[
          [t("portal.sent.reference"), <bdi class="code-small">{report.reference}</bdi>],
          [t("portal.follow.received"), <When at={report.received_at} precision="long" />],
          withdrawn_at !== null && [t("portal.follow.withdrawn"), <When at={withdrawn_at} precision="long" />],
          closed_reason !== null && [t("portal.follow.closed"), t(`option.reason.${closed_reason}`)],
          [t("portal.follow.others"), t("portal.follow.linked", { count: report.linked })],
          [t("portal.follow.yours"), <bdi class="said">{report.description}</bdi>],
        ]}
      />
      <h2>{t("portal.follow.messages")}</h2>
      <Thread
        messages={report.messages.map(({ at, from, body }) => ({
          at,
          from: t(from === "office" ? "portal.follow.office" : "portal.follow.you"),
          own: from === "reporter",
          words: <bdi>{body}</bdi>,
        }))}
      />
      <form method="post" action={OWN} noValidate>
        <HiddenField name="_key" value={idempotencyKey} />
        <TextareaField
          name="body"
          rows={4}
          maxLength={10_000}
          label={t("portal.follow.write")}
          value={typed}
          error={wrong("body")}
        />
        <p class="buttons">
          <button type="submit">{t("portal.follow.send")}</button>
        </p>
      </form>
      <h2>{t("portal.follow.files")}</h2>
      <OwnFiles report={report} error={wrong("file")} />
      <h2>{t("portal.consent.title")}</h2>
      <p>{t(consent.contact && !anonymous ? "portal.consent.contact.yes" : "portal.consent.contact.no")}</p>
      <p>{t(consent.share ? "portal.consent.share.yes" : "portal.consent.share.no")}</p>
      <p>{t(consent.handover ? "portal.consent.handover.yes" : "portal.consent.handover.no")}</p>
      {withdrawn_at === null && report.state !== "closed" && (
        <>
          <p>
            <a href={CONSENT}>{t("portal.consent.change")}</a>
          </p>
          <p>
            <a href={WITHDRAW}>{t("portal.withdraw.title")}</a>
          </p>
        </>
      )}
      <h2>{t("portal.receipt.title")}</h2>
      <p>{t("portal.receipt.what")}</p>
      <p>
        <a href={`${OWN}/${RECEIPT}`} download={RECEIPT}>
          {t("portal.receipt.save")}
        </a>
      </p>
      <h2>{t("privacy.own.title")}</h2>
      <p>
        <a href={OWN_DATA}>{t("privacy.own.link")}</a>
      </p>
    </PortalPage>
  );
}

function OwnFiles({ report, error }: { readonly report: OwnReport; readonly error: string | undefined }) {
  const { t } = useTools();
  return (
    <>
      {report.files.length > 0 && (
        <ul>
          {report.files.map(({ at, name }) => (
            <li key={name + at.toString()}>
              <bdi>{name}</bdi> <When at={at} />
            </li>
          ))}
        </ul>
      )}
      {report.takes_files ? (
        <form method="post" action={OWN} encType="multipart/form-data">
          <FileField name="file" label={t("portal.follow.file")} hint={t("portal.follow.file.hint")} error={error} />
          <p class="buttons">
            <button type="submit" class="plain">
              {t("portal.follow.upload")}
            </button>
          </p>
        </form>
      ) : (
        <p>{t("portal.files.never.why")}</p>
      )}
    </>
  );
}

/** What the reporter agrees to, to be changed at any time. */
export function ConsentPage({ report }: Pick<Following, "report">) {
  const { t } = useTools();
  const { anonymous, consent } = report;
  return (
    <PortalPage title={t("portal.consent.title")} page="C2" back={OWN} foot={<Leave />}>
      <p class="hint">{t("portal.consent.hint")}</p>
      <form method="post" action={CONSENT}>
        {anonymous && <p>{t("portal.consent.contact.none")}</p>}
        <div class="ticks">
          {!anonymous && <Checkbox name="contact" label={t("portal.consent.contact")} checked={consent.contact} />}
          <Checkbox name="share" label={t("portal.consent.share")} checked={consent.share} />
          <Checkbox name="handover" label={t("portal.consent.handover")} checked={consent.handover} />
        </div>
        <p class="buttons">
          <button type="submit">{t("portal.consent.save")}</button>
        </p>
      </form>
    </PortalPage>
  );
}

/** What withdrawing means, before it is done. */
export function WithdrawPage({ errors = [], typed = "" }: Pick<Following, "errors" | "typed">) {
  const { t } = useTools();
  const wrong = useWrong(errors);
  return (
    <PortalPage title={t("portal.withdraw.title")} page="C3" back={OWN} wrong={errors.length > 0} foot={<Leave />}>
      <ErrorSummary
        mistakes={errors.map(({ path, key, values }) => ({ name: path, message: t(`refusal.${key}`, values) }))}
      />
      <Notice title={t("portal.withdraw.means")}>
        <ul>
          <li>{t("portal.withdraw.means.contact")}</li>
          <li>{t("portal.withdraw.means.office")}</li>
          <li>{t("portal.withdraw.means.code")}</li>
        </ul>
      </Notice>
      <form method="post" action={WITHDRAW} noValidate>
        <TextareaField
          name="reason"
          required={false}
          rows={3}
          maxLength={2_000}
          label={t("portal.withdraw.reason")}
          value={typed}
          error={wrong("reason")}
        />
        <p class="buttons">
          <button type="submit">{t("portal.withdraw.do")}</button>
        </p>
      </form>
    </PortalPage>
  );
}
