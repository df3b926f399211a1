import type { ActForm } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { askedFor, MEASURE_CODES, type MeasureCode, measureOf, PARTICULAR_NAMES } from "../law/slice.ts";
import { ActFormPage, useActTitle } from "../ui/act-form.tsx";
import { DeskPage } from "../ui/desk-page.tsx";
import { Facts } from "../ui/facts.tsx";
import type { Help } from "./views-help.ts";
import { DraftHelp } from "./page-help.tsx";
import { HiddenField } from "../ui/hidden-field.tsx";
import { GROUND } from "./emergency.ts";
import { SafeguardFields } from "./page-safeguards.tsx";
import { Bases } from "./page-bases.tsx";
import type { TimedBasis } from "./views-bases.ts";

/** A peer as a choice, with what it is. */
export interface Peer {
  readonly value: string;
  readonly label: string;
  readonly kind: string;
  /** On what basis the measure that is being drafted can be asked there. */
  readonly bases: readonly TimedBasis[];
}

const measureIn = (value: unknown): MeasureCode | undefined => MEASURE_CODES.find((code) => code === value);

/** What can only be asked in an emergency opens as one. */
const addressOf = ({ action, values }: ActForm, code: MeasureCode): string =>
  `${action}?measure=${code}${values["urgency"] === "emergency" || measureOf(code).particulars.includes("emergency") ? "&urgency=emergency" : ""}`;

/** The form of a request: first which measure, then what that measure must say and nothing else. */
export function DraftForm({
  form,
  peers,
  help,
}: {
  readonly form: ActForm;
  readonly peers: readonly Peer[];
  readonly help?: Help | undefined;
}) {
  const measure = measureIn(form.values["measure"]);
  return measure === undefined ? (
    <MeasureChoice form={form} />
  ) : (
    <MeasureForm form={form} peers={peers} measure={measure} help={help} />
  );
}

/** Abroad, by a provider, with each measure’s provision and what comes of it. */
function MeasureChoice({ form }: { readonly form: ActForm }) {
  const { t } = useTools();
  return (
    <DeskPage {...useActTitle(form)} lead={t("requests.choose.lead")}>
      {(["state", "provider", "own"] as const).map((asks) => (
        <section key={asks}>
          <h2>{t(`requests.choose.${asks}`)}</h2>
          <ul class="plain-list">
            {MEASURE_CODES.filter((code) => measureOf(code).asks === asks).map((code) => (
              <li key={code}>
                <a href={addressOf(form, code)}>{t(`option.measure.${code}`)}</a>
                <br />
                <span class="small quiet">
                  {t("requests.choose.line", {
                    basis: measureOf(code).basis,
                    yields: t(`requests.yields.${measureOf(code).yields}`),
                  })}
                  {!measureOf(code).checked && ` ${t("requests.unchecked")}`}
                </span>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </DeskPage>
  );
}

function MeasureForm({
  form,
  peers,
  measure,
  help,
}: {
  readonly help: Help | undefined;
  readonly form: ActForm;
  readonly peers: readonly Peer[];
  readonly measure: MeasureCode;
}) {
  const { t, locale, node } = useTools();
  const { asks, basis, particulars, custodian, names, categories, checked } = measureOf(measure);
  const own: readonly string[] = [
    ...particulars,
    ...(form.values["urgency"] === "emergency" ? GROUND : []),
    ...(asks === "provider" ? ["confidential"] : []),
  ];
  const left = PARTICULAR_NAMES.filter((name) => !own.includes(name));
  const nothing = <></>;
  const reached = peers.filter(({ kind }) => kind === asks);
  const bases = basisChoices(reached);
  return (
    <ActFormPage
      form={form}
      islands={["draft"]}
      needed={neededFor(measure)}
      side={help && <DraftHelp help={help} form={form} />}
      before={
        <>
          <Facts
            rows={[
              [
                t("field.request.measure"),
                t("requests.kicker", { measure: t(`measure.${measure}`), basis }),
                { href: `${form.action}?measure=`, label: t("requests.choose.other") },
              ],
              !checked && [t("requests.unchecked.label"), t("requests.unchecked")],
              categories && [
                t("requests.categories"),
                categories.map((each) => t(`option.category.${each}`)).join(", "),
              ],
            ]}
          />
          <PeerBases peers={reached} />
        </>
      }
      choices={{
        to: reached,
        basis: bases.map(({ code, provision, who }) => ({
          value: code,
          label: t("bases.choice", { provision, who: new Intl.ListFormat(locale).format(who) }),
        })),
      }}
      instead={{
        measure: <HiddenField name="measure" value={measure} />,
        safeguards: <SafeguardFields form={form} measure={measure} />,
        ...(asks === "own" ? { to: <HiddenField name="to" value={node.code} /> } : {}),
        ...Object.fromEntries(left.map((name) => [`particulars.${name}`, nothing])),
        ...(own.length === 0 ? { particulars: nothing } : {}),
        ...(custodian ? {} : { custodian: nothing }),
        ...(names === "nothing" && measure === "X12" ? { data: nothing } : {}),
        ...(bases.length === 0 ? { basis: nothing } : {}),
      }}
    />
  );
}

/** What a draft of that measure may leave out for now, and what is decided on may not. @source CETS 185 Art. 29(2) */
function neededFor(measure: MeasureCode): string[] {
  const { particulars, custodian, names } = measureOf(measure);
  return [
    ...["offence", "facts", "necessity", "proportionality"],
    ...(custodian ? ["custodian"] : []),
    ...(names === "data" ? ["data", "data.0.category", "data.0.description", "data.0.identifiers"] : []),
    ...particulars.filter((name) => askedFor(name).words > 0).map((name) => `particulars.${name}`),
  ];
}

/** The bases that apply to at least one of them, with whom for. */
function basisChoices(peers: readonly Peer[]): { code: string; provision: string; who: string[] }[] {
  const found = new Map<string, { code: string; provision: string; who: string[] }>();
  for (const { label, bases } of peers)
    for (const { code, provision } of bases.filter(({ applies }) => applies)) {
      const choice = found.get(code) ?? { code, provision, who: [] };
      choice.who.push(label);
      found.set(code, choice);
    }
  return [...found.values()];
}

/** On what the measure can be asked of each, open where there is only one. */
function PeerBases({ peers }: { readonly peers: readonly Peer[] }) {
  const { t, node } = useTools();
  const known = peers.filter(({ bases }) => bases.length > 0);
  if (known.length === 0) return null;
  const names = new Map([[node.code, node.name], ...peers.map(({ value, label }) => [value, label] as const)]);
  return (
    <section>
      <h2>{t("bases.on-what")}</h2>
      {known.map(({ value, label, bases }) => (
        <details key={value} open={known.length === 1}>
          <summary>{label}</summary>
          <Bases bases={bases} names={names} empty={null} />
        </details>
      ))}
    </section>
  );
}
