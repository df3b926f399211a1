import type { ComponentChildren } from "preact";
import { useTools } from "../kernel/tools.ts";
import { Breadcrumb, type Crumb } from "./breadcrumb.tsx";
import { DeskHeader } from "./desk-header.tsx";
import { DeskNavigation } from "./desk-navigation.tsx";
import { Document } from "./document.tsx";
import { Island } from "./island.tsx";
import { Notice } from "./notice.tsx";

/** What DeskPage is drawn from. */
export interface DeskPageProps {
  readonly title: string;
  /** The page's heading where it is not the title. */
  readonly heading?: ComponentChildren;
  /** What kind of thing this is, above the heading: "Request M31". */
  readonly kicker?: ComponentChildren;
  /** Tags beside the heading: state, priority. */
  readonly tags?: ComponentChildren;
  /** One sentence below the heading. */
  readonly lead?: ComponentChildren;
  readonly trail?: readonly Crumb[];
  /** The one thing to begin here, at the end of the heading: "Open a case". */
  readonly action?: { readonly href: string; readonly label: string } | undefined;
  readonly side?: ComponentChildren;
  /** Above the middle and the right: what needs the whole width, as the life of a request does. */
  readonly picture?: ComponentChildren;
  readonly subject?: string;
  readonly wrong?: boolean;
  readonly theme?: "light" | "dark";
  readonly islands?: readonly string[];
  /** Seconds after which a browser that runs no programs reads the page anew: for what must be watched. */
  readonly refreshSeconds?: number;
  readonly children: ComponentChildren;
}

/**
 * A page of the officers' face. Left: where you are. Middle: the worklist or the thing. Right (`side`): what can be done,
 * and why what cannot is not allowed. Narrow screens put the three below each other, acts before the long middle.
 *
 * With `subject="request"` the sentence `done.request.<verb>` greets the reader who comes back from an act (`?done=verb`).
 */
export function DeskPage({
  title,
  heading = title,
  kicker,
  tags,
  lead,
  trail,
  action,
  side,
  picture,
  subject,
  wrong = false,
  theme,
  islands = [],
  refreshSeconds,
  children,
}: DeskPageProps) {
  const { t, node } = useTools();
  return (
    <Document
      title={`${wrong ? t("ui.error-prefix") : ""}${title} – ${node.name} – Comity`}
      style="desk.css"
      {...(theme ? { theme } : {})}
      head={<Head refreshSeconds={refreshSeconds} />}
    >
      <a class="skip" href="#main">
        {t("ui.skip")}
      </a>
      <DeskHeader />
      <div class={side ? "desk with-side" : "desk"}>
        <DeskNavigation />
        <main id="main" class="desk-main" tabindex={-1}>
          <Title {...{ heading, kicker, tags, lead, trail, action }} />
          {subject && <Done subject={subject} />}
          {picture && <div class="desk-picture">{picture}</div>}
          <div class="desk-columns">
            {side && (
              <aside class="desk-side" aria-label={t("ui.side")}>
                {side}
              </aside>
            )}
            <div class="desk-body">{children}</div>
          </div>
        </main>
      </div>
      <Island name="keys" />
      <Island name="scroll" />
      {islands.map((island) => (
        <Island name={island} key={island} />
      ))}
    </Document>
  );
}

/** The desk's mark, and its typeface before the style sheet asks for it. */
function Head({ refreshSeconds }: { readonly refreshSeconds: number | undefined }) {
  const { asset } = useTools();
  return (
    <>
      {refreshSeconds !== undefined && (
        <noscript>
          <meta http-equiv="refresh" content={`${refreshSeconds}`} />
        </noscript>
      )}
      <link rel="icon" href={asset("icon.svg")} type="image/svg+xml" />
      <link rel="preload" href={asset("public-sans-latin.woff2")} as="font" type="font/woff2" crossorigin="anonymous" />
    </>
  );
}

type TitleProps = Pick<DeskPageProps, "heading" | "kicker" | "tags" | "lead" | "trail" | "action">;

/** The thing's name, what it is, and how it stands. */
function Title({
  heading,
  kicker,
  tags,
  lead,
  trail = [],
  action,
}: { readonly [Part in keyof TitleProps]: TitleProps[Part] | undefined }) {
  return (
    <header class="desk-title">
      {trail.length > 0 && <Breadcrumb trail={trail} />}
      {kicker && <p class="kicker">{kicker}</p>}
      <div class="desk-heading">
        <h1>{heading}</h1>
        {tags && <p class="desk-tags">{tags}</p>}
        {action && (
          <a class="button desk-action" href={action.href}>
            {action.label}
          </a>
        )}
      </div>
      {lead && <p class="lead">{lead}</p>}
    </header>
  );
}

/** Says what was just done, if the address says that something was. */
function Done({ subject }: { readonly subject: string }) {
  const { t, has, url } = useTools();
  const verb = new URLSearchParams(url.split("?")[1] ?? "").get("done");
  const key = `done.${subject}.${verb ?? ""}`;
  return verb && has(key) ? (
    <Notice tone="good" live>
      {t(key)}
    </Notice>
  ) : null;
}
