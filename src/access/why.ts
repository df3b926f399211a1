import type { Translate } from "../kernel/i18n.ts";
import { dayOf } from "../ui/when.tsx";
import type { Why } from "./why-views.ts";

/** Whether the catalogue has a key. */
type Has = (key: string) => boolean;

/** A fact's name in words; its own name where the language has none for it. */
const nameOf = (name: string, t: Translate, has: Has): string => (has(`fact.${name}`) ? t(`fact.${name}`) : name);

const PREFIXES: Readonly<Record<string, readonly string[]>> = {
  role: ["role."],
  office_kind: ["office-kind."],
  state: ["state."],
  side: ["fact.side."],
  validation: ["safeguards.validation."],
  measure: ["measure."],
  data_category: ["powers.category."],
  urgency: ["option.urgency."],
  privilege: ["safeguards.privilege."],
};

/** A fact's value in words. Who is the same person as the one who acted is said so; ids of others tell nobody anything. */
function valueOf(
  name: string,
  value: unknown,
  { account, t, has }: { account: unknown; t: Translate; has: Has },
): string {
  if (Array.isArray(value)) return value.length === 0 ? t("fact.none") : value.map(String).join(", ");
  if (typeof value === "boolean") return t(value ? "fact.yes" : "fact.no");
  const text = String(value);
  if (name.endsWith("_by") || name === "custodian" || name === "assignee")
    return t(text === account ? "fact.same-person" : "fact.other-person");
  for (const prefix of PREFIXES[name] ?? []) if (has(`${prefix}${text}`)) return t(`${prefix}${text}`);
  return text;
}

/** The facts used, as lines: of who acted, then of the thing. */
export function factLines({ facts }: Pick<Why, "facts">, t: Translate, has: Has): [label: string, value: string][] {
  if (!facts) return [];
  const account = facts.principal["account"];
  const lines = (of: Readonly<Record<string, unknown>>) =>
    Object.entries(of)
      .filter(([name]) => name !== "account" && name !== "id")
      .map(([name, value]): [string, string] => {
        if (name === "office" && of === facts.resource && facts.principal["office"] !== undefined)
          return [
            nameOf("thing_office", t, has),
            t(value === facts.principal["office"] ? "fact.same-office" : "fact.other-office"),
          ];
        return [nameOf(name, t, has), valueOf(name, value, { account, t, has })];
      });
  const { office: _, ...principal } = facts.principal;
  return [...lines(principal), ...lines(facts.resource)];
}

/** What deciding again says, as a sentence. */
export function replayWords({ replayed }: Pick<Why, "replayed">, t: Translate): string {
  return replayed.outcome === "other"
    ? t("why.replay.other", {
        answer: t(replayed.allowed ? "why.allowed" : "why.refused"),
        policies: replayed.policies.join(", ") || t("fact.none"),
      })
    : t(`why.replay.${replayed.outcome}`);
}

/** Which text of the law, as a sentence. */
export const lawWords = ({ law }: Pick<Why, "law">, t: Translate, locale: string): string =>
  law.code === null
    ? t("why.law.unknown", { digest: law.digest.slice(0, 16) })
    : t("why.law.known", {
        code: law.code,
        version: law.version ?? "",
        from: dayOf(law.validFrom ?? "", locale),
        digest: law.digest.slice(0, 16),
        signed: law.signedBy === null ? "no" : "yes",
        force: law.inForce ? "yes" : "no",
      });

/** The whole answer as lines of text, for a terminal. */
export function whyText(why: Why, { t, has, locale }: { t: Translate; has: Has; locale: string }): string[] {
  const act = has(`act.${why.act}`) ? t(`act.${why.act}`) : why.act;
  const who = [why.actor.name ?? why.actor.id, why.actor.officeName].filter(Boolean).join(", ");
  return [
    `${why.at} ${act} (${why.act}), ${who}`,
    ...why.rules.map(({ id, effect, source }) => t("why.rule", { effect, id, source: source ?? t("why.no-source") })),
    ...why.basis.map((cite) => t("why.basis", { cite })),
    ...factLines(why, t, has).map(([label, value]) => `  ${label}: ${value}`),
    lawWords(why, t, locale),
    replayWords(why, t),
  ];
}
