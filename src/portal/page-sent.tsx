import { useTools } from "../kernel/tools.ts";
import { Facts } from "../ui/facts.tsx";
import { PortalPage } from "../ui/portal-page.tsx";
import { momentOf } from "../ui/when.tsx";
import { BEGIN, CODE, DRAFT_CODE, NOTE, RECEIPT, SENT } from "./address.ts";
import { STEPS } from "./draft.ts";
import { Call } from "./showing.tsx";

/** The way in: what this is, and the two things one can do. */
export function HomePage({ police }: { readonly police: string }) {
  const { t } = useTools();
  return (
    <PortalPage title={t("portal.home.title")} page="">
      <p class="lead">{t("portal.home.lead")}</p>
      <p>
        <strong>
          {t("portal.home.danger")} <Call number={police} />
        </strong>
      </p>
      <p class="buttons">
        <a class="button" href={BEGIN}>
          {t("portal.home.start")}
        </a>
      </p>
      <p>
        <a href={CODE}>{t("portal.home.follow")}</a>
      </p>
      <p class="hint">{t("portal.home.leave")}</p>
    </PortalPage>
  );
}

/** The code that finds an unsent report again. */
export function DraftCodePage({
  code,
  until,
  back,
}: {
  readonly code: string;
  readonly until: Temporal.Instant;
  readonly back: string;
}) {
  const { t, locale, zone, now } = useTools();
  return (
    <PortalPage title={t("portal.draft.title")} page="0" back={back}>
      <p class="code" translate={false} dir="ltr">
        {inHalves(code)}
      </p>
      <p>{t("portal.draft.how")}</p>
      <p>{t("portal.draft.until", { when: momentOf(until, { locale, zone, now }, "long") })}</p>
      <p>
        <a href={`${DRAFT_CODE}/${NOTE}`} download={NOTE}>
          {t("portal.code.save")}
        </a>
      </p>
      <p class="buttons">
        <a class="button" href={back}>
          {t("portal.draft.on")}
        </a>
      </p>
      <p>
        <a href="/alerts">{t("alerts.title")}</a>
      </p>
      <p>
        <a href="/advice">{t("advice.title")}</a>
      </p>
      <p>
        <a href="/statistics">{t("portal.home.statistics")}</a>
      </p>
    </PortalPage>
  );
}

/** The last page: the code, and what happens next. */
export function SentPage({
  code,
  reference,
  due,
  picture,
}: {
  readonly code: string;
  readonly reference: string;
  /** When the first answer is owed; `null` where none is. */
  readonly due: Temporal.Instant | null;
  /** The code as a QR picture, SVG made here. */
  readonly picture: string;
}) {
  const { t, locale, zone, now } = useTools();
  return (
    <PortalPage title={t("portal.sent.title")} page={String(STEPS.length + 1)}>
      <section class="code-panel" aria-labelledby="code-title">
        <h2 id="code-title">{t("portal.sent.code")}</h2>
        <p class="code" translate={false} dir="ltr">
          {inHalves(code)}
        </p>
        <p>{t("portal.sent.keep")}</p>
        <p>
          <a href={`${SENT}/${NOTE}`} download={NOTE}>
            {t("portal.code.save")}
          </a>
        </p>
        <div class="qr" aria-hidden="true" dangerouslySetInnerHTML={{ __html: picture }} />
      </section>
      <h2>{t("portal.sent.next")}</h2>
      <p>
        {due ? t("portal.sent.due", { when: momentOf(due, { locale, zone, now }, "long") }) : t("portal.sent.due.none")}
      </p>
      <p>
        {t("portal.sent.follow")} <a href={CODE}>{t("portal.follow.title")}</a>
      </p>
      <Facts rows={[[t("portal.sent.reference"), <bdi class="code-small">{reference}</bdi>]]} />
      <p>
        <a href={`${SENT}/${RECEIPT}`} download={RECEIPT}>
          {t("portal.receipt.save")}
        </a>
      </p>
    </PortalPage>
  );
}

/** Breaks in the middle only, where the screen is narrow: two lines of two groups are easier to copy than three and one. */
const inHalves = (code: string): string => code.replaceAll(/(\S+) (\S+)/g, "$1\u00a0$2");
