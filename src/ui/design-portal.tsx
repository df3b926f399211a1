import { useTools } from "../kernel/tools.ts";
import { Radios } from "./choice-field.tsx";
import { ErrorSummary } from "./error-summary.tsx";
import { Notice } from "./notice.tsx";
import { PortalPage } from "./portal-page.tsx";
import { TextField } from "./text-field.tsx";
import { TextareaField } from "./textarea-field.tsx";
import { Thread } from "./thread.tsx";
import { Facts } from "./facts.tsx";

/** The public's components, one below the other; a real page asks one thing. */
export function DesignPortalPage() {
  const { t } = useTools();
  const tiles = ["account", "money", "threat", "child"] as const;
  return (
    <PortalPage title={t("ui.design.portal.question")} heading={null} step={{ now: 2, of: 9 }} back="#back">
      <ErrorSummary mistakes={[{ name: "danger", message: t("ui.design.error.choose") }]} />
      <form action="#next">
        <Radios
          heading
          name="danger"
          label={t("ui.design.portal.question")}
          hint={t("ui.design.portal.hint")}
          options={[
            { value: "yes", label: t("ui.design.portal.yes"), detail: t("ui.design.portal.yes.detail") },
            { value: "no", label: t("ui.design.portal.no") },
          ]}
          error={t("ui.design.error.choose")}
        />
        <TextareaField name="words" label={t("ui.design.field.facts")} hint={t("ui.design.portal.hint")} />
        <TextField name="phone" type="tel" label={t("ui.design.field.number")} required={false} />
        <div class="buttons">
          <button>{t("ui.design.portal.on")}</button>
        </div>
      </form>
      <h2>{t("ui.design.portal.tiles")}</h2>
      <ul class="tiles">
        {tiles.map((tile) => (
          <li key={tile}>
            <a href={`#${tile}`}>
              {t(`ui.design.portal.${tile}`)}
              <span>{t(`ui.design.portal.${tile}.detail`)}</span>
            </a>
          </li>
        ))}
      </ul>
      <Notice tone="late" title={t("ui.design.portal.danger")}>
        <p>
          <a class="call" href="tel:999">
            999
          </a>
        </p>
      </Notice>
      <Notice tone="good">{t("ui.design.notice.good")}</Notice>
      <p class="code">4821 0937 5526 1184</p>
      <Facts
        rows={[
          [t("ui.design.field.lost"), "MUR 12 500"],
          [t("ui.design.field.day"), "2026-11-12"],
        ]}
      />
      <h2>{t("ui.design.thread")}</h2>
      <Thread
        messages={[
          { from: "Aruna", at: Temporal.Instant.from("2026-11-12T07:31:00Z"), words: t("ui.design.message.1") },
        ]}
      />
    </PortalPage>
  );
}
