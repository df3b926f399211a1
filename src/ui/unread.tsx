import { isWhole } from "../kernel/i18n.ts";
import { useTools } from "../kernel/tools.ts";
import { nameOf, withLanguage } from "./language-switch.tsx";

/** Says that nobody whose language this is has read the page's words yet, with the way to a language that is whole. */
export function Unread() {
  const { t, awaitsReader, locales, url } = useTools();
  const other = locales.find(isWhole);
  if (!awaitsReader) return null;
  return (
    <p class="unread">
      {t("ui.unread")}{" "}
      {other && (
        <a href={withLanguage(url, other)} lang={other} hreflang={other}>
          {nameOf(other)}
        </a>
      )}
    </p>
  );
}
