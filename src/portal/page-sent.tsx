import { useTools } from "../kernel/tools.ts";
import { Facts } from "../ui/facts.tsx";
import { PortalPage } from "../ui/portal-page.tsx";
import { momentOf } from "../ui/when.tsx";

/** The way in: what this is, and the two things one can do. */
export function HomePage({ police }: { readonly police: string }) {
  const { t } = useTools();
  return (
    <PortalPage title={t("portal.home.title")}>
      <p class="lead">{t("portal.home.lead")}</p>
      <p>
        <strong>
          {t("portal.home.danger")}{" "}
          <a href={`tel:${police.replaceAll(/[^\d+]/g, "")}`} dir="ltr">
            {police}
          </a>
        </strong>
      </p>
      <p class="buttons">
        <a class="button" href="/report">
          {t("portal.home.start")}
        </a>
      </p>
      <p>
        <a href="/follow">{t("portal.home.follow")}</a>
      </p>
      <p>
        <a href="/statistics">{t("portal.home.statistics")}</a>
      </p>
    </PortalPage>
  );
}

/** The last page: the code, once, and what happens next. */
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
    <PortalPage title={t("portal.sent.title")} leave={false}>
      <section class="code-panel" aria-labelledby="code-title">
        <h2 id="code-title">{t("portal.sent.code")}</h2>
        <p class="code" translate={false}>
          {inHalves(code)}
        </p>
        <p>{t("portal.sent.keep")}</p>
        <div class="qr" aria-hidden="true" dangerouslySetInnerHTML={{ __html: picture }} />
      </section>
      <h2>{t("portal.sent.next")}</h2>
      <p>
        {due ? t("portal.sent.due", { when: momentOf(due, { locale, zone, now }, "long") }) : t("portal.sent.due.none")}
      </p>
      <p>
        {t("portal.sent.follow")} <a href="/follow">{t("portal.follow.title")}</a>
      </p>
      <Facts rows={[[t("portal.sent.reference"), <span class="code-small">{reference}</span>]]} />
    </PortalPage>
  );
}

/** Breaks in the middle only, where the screen is narrow: two lines of two groups are easier to copy than three and one. */
const inHalves = (code: string): string => code.replaceAll(/(\S+) (\S+)/g, "$1\u00a0$2");
