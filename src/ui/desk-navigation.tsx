import { useTools } from "../kernel/tools.ts";

/** The parts of the desk that this reader may open, with how much waits in each. On narrow screens a row that scrolls. */
export function DeskNavigation() {
  const { t, locale, navigation } = useTools();
  if (navigation.length === 0) return null;
  const number = new Intl.NumberFormat(locale);
  return (
    <nav class="desk-nav" aria-label={t("ui.navigation")} data-scroll-to="[aria-current]">
      <ul>
        {navigation.map(({ href, label, count, more, current }) => (
          <li key={href}>
            <a href={href} {...(current ? { "aria-current": "page" } : {})}>
              <span>{label}</span>
              {count !== undefined && count > 0 && (
                <b class="count" title={t(more ? "ui.waiting-more" : "ui.waiting", { count })}>
                  {more ? t("ui.or-more", { count }) : number.format(count)}
                </b>
              )}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
