import { page } from "../kernel/page.ts";
import { type Tools, useTools } from "../kernel/tools.ts";
import { DeskPage } from "../ui/desk-page.tsx";
import { durationInWords } from "../ui/duration.ts";
import { EmptyState } from "../ui/empty-state.tsx";
import { FigureRows } from "../ui/figure.tsx";
import { Notice } from "../ui/notice.tsx";
import { When } from "../ui/when.tsx";
import { TABLES } from "./definitions.ts";
import { STEPS } from "./facts.ts";
import { slowest, type StepFigure } from "./figures.ts";
import { Filters, queryOf } from "./page-filters.tsx";
import { WaitingFigure } from "./page-waiting.tsx";
import { type Evaluation, evaluationView } from "./views.ts";
import { groupInWords, type Words } from "./words.ts";

/** Groups whose slowness is put into words: more nobody reads. */
const SAID_MAX = 6;

/** How requests go: what became of them, how long each step took, why they were refused or asked about, and what slows them. */
export const evaluationPage = page({
  path: "/evaluation",
  view: evaluationView,
  render: (found, { t }) => (
    <DeskPage title={t("evaluation.title")} lead={t("evaluation.lead")}>
      <Filters found={found} />
      <p>
        {t("evaluation.counted", { count: found.requests })} <When at={found.from} /> – <When at={found.until} />
      </p>
      {found.requests === 0 ? (
        <EmptyState title={t("evaluation.empty")}>{t("evaluation.empty.hint")}</EmptyState>
      ) : (
        <Found found={found} />
      )}
      <Drills found={found} />
      <Definitions found={found} />
    </DeskPage>
  ),
});

function Found({ found }: { readonly found: Evaluation }) {
  const tools = useTools();
  const { t } = tools;
  const words = { ...tools, peers: found.peers };
  return (
    <>
      <section id="slow">
        <h2>{t("evaluation.slow")}</h2>
        <Slow found={found} words={words} />
      </section>
      <section id="waiting">
        <h2>{t("evaluation.waiting", { step: stepInWords(found.asked.step, tools) })}</h2>
        <WaitingFigure found={found} words={words} />
      </section>
      <section id="volumes">
        <h2>{t("evaluation.volumes")}</h2>
        <Rows name="volumes" found={found} words={words} />
        <Unconfirmed found={found} />
      </section>
      <section id="steps">
        <h2>{t("evaluation.steps")}</h2>
        <Rows name="steps" found={found} words={words} />
      </section>
      <section id="grounds">
        <h2>{t("evaluation.grounds")}</h2>
        {found.grounds.length === 0 ? (
          <p class="quiet">{t("evaluation.no-grounds")}</p>
        ) : (
          <Rows name="grounds" found={found} words={words} />
        )}
      </section>
      {found.emergencies.length > 0 && (
        <section id="emergencies">
          <h2>{t("evaluation.emergencies")}</h2>
          <p class="quiet">{t("evaluation.emergencies.hint")}</p>
          <Rows name="emergencies" found={found} words={words} />
        </section>
      )}
      {found.notices.length > 0 && (
        <section id="notices">
          <h2>{t("evaluation.notices")}</h2>
          <p class="quiet">{t("evaluation.own.hint")}</p>
          <Rows name="notices" found={found} words={words} />
        </section>
      )}
    </>
  );
}

/** Drills stand apart: they are no requests, and no figure above counts them. */
function Drills({ found }: { readonly found: Evaluation }) {
  const tools = useTools();
  const { t } = tools;
  if (found.drills.length === 0) return null;
  return (
    <section id="drills">
      <h2>{t("evaluation.drills")}</h2>
      <p class="quiet">{t("evaluation.drills.hint")}</p>
      <Rows name="drills" found={found} words={{ ...tools, peers: found.peers }} />
    </section>
  );
}

const stepInWords = (step: string, { t }: Pick<Tools, "t">): string =>
  step === "answer" ? t("evaluation.answer") : t(`evaluation.step.${step}`);

