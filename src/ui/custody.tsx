import type { ComponentChildren } from "preact";
import { useTools } from "../kernel/tools.ts";
import { Hash } from "./hash.tsx";
import { When } from "./when.tsx";

/** One line of the custody story: who did what, when, and whether the bytes were still the same. */
export interface Custody {
  readonly at: Temporal.Instant;
  readonly what: ComponentChildren;
  readonly who: ComponentChildren;
  /** `null` where this act did not touch the bytes. */
  readonly unchanged: boolean | null;
  /** SHA-256 found at that time, hex. */
  readonly digest?: string;
  /** What stands below the line: remarks, corrections, all that was recorded. */
  readonly more?: ComponentChildren;
  /** Under which name the line is led to. */
  readonly id?: string;
  /** Where the proof stands. */
  readonly proof?: string;
}

/** The custody story, one line each; every line has a seal that opens to its digest and its proof. */
export function CustodyStory({ lines }: { readonly lines: readonly Custody[] }) {
  const { t } = useTools();
  return (
    <ol class="custody">
      {lines.map(({ at, what, who, unchanged, digest, proof, more, id }, index) => (
        <li key={index} id={id} class={unchanged === null ? "untouched" : unchanged ? undefined : "late"}>
          <span class="custody-when">
            <When at={at} />
          </span>
          <span class="custody-what">
            <b dir="auto">{what}</b> <span class="quiet">· {who}</span>
          </span>
          {more && <div class="custody-more">{more}</div>}
          <details class="custody-seal">
            <summary>
              {unchanged !== null && <Seal broken={!unchanged} />}
              {t(
                unchanged === null ? "ui.custody.untouched" : unchanged ? "ui.custody.unchanged" : "ui.custody.changed",
              )}
            </summary>
            {digest && (
              <p>
                <Hash value={digest} label="SHA-256" />
              </p>
            )}
            {proof && (
              <p>
                <a href={proof}>{t("ui.custody.proof")}</a>
              </p>
            )}
          </details>
        </li>
      ))}
    </ol>
  );
}

function Seal({ broken }: { readonly broken: boolean }) {
  return (
    <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true" focusable="false">
      <circle
        cx="9"
        cy="9"
        r="7.500"
        fill={broken ? "none" : "currentColor"}
        stroke="currentColor"
        stroke-width="1.500"
        {...(broken ? { "stroke-dasharray": "4 2.500" } : {})}
      />
      <path
        d={broken ? "M6 6l6 6M12 6l-6 6" : "M5.500 9.500l2.500 2.500 4.500-5"}
        fill="none"
        stroke={broken ? "currentColor" : "var(--paper)"}
        stroke-width="1.800"
      />
    </svg>
  );
}
