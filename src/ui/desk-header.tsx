import { useTools } from "../kernel/tools.ts";
import { Emblem } from "./emblem.tsx";
import { LanguageSwitch } from "./language-switch.tsx";

/** Whose node this is, and as whom one acts: office first, since it is the office that has the power. */
export function DeskHeader() {
  const { t, has, node, actor } = useTools();
  return (
    <header class="desk-header">
      <a class="desk-name" href="/">
        <Emblem />
        <span>
          <strong>
            <bdi>{node.name}</bdi>
          </strong>{" "}
          <span class="quiet">Comity</span>
        </span>
      </a>
      <LanguageSwitch />
      {actor && (
        <div class="desk-who">
          <p>
            <strong>
              <bdi>{actor.office.name}</bdi>
            </strong>
            <span class="quiet">
              <bdi>{actor.name}</bdi>,{" "}
              {has(`role.${actor.role}`) ? t(`role.${actor.role}`) : actor.role.replaceAll("-", " ")}
            </span>
          </p>
          <form method="post" action="/sign-out">
            <button class="bare">{t("ui.sign-out")}</button>
          </form>
        </div>
      )}
    </header>
  );
}
