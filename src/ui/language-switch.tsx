import { useTools } from "../kernel/tools.ts";

/** The languages of this node, each in its own words; hidden where there is but one. */
export function LanguageSwitch() {
  const { t, locale, locales, url } = useTools();
  if (locales.length < 2) return null;
  return (
    <nav class="languages" aria-label={t("ui.languages")}>
      <ul>
        {locales.map((each) => (
          <li key={each}>
            <a
              href={withLanguage(url, each)}
              lang={each}
              hreflang={each}
              {...(each === locale ? { "aria-current": "true" } : {})}
            >
              {nameOf(each)}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** The name of a language in that language, with a capital. */
export function nameOf(locale: string): string {
  const name = new Intl.DisplayNames([locale], { type: "language" }).of(locale) ?? locale;
  return name.charAt(0).toLocaleUpperCase(locale) + name.slice(1);
}

/** The address of this page in another language. */
export function withLanguage(url: string, locale: string): string {
  const [path = "/", query = ""] = url.split("?");
  const parameters = new URLSearchParams(query);
  parameters.set("lang", locale);
  return `${path}?${parameters.toString()}`;
}
