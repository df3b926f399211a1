import type { ComponentChildren } from "preact";
import { useTools } from "../kernel/tools.ts";
import { Document } from "./document.tsx";
import { Island } from "./island.tsx";
import { LanguageSwitch } from "./language-switch.tsx";
import { Unread } from "./unread.tsx";

/** What PortalPage is drawn from. */
export interface PortalPageProps {
  readonly title: string;
  readonly heading?: ComponentChildren;
  /**
   * Names the page in the window's title, which then tells nothing but this and the country: who looks over a shoulder, or into a
   * browser's history, does not learn what the page is about. Left out only on pages that anybody may be seen with.
   */
  readonly page?: string | undefined;
  /** Which question of how many this is, said in words. */
  readonly step?: { readonly now: number; readonly of: number };
  /** Address of the page before. */
  readonly back?: string;
  /** True where something typed needs to be put right: said first in the window's title. */
  readonly wrong?: boolean;
  /** The key that leaves this site at once. */
  readonly leave?: boolean;
  /** Links beside the languages at the end of the page. */
  readonly foot?: ComponentChildren;
  readonly islands?: readonly string[];
  /** Style sheets beside the portal's own, for pages that few open first. */
  readonly styles?: readonly string[];
  readonly children: ComponentChildren;
}

/**
 * A page of the public's face: where am I, how do I get away, one question.
 *
 * The title is the page's heading unless `heading` is given (`null` where a field's own label is the heading).
 */
export function PortalPage({
  title,
  heading = title,
  page,
  step,
  back,
  wrong = false,
  leave = true,
  foot,
  islands = [],
  styles = [],
  children,
}: PortalPageProps) {
  const { t, node, asset } = useTools();
  const name = t("ui.portal.name");
  const full =
    page !== undefined
      ? `${wrong ? t("ui.error-prefix") : ""}${page === "" ? "" : `${t("portal.page", { page })} – `}${node.name}`
      : `${wrong ? t("ui.error-prefix") : ""}${title}${title === name ? "" : ` – ${name}`} – ${node.name}`;
  return (
    <Document
      title={full}
      style="portal.css"
      head={
        <>
          <link rel="icon" href="data:," />
          {styles.map((name) => (
            <link key={name} rel="stylesheet" href={asset(name)} />
          ))}
        </>
      }
    >
      <a class="skip" href="#main">
        {t("ui.skip")}
      </a>
      <header class="top">
        <p>
          <strong>{name}</strong>
          <span>{node.name}</span>
        </p>
        {leave && (
          <a class="leave" href={t("ui.leave.address")} rel="noreferrer nofollow" title={t("ui.leave.hint")}>
            {t("ui.leave")}
          </a>
        )}
      </header>
      <Unread />
      <main id="main">
        {back && (
          <a class="back" href={back}>
            {t("ui.back")}
          </a>
        )}
        {step && <p class="step">{t("ui.step", { now: step.now, of: step.of })}</p>}
        {heading !== null && <h1>{heading}</h1>}
        {children}
      </main>
      <footer class="foot">
        {foot}
        <LanguageSwitch />
      </footer>
      {leave && <Island name="leave" />}
      {islands.map((island) => (
        <Island name={island} key={island} />
      ))}
    </Document>
  );
}
