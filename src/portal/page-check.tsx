import { useTools } from "../kernel/tools.ts";
import { Facts } from "../ui/facts.tsx";
import { addressOf } from "./address.ts";
import { keptOf, type StepName, stepsFor, takesFiles } from "./draft.ts";
import { AllPaid, inWords, type Showing, useLabel } from "./showing.tsx";

/** All answers, each with the way back to its question. */
export function Check({ answers, here }: Showing) {
  const { t, locale } = useTools();
  const label = useLabel(here);
  const change = (step: StepName) => ({ href: addressOf(step), label: t("portal.check.change") });
  const yes = (name: "danger" | "child" | "money") =>
    [t(`portal.check.${name}`), t(answers[name] === "yes" ? "portal.yes" : "portal.no"), change(name)] as const;
  const { who, whom, category, tile, files = [], links } = answers;
  const asksPayments = stepsFor(answers).find((step) => step === "payment" || step === "payments");
  const district = here.districts.find(({ code }) => code === whom?.district);
  const consents = [who?.share && t("portal.check.share"), who?.handover && t("portal.check.handover")].filter(
    (each) => typeof each === "string",
  );
  return (
    <Facts
      rows={[
        yes("danger"),
        yes("child"),
        yes("money"),
        [
          t("portal.check.what"),
          category && category !== "X9" ? label(category) : t(`portal.tile.${tile ?? "unsure"}`),
          change("what"),
        ],
        [
          t("portal.check.whom"),
          [
            whom?.who ? t(`portal.whom.${whom.who}`) : t("portal.whom.unsaid"),
            whom?.age ? t(`portal.age.${whom.age}`) : "",
            district ? inWords(district.name, locale) : "",
          ]
            .filter((each) => each !== "")
            .join(", "),
          change("whom"),
        ],
        [t("portal.check.words"), <bdi class="said">{answers.description}</bdi>, change("words")],
        [t("portal.check.found"), <Kept answers={answers} here={here} />, change("found")],
        asksPayments && [t("portal.check.payments"), <AllPaid payments={answers.payments} />, change(asksPayments)],
        takesFiles(answers)
          ? [t("portal.check.files"), <List lines={files.map(({ name }) => name)} />, change("files")]
          : [t("portal.files.links"), <bdi class="said">{links || "–"}</bdi>, change("files")],
        [
          t("portal.check.contact"),
          who?.choice === "contact" ? (
            <List lines={[who.name, who.phone, who.email].filter((each) => each !== "")} />
          ) : (
            t("portal.check.anonymous")
          ),
          change("who"),
        ],
        [t("portal.check.consent"), <List lines={consents} />, change("who")],
      ]}
    />
  );
}

function List({ lines }: { readonly lines: readonly string[] }) {
  if (lines.length === 0) return <>–</>;
  return (
    <ul>
      {lines.map((line, index) => (
        <li key={index}>
          <bdi>{line}</bdi>
        </li>
      ))}
    </ul>
  );
}

const Kept = ({ answers, here }: Pick<Showing, "answers" | "here">) => (
  <List lines={keptOf(answers, here.country).map(({ value }) => value)} />
);
