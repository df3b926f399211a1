import type { ComponentChildren } from "preact";
import { type OfferedAct, useTools } from "../kernel/tools.ts";
import { type Provision, Why } from "./why.tsx";

/** One act as a button that leads to its form. */
export function ActButton({
  href,
  plain = false,
  children,
}: {
  readonly href: string;
  readonly plain?: boolean;
  readonly children: ComponentChildren;
}) {
  return (
    <a class={plain ? "button plain act" : "button act"} href={href}>
      {children}
    </a>
  );
}

/** Acts that take something back or end it: nobody is led to them. */
const ENDING: ReadonlySet<string> = new Set([
  "withdraw",
  "refuse",
  "deny",
  "halt",
  "dispose",
  "drop",
  "revoke",
  "disable",
]);

/**
 * What can be done to a thing, in the order of its life, and below it what cannot, each with its reason. The first allowed
 * act is the likely one and stands out; what ends something comes last and never does. Give `tools.acts(kind, row)`, or part of it.
 */
export function ActPanel({
  acts,
  title,
  provision,
  children,
}: {
  readonly acts: readonly OfferedAct[];
  readonly title?: string;
  /** Words and address of a citation, from the pack. */
  readonly provision?: (cite: string) => Omit<Provision, "cite">;
  /** Links that are not acts: a document, an export. */
  readonly children?: ComponentChildren;
}) {
  const { t } = useTools();
  const isEnding = ({ act }: OfferedAct) => ENDING.has(act.verb);
  const possible = acts.filter((offered) => offered.allowed);
  const allowed = [...possible.filter((each) => !isEnding(each)), ...possible.filter(isEnding)];
  const refused = acts.filter((offered) => !offered.allowed);
  return (
    <section class="acts">
      <h2>{title ?? t("ui.acts")}</h2>
      {allowed.length === 0 && <p class="quiet">{t("ui.acts.none")}</p>}
      <ul class="acts-allowed">
        {allowed.map((offered, index) => (
          <li key={offered.act.name}>
            <ActButton href={offered.href} plain={index > 0 || isEnding(offered)}>
              {t(`act.${offered.act.name}`)}
            </ActButton>
            <Grounds offered={offered} provision={provision} />
          </li>
        ))}
      </ul>
      {children && <div class="acts-more">{children}</div>}
      {refused.length > 0 && (
        <details class="acts-refused">
          <summary>{t("ui.acts.refused", { count: refused.length })}</summary>
          <ul>
            {refused.map((offered) => (
              <li key={offered.act.name}>
                <b>{t(`act.${offered.act.name}`)}</b>
                <Grounds offered={offered} provision={provision} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function Grounds({
  offered: { act, allowed, decision, values },
  provision,
}: {
  readonly offered: OfferedAct;
  readonly provision: ((cite: string) => Omit<Provision, "cite">) | undefined;
}) {
  const { t, has } = useTools();
  const cites = [...new Set([...(act.step?.source ? [act.step.source] : []), ...(act.basis ?? [])])];
  const key = `refusal.${decision.reason ?? ""}`;
  return (
    <Why
      allowed={allowed}
      {...(decision.reason && has(key) ? { reason: t(key, { ...values, act: t(`act.${act.name}`) }) } : {})}
      provisions={cites.map((cite) => ({ cite, ...provision?.(cite) }))}
      policies={decision.policies}
    />
  );
}
