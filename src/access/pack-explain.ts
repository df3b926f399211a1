import type { Role } from "../kernel/actor.ts";
import type { Translate } from "../kernel/i18n.ts";
import type { Registry } from "../kernel/slice.ts";
import { ROLES } from "./account.ts";
import type { Country } from "./country.ts";
import { inOrder, type Matter, officerIn } from "./pack-table.ts";

/** What is asked: may that role do that act to a request of that matter in that state, or to this very request? */
export interface Asking extends Matter {
  readonly role: Role;
  /** `request.authorise` */
  readonly act: string;
  readonly state: string;
  /** Facts of a request that is there; without it, one with which all is in order. */
  readonly row?: Readonly<Record<string, unknown>> & { readonly id: string };
}

/** The answer in words: yes or no, by which rule and provision, and where it is no, who may. */
export function explain(
  country: Pick<Country, "pack" | "policy">,
  registered: Pick<Registry, "subjects">,
  asked: Asking,
  { t, now }: { readonly t: Translate; readonly now: Temporal.Instant },
): { readonly allowed: boolean; readonly lines: string[] } {
  const subject = registered.subjects.get("request");
  const life = subject?.life;
  const verb = asked.act.slice(asked.act.indexOf(".") + 1);
  if (!subject || !life || (verb !== "read" && !life[verb] && verb !== "draft" && verb !== "carry"))
    return { allowed: false, lines: [t("explain.no-act", { act: asked.act })] };
  const decide = (role: Role) => {
    const row = asked.row ?? inOrder(country, { ...asked, role, act: verb }, life);
    return country.policy.decide({
      actor: officerIn(role),
      action: asked.act,
      subject,
      id: String(row["id"]),
      row,
      now,
    });
  };
  const state = String(asked.row?.["state"] ?? asked.state);
  const step = life[verb];
  const { allowed, policies, reason } = decide(asked.role);
  const isThere = !step || step.from.includes(state);
  const others = ROLES.filter((role) => role !== asked.role && decide(role).allowed);
  return {
    allowed: allowed && isThere,
    lines: [
      t("explain.answer", {
        answer: allowed && isThere ? "yes" : "no",
        role: t(`role.${asked.role}`),
        act: t(`act.${asked.act}`),
        state: t(`state.${state}`),
        pack: country.pack.name,
        version: country.pack.version,
      }),
      ...(isThere ? [] : [t("explain.state", { states: step.from.map((each) => t(`state.${each}`)).join(", ") })]),
      ...(allowed ? [] : [t(reason ? `refusal.${reason}` : "explain.no-rule")]),
      ...policies.map((id) => {
        const note = country.policy.notes.get(id);
        return t("why.rule", { effect: note?.effect ?? "permit", id, source: note?.source ?? t("why.no-source") });
      }),
      ...(step?.source ? [t("why.basis", { cite: step.source })] : []),
      ...(allowed
        ? []
        : [t("explain.who", { roles: others.map((role) => t(`role.${role}`)).join(", ") || t("fact.none") })]),
    ],
  };
}
