import type { Kept } from "../kernel/caller.ts";
import type { Problem } from "../kernel/problem.ts";
import { useTools } from "../kernel/tools.ts";
import { DeskPage } from "./desk-page.tsx";
import { PortalPage } from "./portal-page.tsx";

/** The page for an address or an act that did not work: what happened, and where to go on. */
export function ProblemPage({ problem, kept }: { readonly problem: Problem; readonly kept?: Kept | undefined }) {
  const { t, role, actor, path } = useTools();
  // The page's own form was refused before it could be shown again: what was typed stands behind the back key, the rest is kept.
  const isForm = role === "portal" && /^\/[pc]\/\d+$/.test(path) && problem.status !== 404;
  const { title, detail, errors = [] } = problem;
  const content = (
    <>
      {!kept && <p>{detail}</p>}
      {errors.length > 0 && (
        <ul>
          {errors.map(({ path, message }) => (
            <li key={path}>
              <code>{path}</code> {message}
            </li>
          ))}
        </ul>
      )}
      {isForm && (
        <p>
          {t("portal.kept")} <a href={path}>{t("portal.again")}</a>
        </p>
      )}
      {kept ? (
        <KeptForm kept={kept} />
      ) : (
        <p>
          <a href={role === "portal" || actor ? "/" : "/sign-in"}>
            {t(role === "portal" || actor ? "ui.problem.home" : "ui.problem.sign-in")}
          </a>
        </p>
      )}
    </>
  );
  return role === "portal" ? (
    <PortalPage title={title} page="">
      {content}
    </PortalPage>
  ) : (
    <DeskPage title={title}>{content}</DeskPage>
  );
}

/** What was typed, to be sent again once its writer has signed in beside it. */
function KeptForm({ kept: { action, pairs } }: { readonly kept: Kept }) {
  const { t } = useTools();
  return (
    <form method="post" action={action}>
      <p>{t("ui.problem.kept")}</p>
      <p>
        <a href="/sign-in" target="_blank" rel="noopener">
          {t("ui.problem.kept.sign-in")}
        </a>
      </p>
      {pairs.map(([name, text], index) => (
        <input key={index} type="hidden" name={name} value={text} />
      ))}
      <button type="submit">{t("ui.problem.kept.again")}</button>
    </form>
  );
}