/** What slows us, group by group: the step with the longest share of the time, whose time it is, and how many wait in it. */
function Slow({ found, words }: { readonly found: Evaluation; readonly words: Words }) {
  const { t, locale } = words;
  const groups = [...new Set(found.steps.map(({ group }) => group))].slice(0, SAID_MAX);
  const said = groups.flatMap((group) => {
    const step = slowest(found.steps as readonly StepFigure[], group);
    return step ? [{ group, step }] : [];
  });
  if (said.length === 0) return <p class="quiet">{t("evaluation.nothing-slow")}</p>;
  return (
    <ul>
      {said.map(({ group, step: { step, share, median, open } }) => (
        <li key={group}>
          {t("evaluation.slow.sentence", {
            group: groupInWords(found.asked.by, group, words),
            step: stepInWords(step, words),
            share: (share ?? 0).toLocaleString(locale, { style: "percent" }),
            side: t(`evaluation.side.${step === "answer" ? "wire" : STEPS[step]}`),
          })}{" "}
          {median === null
            ? t("evaluation.slow.no-median")
            : t("evaluation.slow.median", { median: durationInWords(median, locale) })}{" "}
          {open > 0 && t("evaluation.slow.open", { count: open })}
        </li>
      ))}
    </ul>
  );
}

/** Emergencies that nobody stood behind afterwards: shown, for that is what abuse looks like. */
function Unconfirmed({ found }: { readonly found: Evaluation }) {
  const { t } = useTools();
  const unconfirmed = found.volumes.reduce((sum, row) => sum + (row.emergencies_unconfirmed ?? 0), 0);
  if (unconfirmed === 0) return null;
  return (
    <Notice tone="waits" title={t("evaluation.unconfirmed", { count: unconfirmed })}>
      <p>{t("evaluation.unconfirmed.hint")}</p>
    </Notice>
  );
}

function Rows({
  name,
  found,
  words,
}: {
  readonly name: keyof typeof TABLES;
  readonly found: Evaluation;
  readonly words: Words;
}) {
  const { t } = words;
  const columns = TABLES[name];
  return (
    <>
      <div class="scroll" tabindex={0} role="group" aria-label={t(`evaluation.${name}`)}>
        <FigureRows
          title={t(`evaluation.${name}`)}
          table={{
            columns: columns.map((column) => ({
              label:
                column.name === "group"
                  ? t(`evaluation.by.${name === "drills" ? "peer" : found.asked.by}`)
                  : t(`evaluation.column.${column.name}`),
              end: column.unit !== "name",
            })),
            rows: (found[name] as readonly Readonly<Record<string, string | number | null>>[]).map((row) =>
              columns.map((column) =>
                cell(row[column.name], { ...column, by: name === "drills" ? "peer" : found.asked.by, row }, words),
              ),
            ),
          }}
        />
      </div>
      <p class="small">
        {t("statistics.download")} <a href={`/api/v1/evaluation/${name}.csv${queryOf(found)}`}>CSV</a>
      </p>
    </>
  );
}

function cell(
  value: string | number | null | undefined,
  {
    name,
    unit,
    by,
    row,
  }: {
    readonly name: string;
    readonly unit: string;
    readonly by: Evaluation["asked"]["by"];
    readonly row: Readonly<Record<string, string | number | null>>;
  },
  words: Words,
): string {
  const { t, locale, has } = words;
  if (value === null || value === undefined) return "–";
  switch (unit) {
    case "milliseconds":
      return durationInWords(Number(value), locale);
    case "minutes":
      return durationInWords(Number(value) * 60_000, locale);
    case "share":
      return Number(value).toLocaleString(locale, { style: "percent" });
    case "name":
      if (name === "group") return groupInWords(by, String(value), words);
      if (name === "step") return stepInWords(String(value), words);
      if (name === "direction") return t(`evaluation.direction.${value}`);
      if (name === "kind") return t(`evaluation.kind.${value}`);
      return value === "" ? t("evaluation.unsaid") : groundInWords(String(row["kind"]), String(value), { t, has });
    default:
      return Number(value).toLocaleString(locale);
  }
}

function groundInWords(kind: string, ground: string, { t, has }: Pick<Tools, "t" | "has">): string {
  const key = kind === "refusal" ? `ground.${ground}` : `option.about.${ground}`;
  return has(key) ? t(key) : ground;
}

/** What each figure is: formula, unit, source; the same as the files say. */
function Definitions({ found }: { readonly found: Evaluation }) {
  const { t } = useTools();
  return (
    <section id="definitions">
      <h2>{t("evaluation.definitions")}</h2>
      <p>{t("evaluation.definitions.text")}</p>
      <p class="small">
        {t("statistics.download")} <a href={`/api/v1/evaluation${queryOf(found)}`}>JSON</a>,{" "}
        <a href="/api/v1/evaluation/definitions.csv">{t("evaluation.definitions")}, CSV</a>,{" "}
        <a href={`/api/v1/evaluation${queryOf(found, { for: "public" })}`}>{t("evaluation.public")}</a>
      </p>
    </section>
  );
}
