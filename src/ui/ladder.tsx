import type { ComponentChildren } from "preact";
import { useTools } from "../kernel/tools.ts";

/** One check of a proof, from these bytes up to the witnesses. */
export interface Check {
  /** What was checked, said as what is so: "The file is the one that was sealed on 3 December." */
  readonly says: ComponentChildren;
  readonly result: "passed" | "failed" | "not-checked";
  readonly detail?: ComponentChildren;
  readonly source?: string;
}

/** The proof: a ladder of checks, each a sentence. Where one failed it is said first, before the ladder, since nothing above it holds. */
export function Ladder({ checks, title }: { readonly checks: readonly Check[]; readonly title?: string }) {
  const { t } = useTools();
  const failed = checks.filter(({ result }) => result === "failed");
  const open = checks.filter(({ result }) => result === "not-checked").length;
  const tone = failed.length > 0 ? "late" : open > 0 ? "waits" : "good";
  return (
    <div class="proof">
      <p class={`proof-verdict ${tone}`}>
        <b>
          {title ??
            t(failed.length > 0 ? "ui.proof.failed" : open > 0 ? "ui.proof.open" : "ui.proof.holds", {
              count: failed.length > 0 ? failed.length : open,
            })}
        </b>
        {failed.map(({ says }, index) => (
          <span key={index}>{says}</span>
        ))}
      </p>
      <ol class="ladder">
        {checks.map(({ says, result, detail, source }, index) => (
          <li key={index} class={result}>
            <Rung result={result} />
            <div>
              <p>
                <span class="hidden">{t(`ui.check.${result}`)}: </span>
                {says}
                {source && <cite> {source}</cite>}
              </p>
              {detail && <div class="small quiet">{detail}</div>}
            </div>
          </li>
        ))}
      </ol>
    </div>
  );
}

const SHAPES: Readonly<Record<Check["result"], string>> = {
  passed: "M6 12.500l4 4L18 8",
  failed: "M7 7l10 10M17 7L7 17",
  "not-checked": "M8 12h8",
};

function Rung({ result }: { readonly result: Check["result"] }) {
  return (
    <svg width="24" height="24" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <circle cx="12" cy="12" r="11" class="rung" />
      <path d={SHAPES[result]} fill="none" class="rung-mark" stroke-width="2.5" />
    </svg>
  );
}
