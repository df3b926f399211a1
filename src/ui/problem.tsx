import type { Problem } from "../kernel/problem.ts";
import { useTools } from "../kernel/tools.ts";
import { DeskPage } from "./desk-page.tsx";
import { PortalPage } from "./portal-page.tsx";

/** The page for an address or an act that did not work: what happened, and where to go on. */
export function ProblemPage({ problem }: { readonly problem: Problem }) {
  const { t, role, actor, path } = useTools();
  // The page's own form was refused before it could be shown again: what was typed stands behind the back key, the rest is kept.
  const isForm = role === "portal" && /^\/[pc]\/\d+$/.test(path) && problem.status !== 404;
  const { title, detail, errors = [] } = problem;
  const content = (
    <>
      <p>{detail}</p>
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
      <p>
        <a href={role === "portal" || actor ? "/" : "/sign-in"}>
          {t(role === "portal" || actor ? "ui.problem.home" : "ui.problem.sign-in")}
        </a>
      </p>
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
