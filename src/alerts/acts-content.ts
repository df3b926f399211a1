import type { Database, Tx } from "../kernel/database.ts";
import { type FieldError, invalid, Refusal } from "../kernel/errors.ts";
import type { Node } from "../kernel/node.ts";
import { findObservables } from "../observables/slice.ts";
import { type Content, type ContentInput, type Indicator, LANGUAGES } from "./alert.ts";
import { type Finding, personalIn } from "./privacy.ts";
import { chosenIn, knownFor, shownValue } from "./views-campaign.ts";

/** What a text is compared with, and what is published beside it. */
interface From {
  /** Whose reports' people it must not name; `null` where it comes from no campaign. */
  readonly campaign: string | null;
  readonly reason?: string;
}

/** Reads what was typed into what a warning says. Refuses where it is not whole, or speaks of a person. */
export async function contentOf(
  tx: Database | Tx,
  node: Node,
  input: ContentInput,
  { campaign, reason = "" }: From,
): Promise<Content> {
  const { category, districts, severity, urgency, certainty, days } = input;
  const words = Object.fromEntries(
    LANGUAGES.flatMap((language) => (input[language] === undefined ? [] : [[language, input[language]]])),
  ) as Content["words"];
  if (Object.keys(words).length === 0) throw invalid("en", "alert-no-words");
  const known = node.services.country.pack.reporting.districts.map(({ code }) => code);
  const stranger = districts.find((code) => !known.includes(code));
  if (stranger !== undefined) throw invalid("districts", "alert-no-such-district", { district: stranger });
  const indicators = await indicatorsOf(tx, node, input, campaign);
  const content: Content = {
    category,
    districts: [...new Set(districts)],
    severity,
    urgency,
    certainty,
    words,
    indicators,
    days,
  };
  await demandNoPerson(tx, node, content, { campaign, reason });
  return content;
}

async function indicatorsOf(
  tx: Database | Tx,
  { config }: Node,
  { indicators, further }: ContentInput,
  campaign: string | null,
): Promise<Indicator[]> {
  const chosen = campaign === null ? [] : await chosenIn(tx, campaign, indicators);
  const missing = indicators.find((key) => !chosen.some((each) => each.key === key));
  if (missing !== undefined) throw invalid("indicators", "alert-indicator-not-theirs", { value: missing });
  const typed = further.map((value, index) => {
    const [found, ...others] = findObservables(value, config);
    if (!found || others.length > 0) throw invalid("further", "alert-indicator-unread", { value, line: index + 1 });
    return { type: found.type, value: shownValue(found), key: found.key };
  });
  return [...new Map([...chosen, ...typed].map((each) => [each.key, each])).values()];
}

/** Refuses where a text or an indicator belongs to a person, and says what stands where. `reason` is published beside them. */
export async function demandNoPerson(
  tx: Database | Tx,
  node: Node,
  { words, indicators }: Pick<Content, "words" | "indicators">,
  { campaign, reason = "" }: From,
): Promise<void> {
  const named = indicators.map(({ key }) => key);
  const known = await knownFor(tx, node, { campaign, named });
  const said = { title: "", happens: "", recognise: "", advice: "" };
  const findings = [
    ...personalIn(words, indicators, known),
    ...(reason === "" ? [] : personalIn({ en: { ...said, happens: reason } }, indicators, known))
      .filter(({ path }) => path !== "indicators")
      .map((each) => ({ ...each, path: "reason" })),
  ];
  if (findings.length > 0) throw new Refusal("invalid", "alert-personal", { fields: findings.map(errorOf) });
}

const errorOf = ({ path, kind, found }: Finding): FieldError => ({
  path,
  key: kind === "contact" ? "alert-personal-contact" : "alert-personal-found",
  values: { found, kind },
});
