import { ToolsContext, useTools } from "../kernel/tools.ts";
import { ActPanel } from "./act-panel.tsx";
import { sampleActs } from "./design-acts.ts";
import { DesignFields } from "./design-fields.tsx";
import { DesignLists } from "./design-lists.tsx";
import { DesignPictures, SampleLanes } from "./design-pictures.tsx";
import { DesignProofs } from "./design-proofs.tsx";
import { DesignWords } from "./design-words.tsx";
import { DeskPage } from "./desk-page.tsx";
import { Facts } from "./facts.tsx";
import { Tag } from "./tag.tsx";

/** The moment at which the design page always stands, so that two pictures of it can be compared. */
const SAMPLE_NOW = Temporal.Instant.from("2026-12-01T10:20:00Z");

/** Every component in every state, on the desk's own frame. What looks wrong here is wrong everywhere. */
export function DesignPage({ theme }: { readonly theme?: "light" | "dark" }) {
  const tools = useTools();
  const { t } = tools;
  const navigation = ["inbox", "reports", "cases", "requests", "evidence", "statistics"].map((part, index) => ({
    href: `#${part}`,
    label: t(`ui.design.nav.${part}`),
    count: [3, 1204, 0, 12, 0, 0][index] ?? 0,
    current: part === "requests",
  }));
  return (
    <ToolsContext.Provider value={{ ...tools, now: SAMPLE_NOW, zone: "Indian/Mauritius", navigation }}>
      <DeskPage
        title={t("ui.design.title")}
        kicker={t("ui.design.kicker")}
        tags={
          <>
            <Tag tone="waits">{t("ui.design.tag.waits")}</Tag>
            <Tag>{t("ui.design.tag.plain")}</Tag>
          </>
        }
        lead={t("ui.design.lead")}
        trail={[
          { label: t("ui.design.nav.requests"), href: "#requests" },
          { label: "R-2026-0117", href: "#one" },
        ]}
        side={<Side />}
        picture={<SampleLanes />}
        {...(theme ? { theme } : {})}
      >
        <Looks />
        <DesignPictures />
        <DesignProofs />
        <DesignLists />
        <DesignFields />
        <DesignWords />
      </DeskPage>
    </ToolsContext.Provider>
  );
}

function Side() {
  const { t } = useTools();
  return (
    <>
      <ActPanel acts={sampleActs} provision={() => ({ words: t("ui.design.provision"), href: "#law" })} />
      <section>
        <h2>{t("ui.design.facts")}</h2>
        <Facts
          rows={[
            [t("ui.design.office"), t("ui.design.office.name")],
            [t("ui.design.offence"), t("ui.design.offence.name")],
          ]}
        />
      </section>
    </>
  );
}

/** Links that show this page the other ways. */
function Looks() {
  const { t, dir } = useTools();
  const looks = [
    { key: "light", href: `?theme=light&dir=${dir}` },
    { key: "dark", href: `?theme=dark&dir=${dir}` },
    { key: "ltr", href: "?dir=ltr" },
    { key: "rtl", href: "?dir=rtl" },
    { key: "portal", href: `/design/portal?dir=${dir}` },
  ];
  return (
    <div class="filter" role="group" aria-label={t("ui.design.looks")}>
      <span class="filter-label">{t("ui.design.looks")}</span>
      {looks.map(({ key, href }) => (
        <a key={key} class="chip" href={href}>
          {t(`ui.design.look.${key}`)}
        </a>
      ))}
    </div>
  );
}
