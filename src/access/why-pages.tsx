import { page } from "../kernel/page.ts";
import { DeskPage } from "../ui/desk-page.tsx";
import { Facts } from "../ui/facts.tsx";
import { Hash } from "../ui/hash.tsx";
import { Notice } from "../ui/notice.tsx";
import { When } from "../ui/when.tsx";
import { factLines, lawWords, replayWords } from "./why.ts";
import { whyView } from "./why-views.ts";

/** Why one act was allowed: the sentence first, then provision and rule, the facts, the law, and whether it comes out the same again. */
export const whyPage = page({
  path: "/decisions/:id",
  view: whyView,
  render: (why, { t, has, node, locale }) => {
    const act = has(`act.${why.act}`) ? t(`act.${why.act}`) : why.act;
    return (
      <DeskPage
        title={t("why.title", {
          act,
          known: why.number === null ? "no" : "yes",
          number: why.number ?? "",
          line: why.line,
        })}
        heading={t("why.heading")}
        kicker={act}
        trail={[{ href: why.href, label: t("why.thing") }]}
      >
        <Notice tone={why.replayed.outcome === "same" ? "good" : why.replayed.outcome === "other" ? "late" : "plain"}>
          <p>{replayWords(why, t)}</p>
        </Notice>
        <section>
          <h2>{t("why.rules")}</h2>
          {why.rules.length === 0 && <p>{t("why.rules.none")}</p>}
          {why.rules.map(({ id, effect, source, text }) => (
            <details key={id} open={why.rules.length === 1}>
              <summary>{t("why.rule", { effect, id, source: source ?? t("why.no-source") })}</summary>
              <pre tabindex={0} aria-label={id}>
                <code>{text}</code>
              </pre>
            </details>
          ))}
          {why.basis.map((cite) => (
            <p key={cite}>{t("why.basis", { cite })}</p>
          ))}
        </section>
        <section>
          <h2>{t("why.facts")}</h2>
          {why.facts ? <Facts rows={factLines(why, t, has)} /> : <p>{t("why.facts.none")}</p>}
        </section>
        <section>
          <h2>{t("why.entry")}</h2>
          <p>{lawWords(why, t, locale)}</p>
          <Facts
            rows={[
              [t("why.when"), <When at={Temporal.Instant.from(why.at)} />],
              [
                t("why.who"),
                why.actor.id.startsWith("system:")
                  ? t("actor.node")
                  : [why.actor.name ?? why.actor.id, why.actor.officeName ?? node.name].join(", "),
              ],
              [t("why.digest"), <Hash value={why.digest} label="SHA-256" />],
              [t("powers.digest"), <Hash value={why.law.digest} label="SHA-256" />],
            ]}
          />
        </section>
      </DeskPage>
    );
  },
});
