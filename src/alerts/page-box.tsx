import { createHash } from "node:crypto";
import { z } from "zod";
import { direction, type Translate } from "../kernel/i18n.ts";
import { useTools } from "../kernel/tools.ts";
import { PortalPage } from "../ui/portal-page.tsx";
import { SelectField } from "../ui/select-field.tsx";
import { TextareaField } from "../ui/textarea-field.tsx";
import { dateLocale } from "../ui/when.tsx";
import { GROUPS, TOPICS, wordsFor } from "./alert.ts";
import type { PublicAlert, Writing } from "./feeds.ts";
import { titled } from "./letters.ts";

/** What whoever puts the box into their page may choose; anything else is as if it were not there. */
export const boxInput = z.object({
  theme: z.enum(["auto", "light", "dark"]).default("auto").catch("auto"),
  language: z
    .string()
    .regex(/^[a-z]{2,3}$/)
    .optional()
    .catch(undefined),
  category: z.enum(GROUPS).optional().catch(undefined),
  limit: z.coerce.number().int().min(1).max(10).default(5).catch(5),
});
export type BoxInput = z.output<typeof boxInput>;

const LIGHT = "--p:#fff;--i:#16181d;--q:#4d525c;--l:#1a4480;--h:#d5d8dd";
const DARK = "--p:#16181d;--i:#f2f3f5;--q:#b4b9c2;--l:#9cc3ff;--h:#3a3f48";
const STYLE = `:root{${LIGHT}}@media(prefers-color-scheme:dark){:root[data-theme=auto]{${DARK}}}:root[data-theme=dark]{${DARK}}*{box-sizing:border-box}body{margin:0;padding:12px 16px;background:var(--p);color:var(--i);font:16px/1.45 system-ui,sans-serif;overflow-wrap:anywhere}h1{font-size:1rem;margin:0 0 8px}ul{list-style:none;margin:0;padding:0}li{border-block-start:1px solid var(--h);padding-block:8px}a{color:var(--l)}a:focus-visible{outline:3px solid currentColor;outline-offset:2px}p{margin:0;color:var(--q);font-size:.875rem}footer{border-block-start:1px solid var(--h);padding-block-start:8px;font-size:.875rem}`;

/** The box may be shown anywhere, and does nothing there but show itself: no script, no cookie, nothing loaded. */
export const BOX_POLICY = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'; base-uri 'none'; form-action 'none'; frame-ancestors *`;

/** A few warnings for the page of a newspaper. */
export function Box({
  items,
  input: { theme },
  writing: { base, name, locale, t, zone },
}: {
  readonly items: readonly PublicAlert[];
  readonly input: BoxInput;
  readonly writing: Writing;
}) {
  const day = (at: Temporal.Instant): string =>
    at.toZonedDateTimeISO(zone).toLocaleString(dateLocale(locale), { day: "numeric", month: "long", year: "numeric" });
  return (
    <html lang={locale} dir={direction(locale)} data-theme={theme}>
      <head>
        <meta charset="utf-8" />
        <title>{t("alerts.feed.title", { country: name })}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content={theme === "auto" ? "light dark" : theme} />
        <style dangerouslySetInnerHTML={{ __html: STYLE }} />
      </head>
      <body>
        <h1>{t("alerts.feed.title", { country: name })}</h1>
        {items.length === 0 ? (
          <p>{t("alerts.none")}</p>
        ) : (
          <ul>
            {items.map((alert) => {
              const shown = wordsFor(alert.content, locale);
              const language = shown?.language ?? locale;
              return (
                <li key={alert.id}>
                  <a
                    href={`${base}/alerts/${alert.id}?lang=${locale}`}
                    target="_blank"
                    rel="noopener"
                    lang={language}
                    dir={direction(language)}
                  >
                    {titled(t, alert.state, shown?.words.title ?? "")}
                  </a>
                  <p>{day(alert.changed_at)}</p>
                </li>
              );
            })}
          </ul>
        )}
        <footer>
          <a href={`${base}/alerts?lang=${locale}`} target="_blank" rel="noopener">
            {t("alerts.box.all")}
          </a>
        </footer>
      </body>
    </html>
  );
}

/** Address of the box with what was chosen. */
const boxAddress = (base: string, { theme, language, category, limit }: BoxInput): string => {
  const query = new URLSearchParams({
    theme,
    ...(language === undefined ? {} : { language }),
    ...(category === undefined ? {} : { category }),
    limit: String(limit),
  });
  return `${base}/alerts/box?${query.toString()}`;
};

const attribute = (text: string): string => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");

/** The lines to copy into a page. */
export const boxCode = (base: string, input: BoxInput, title: string): string =>
  `<iframe src="${attribute(boxAddress(base, input))}" title="${attribute(title)}" width="100%" height="420" style="border:0" loading="lazy" sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>`;

/** Chooses, shows, and gives the lines to copy. */
export function EmbedPage({
  input,
  base,
  name,
  words,
}: {
  readonly input: BoxInput;
  readonly base: string;
  readonly name: string;
  readonly words: Translate;
}) {
  const { t, locale, locales } = useTools();
  const chosen: BoxInput = { ...input, language: input.language ?? locale };
  const title = words("alerts.feed.title", { country: name });
  return (
    <PortalPage title={t("alerts.embed.title")} leave={false} back="/alerts">
      <p class="lead">{t("alerts.embed.lead")}</p>
      <TextareaField name="code" label={t("alerts.embed.code")} rows={7} value={boxCode(base, chosen, title)} />
      <h2>{t("alerts.embed.looks")}</h2>
      <iframe
        class="embed"
        src={boxAddress("", chosen)}
        title={title}
        width="100%"
        height="420"
        loading="lazy"
        sandbox="allow-popups allow-popups-to-escape-sandbox"
      />
      <h2>{t("alerts.embed.choose")}</h2>
      <form method="get" action="/alerts/embed">
        <SelectField
          name="theme"
          label={t("alerts.embed.theme")}
          value={chosen.theme}
          options={(["auto", "light", "dark"] as const).map((each) => ({
            value: each,
            label: t(`alerts.embed.theme.${each}`),
          }))}
        />
        <SelectField
          name="language"
          label={t("ui.languages")}
          value={chosen.language}
          options={locales.map((each) => ({
            value: each,
            label: new Intl.DisplayNames([each], { type: "language" }).of(each) ?? each,
          }))}
        />
        <SelectField
          name="category"
          label={t("alerts.about")}
          required={false}
          value={chosen.category}
          options={TOPICS.map((group) => ({ value: group, label: t(`advice.${group}.title`) }))}
        />
        <SelectField
          name="limit"
          label={t("alerts.embed.limit")}
          value={String(chosen.limit)}
          options={["3", "5", "10"].map((each) => ({ value: each, label: each }))}
        />
        <p class="buttons">
          <button class="plain">{t("alerts.narrow.show")}</button>
        </p>
      </form>
    </PortalPage>
  );
}
