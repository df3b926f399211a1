import { useTools } from "../kernel/tools.ts";
import { Island } from "./island.tsx";

const GROUP = 4;

/**
 * A digest, key, code or number of which every character counts: grouped by four to the eye, copied without gaps.
 * `short` shows the two ends. `compare` adds a box to hold it against another.
 */
export function Hash({
  value,
  label,
  short = false,
  compare = false,
}: {
  readonly value: string;
  /** What it is, for who cannot see it: "SHA-256 of the file". */
  readonly label?: string;
  readonly short?: boolean;
  readonly compare?: boolean;
}) {
  const { t } = useTools();
  const groups = value.match(new RegExp(`.{1,${GROUP}}`, "gu")) ?? [];
  const isCut = short && groups.length > 4;
  return (
    <span class="hash" data-hash={value}>
      {label && <span class="hidden">{label} </span>}
      <code dir="ltr" title={isCut ? value : undefined}>
        {isCut
          ? [...groups.slice(0, 2), "…", ...groups.slice(-2)].map((group, index) => <span key={index}>{group}</span>)
          : groups.map((group, index) => <span key={index}>{group}</span>)}
      </code>
      <button type="button" class="bare" data-copy hidden data-done={t("ui.copied")}>
        {t("ui.copy")}
      </button>
      {compare && (
        <label class="hash-compare" data-compare hidden>
          {t("ui.compare")}
          <input autocomplete="off" spellcheck={false} dir="ltr" />
          <output data-same={t("ui.same")} data-other={t("ui.not-same")} />
        </label>
      )}
      <Island name="hash" />
    </span>
  );
}
