import { useTools } from "../kernel/tools.ts";
import { ARTICLE_CODES, MEASURE_CODES, REACHES } from "../law/slice.ts";
import { STEP_NAMES } from "./facts.ts";
import { DIMENSIONS } from "./figures.ts";
import type { Evaluation } from "./views.ts";
import { groupInWords } from "./words.ts";

/** What was asked, as an address’s query; the files count the same. */
export function queryOf(
  { asked, from, until }: Pick<Evaluation, "asked" | "from" | "until">,
  more: Readonly<Record<string, string>> = {},
): string {
  const given = { ...asked, from: from.toString(), until: until.toString(), ...more };
  return `?${new URLSearchParams(Object.entries(given).filter((each): each is [string, string] => each[1] !== undefined))}`;
}

/** Which requests are counted, and how they are told apart. A form that works without a script; its address can be kept. */
export function Filters({ found }: { readonly found: Evaluation }) {
  const tools = useTools();
  const { t } = tools;
  const { asked, from, until, peers } = found;
  const words = { ...tools, peers };
  const select = (
    name: string,
    values: readonly string[],
    { chosen, label, any = true }: { chosen: string | undefined; label: (value: string) => string; any?: boolean },
  ) => (
    <p>
      <label for={`f-${name}`}>{t(`evaluation.filter.${name}`)}</label>
      <select id={`f-${name}`} name={name}>
        {any && <option value="">{t("requests.any")}</option>}
        {values.map((value) => (
          <option key={value} value={value} selected={value === chosen}>
            {label(value)}
          </option>
        ))}
      </select>
    </p>
  );
  const day = (name: "from" | "until", value: Temporal.PlainDate) => (
    <p>
      <label for={`f-${name}`}>{t(`evaluation.filter.${name}`)}</label>
      <input id={`f-${name}`} type="date" name={name} value={value.toString()} />
    </p>
  );
  return (
    <form method="get" action="/evaluation" class="ask-figures">
      {select("by", DIMENSIONS, { chosen: asked.by, label: (by) => t(`evaluation.by.${by}`), any: false })}
      {select("step", ["answer", ...STEP_NAMES], {
        chosen: asked.step,
        label: (step) => (step === "answer" ? t("evaluation.answer") : t(`evaluation.step.${step}`)),
        any: false,
      })}
      {day("from", from)}
      {day("until", until)}
      {select("direction", ["outgoing", "incoming"], {
        chosen: asked.direction,
        label: (each) => t(`evaluation.direction.${each}`),
      })}
      {select(
        "peer",
        [...peers.keys()].filter((code) => code !== tools.node.code),
        { chosen: asked.peer, label: (peer) => groupInWords("peer", peer, words) },
      )}
      {select("measure", MEASURE_CODES, {
        chosen: asked.measure,
        label: (each) => groupInWords("measure", each, words),
      })}
      {select("category", REACHES, { chosen: asked.category, label: (each) => groupInWords("category", each, words) })}
      {select("article", ARTICLE_CODES, {
        chosen: asked.article,
        label: (each) => groupInWords("article", each, words),
      })}
      <p>
        <button type="submit">{t("evaluation.filter.show")}</button>
      </p>
    </form>
  );
}
