import type { ComponentChildren } from "preact";
import { useTools } from "../kernel/tools.ts";

/** A provision: its citation, `CETS 185 Art. 29(7)`, what it says in words, and where its text stands. */
export interface Provision {
  readonly cite: string;
  readonly words?: ComponentChildren;
  readonly href?: string;
}

/** Why an act is allowed or refused: the sentence first, then the provision, then the policies that decided. Opens on demand where it is allowed. */
export function Why({
  allowed,
  reason,
  provisions = [],
  policies = [],
}: {
  readonly allowed: boolean;
  readonly reason?: ComponentChildren;
  readonly provisions?: readonly Provision[];
  /** Ids of the determining policies. */
  readonly policies?: readonly string[];
}) {
  const { t } = useTools();
  const grounds = (
    <>
      {provisions.map(({ cite, words, href }) => (
        <p key={cite}>
          {words && <>{words} </>}
          <cite>{href ? <a href={href}>{cite}</a> : cite}</cite>
        </p>
      ))}
      {policies.length > 0 && (
        <p class="why-policies">
          {t("ui.why.policies", { count: policies.length })}{" "}
          {policies.map((policy) => (
            <a key={policy} href={`/policies/${encodeURIComponent(policy)}`}>
              <code>{policy}</code>
            </a>
          ))}
        </p>
      )}
    </>
  );
  if (!allowed)
    return (
      <div class="why">
        <p>{reason ?? t("ui.why.no-rule")}</p>
        {grounds}
      </div>
    );
  if (provisions.length === 0 && policies.length === 0 && !reason) return null;
  return (
    <details class="why">
      <summary>{t("ui.why.allowed")}</summary>
      {reason && <p>{reason}</p>}
      {grounds}
    </details>
  );
}
