import { useTools } from "../kernel/tools.ts";
import { Confirmation } from "./confirmation.tsx";
import { Country } from "./country.tsx";
import { Diff } from "./diff.tsx";
import { Facts } from "./facts.tsx";
import { Loading } from "./loading.tsx";
import { Money } from "./money.tsx";
import { Notice } from "./notice.tsx";
import { Person } from "./person.tsx";
import { Tag } from "./tag.tsx";
import { Thread } from "./thread.tsx";
import { When } from "./when.tsx";
import { Why } from "./why.tsx";

const at = (text: string) => Temporal.Instant.from(text);
const TONES = ["plain", "late", "waits", "sealed", "good"] as const;

/** Words: notices, facts, messages, reasons, what changed. */
export function DesignWords() {
  return (
    <>
      <FirstWords />
      <SecondWords />
    </>
  );
}

function FirstWords() {
  const { t } = useTools();
  return (
    <>
      <section>
        <h2>{t("ui.design.notices")}</h2>
        {TONES.map((tone) => (
          <Notice key={tone} tone={tone} {...(tone === "late" ? { title: t("ui.design.tag.late") } : {})}>
            {t(`ui.design.notice.${tone}`)}
          </Notice>
        ))}
        <p>
          {TONES.map((tone) => (
            <>
              <Tag key={tone} tone={tone}>
                {t(`ui.design.tag.${tone}`)}
              </Tag>{" "}
            </>
          ))}
          <Tag>{t("ui.design.long")}</Tag>
        </p>
        <Loading />
      </section>
      <section>
        <h2>{t("ui.design.facts")}</h2>
        <Facts
          rows={[
            [t("ui.design.number"), "R-2026-0117"],
            [
              t("ui.design.peer"),
              <>
                <Country code="XB" name="Belmora" />, <Country code="MU" />
              </>,
            ],
            [
              t("ui.design.office"),
              <Person
                name="M. Santos"
                role={t("ui.design.role")}
                office={t("ui.design.office.peer")}
                country="Belmora"
              />,
            ],
            [
              t("ui.design.field.lost"),
              <>
                <Money amount="1250000.50" currency="MUR" />, <Money amount="0.084512345678901234" currency="BTC" />
              </>,
            ],
            [t("ui.design.field.moment"), <When at={at("2026-11-12T07:06:00Z")} precision="long" />],
            [t("ui.design.field.facts"), t("ui.design.long"), { href: "#change", label: t("ui.design.change") }],
            [t("ui.design.field.mail"), ""],
          ]}
        />
      </section>
    </>
  );
}

function SecondWords() {
  const { t } = useTools();
  return (
    <>
      <section>
        <h2>{t("ui.design.thread")}</h2>
        <Thread
          messages={[
            { from: "Belmora", at: at("2026-11-12T07:31:00Z"), words: t("ui.design.message.1") },
            {
              from: "Aruna",
              at: at("2026-11-12T08:02:00Z"),
              words: t("ui.design.long"),
              own: true,
              files: [{ name: "annex-1.pdf", href: "#annex", size: "184 kB" }],
              state: t("ui.lanes.received"),
            },
          ]}
        />
        <Thread messages={[]} />
      </section>
      <section>
        <h2>{t("ui.design.reasons")}</h2>
        <Why
          allowed={false}
          reason={t("refusal.ui.design", { act: t("act.ui.design.execute") })}
          provisions={[{ cite: "CETS 185 Art. 15(2)", words: t("ui.design.provision"), href: "#law" }]}
          policies={["core.duties-are-separate"]}
        />
        <Why allowed provisions={[{ cite: "CETS 185 Art. 29(7)" }]} policies={["base.extend", "xa.unit-head"]} />
      </section>
      <section>
        <h2>{t("ui.design.diff")}</h2>
        <Diff
          changes={[
            { label: t("ui.design.field.facts"), before: t("ui.design.diff.before"), after: t("ui.design.diff.after") },
            { label: t("ui.design.field.day"), before: "2026-12-03", after: "2027-01-12" },
          ]}
        />
      </section>
      <section>
        <h2>{t("ui.design.done")}</h2>
        <Confirmation title={t("ui.design.done.title")} keep={{ label: t("ui.design.number"), value: "R-2026-0117" }}>
          <p>{t("ui.design.done.next")}</p>
        </Confirmation>
      </section>
    </>
  );
}
