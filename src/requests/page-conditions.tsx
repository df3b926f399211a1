import { useTools } from "../kernel/tools.ts";
import { conditionOf } from "../law/slice.ts";
import type { FormValues } from "../kernel/form.ts";
import type { ActForm } from "../kernel/page.ts";
import { Field } from "../ui/field.tsx";
import { HiddenField } from "../ui/hidden-field.tsx";
import { Notice } from "../ui/notice.tsx";
import { errorAt } from "../ui/schema-fields.tsx";
import { SelectField } from "../ui/select-field.tsx";
import { Tag, type Tone } from "../ui/tag.tsx";
import { TextField } from "../ui/text-field.tsx";
import { When } from "../ui/when.tsx";
import { type Missing, WHY_MISSING } from "./missing.ts";
import type { RequestRow, WantedData } from "./request.ts";
import type { RequestFound } from "./views.ts";
import type { Term } from "./terms.ts";

const TONES: Readonly<Record<string, Tone>> = { proposed: "waits", agreed: "good", declined: "late" };

/** One condition in words: what it demands, by when, and where it stands in the law. */
export function TermWords({ term }: { readonly term: Term }) {
  const { t } = useTools();
  const { condition, until, words } = term;
  const { basis, checked } = conditionOf(condition);
  return (
    <>
      <b>{t(`option.condition.${condition}`)}</b>
      {until && (
        <>
          {" "}
          <When at={Temporal.PlainDate.from(until)} />
        </>
      )}{" "}
      <span class="small quiet">{t("conditions.basis", { basis, checked: checked ? "yes" : "no" })}</span>
      {words && <p dir="auto">{words}</p>}
    </>
  );
}

/** The conditions under which data is given, whether they are agreed, and what was waived. */
export function Conditions({ request }: { readonly request: RequestFound }) {
  const { t, node } = useTools();
  const { terms, terms_state: state, side, peer_name: peer } = request;
  if (terms.length === 0) return null;
  const sides = side === "sender" ? { sender: node.name, receiver: peer } : { sender: peer, receiver: node.name };
  return (
    <section id="conditions">
      <h2>
        {t("conditions.title")} {state && <Tag tone={TONES[state] ?? "plain"}>{t(`conditions.state.${state}`)}</Tag>}
      </h2>
      {state === "proposed" && <Notice tone="waits">{t("conditions.proposed", sides)}</Notice>}
      {state === "declined" && <Notice tone="late">{t("conditions.declined", sides)}</Notice>}
      {state === "agreed" && <p class="quiet">{t("conditions.agreed", sides)}</p>}
      <ul class="plain-list">
        {terms.map((term, index) => (
          <li key={index}>
            {term.waived ? (
              <>
                <s>{t(`option.condition.${term.condition}`)}</s> <Tag>{t("conditions.waived")}</Tag>
                <p dir="auto">
                  {term.waived.reasons}{" "}
                  <span class="small quiet">
                    {term.waived.by}, <When at={Temporal.Instant.from(term.waived.at)} />
                  </span>
                </p>
              </>
            ) : (
              <>
                <TermWords term={term} />
                {term.sought && (
                  <p dir="auto">
                    <Tag tone="waits">{t("conditions.sought")}</Tag> {term.sought.text}{" "}
                    <span class="small quiet">
                      {term.sought.by}, <When at={Temporal.Instant.from(term.sought.at)} />
                    </span>
                  </p>
                )}
              </>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What was asked for and has not been given, line by line. */
export function MissingLines({
  missing,
  data,
}: {
  readonly missing: readonly Missing[];
  readonly data: readonly WantedData[];
}) {
  const { t } = useTools();
  if (missing.length === 0) return null;
  return (
    <section>
      <h2>{t("missing.title")}</h2>
      <ul>
        {missing.map(({ line, why, note }) => (
          <li key={line}>
            <span dir="auto">{data[line - 1]?.description ?? t("missing.line", { line })}</span>:{" "}
            {t(`option.why.${why}`)}
            {note && <p dir="auto">{note}</p>}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Asks of each line of the data whether it is given and, where it is not, why. */
export function MissingFields({ form }: { readonly form: ActForm<RequestRow> }) {
  const { t } = useTools();
  const { row, values, errors } = form;
  const given = Array.isArray(values["missing"]) ? (values["missing"] as FormValues[]) : [];
  const of = (index: number, name: string): string => {
    const value = given[index]?.[name];
    return typeof value === "string" ? value : "";
  };
  if (row.data.length === 0) return null;
  return (
    <Field
      name="missing"
      label={t("field.request.missing")}
      hint={t("hint.request.missing")}
      error={errorAt(errors, "missing", t)}
      required={false}
      control="group"
    >
      {row.data.map(({ description, category }, index) => (
        <div class="repeat-row" key={index}>
          <HiddenField name={`missing.${index}.line`} value={String(index + 1)} />
          <SelectField
            name={`missing.${index}.why`}
            label={
              <>
                {t("missing.line", { line: index + 1 })}: {t(`option.category.${category}`)},{" "}
                <span dir="auto">{description}</span>
              </>
            }
            value={of(index, "why")}
            empty={t("missing.given")}
            required={false}
            options={WHY_MISSING.map((value) => ({ value, label: t(`option.why.${value}`) }))}
          />
          <TextField
            name={`missing.${index}.note`}
            label={t("field.request.note")}
            value={of(index, "note")}
            required={false}
          />
        </div>
      ))}
    </Field>
  );
}

/** Conditions, topics, lines: what was said with an act in the form of lists. */
export function SaidLists({ said, data }: { readonly said: object; readonly data: readonly WantedData[] }) {
  const { t, has } = useTools();
  const { conditions, about, answer, missing, condition } = said as {
    conditions?: readonly Term[];
    about?: readonly string[];
    answer?: string;
    missing?: readonly Missing[];
    condition?: string;
  };
  return (
    <>
      {Array.isArray(about) && <p>{about.map((each) => t(`option.about.${each}`)).join(", ")}</p>}
      {answer && has(`option.answer.${answer}`) && <p>{t(`option.answer.${answer}`)}</p>}
      {condition && <p>{t(`option.condition.${condition}`)}</p>}
      {Array.isArray(conditions) &&
        (conditions.length === 0 ? (
          <p>{t("conditions.dropped")}</p>
        ) : (
          <ul>
            {conditions
              .filter(({ waived }) => !waived)
              .map((term, index) => (
                <li key={index}>
                  <TermWords term={term} />
                </li>
              ))}
          </ul>
        ))}
      {Array.isArray(missing) && missing.length > 0 && (
        <ul>
          {missing.map(({ line, why, note }) => (
            <li key={line}>
              <span dir="auto">{data[line - 1]?.description ?? t("missing.line", { line })}</span>:{" "}
              {t(`option.why.${why}`)}
              {note && <> – {note}</>}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
