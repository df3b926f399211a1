import type { ComponentChildren } from "preact";
import { fieldsOf } from "../kernel/fields.ts";
import type { ActForm } from "../kernel/page.ts";
import { STEP_UP_MINUTES } from "../kernel/pipeline.ts";
import { type Tools, useTools } from "../kernel/tools.ts";
import { DeskPage, type DeskPageProps } from "./desk-page.tsx";
import { ErrorSummary, type Mistake } from "./error-summary.tsx";
import { HiddenField } from "./hidden-field.tsx";
import { errorAt, SchemaFields, sentenceOf, type Drawing } from "./schema-fields.tsx";
import { StepUp } from "./step-up.tsx";

/** What may differ from the plain form of an act. */
interface ActFormProps {
  readonly form: ActForm;
  /** What stands above the form: the thing's facts, the provision in words. */
  readonly before?: ComponentChildren;
  readonly choices?: Drawing["choices"];
  readonly instead?: Drawing["instead"];
  readonly needed?: Drawing["needed"];
  readonly side?: ComponentChildren;
  readonly islands?: readonly string[];
}

/** The page of one act: what it is, what must be put right, its fields with what was typed, and the button that does it. */
export function ActFormPage({ form, before, choices, instead, needed, side, islands }: ActFormProps) {
  const { t, has } = useTools();
  const lead = `lead.${form.act.name}`;
  return (
    <DeskPage
      {...useActTitle(form)}
      wrong={form.refusal !== undefined}
      {...(has(lead) ? { lead: t(lead) } : {})}
      {...(side ? { side } : {})}
      {...(islands ? { islands } : {})}
    >
      <ErrorSummary mistakes={useMistakes(form)} />
      {before}
      <ActFormBody
        form={form}
        {...(choices ? { choices } : {})}
        {...(instead ? { instead } : {})}
        {...(needed ? { needed } : {})}
      />
    </DeskPage>
  );
}

/** What the page of an act is called: the act and, so that two such pages can be told apart, the thing; and the way back to it. */
export function useActTitle({ act, row }: ActForm): Pick<DeskPageProps, "title" | "heading" | "trail"> {
  const { t, has } = useTools();
  const heading = t(`act.${act.name}`);
  const thing =
    typeof row === "object" && row !== null
      ? (row as { id: string; number?: unknown; reference?: unknown; mark?: unknown; name?: unknown })
      : undefined;
  const kind = act.creates?.under ?? act.subject;
  const name = String(thing?.number ?? thing?.reference ?? thing?.mark ?? thing?.name ?? t(`thing.${kind.name}`));
  return {
    title: thing ? `${heading}, ${name}` : heading,
    heading,
    trail: [
      ...(has(`things.${kind.name}`) ? [{ href: `/${kind.plural}`, label: t(`things.${kind.name}`) }] : []),
      ...(thing ? [{ href: `/${kind.plural}/${thing.id}`, label: name }] : []),
    ],
  };
}

/** The form itself. */
function ActFormBody({
  form,
  choices,
  instead,
  needed,
}: Pick<ActFormProps, "form" | "choices" | "instead" | "needed">) {
  const { t, has } = useTools();
  const { act, values, errors, action, idempotencyKey } = form;
  const drawing: Drawing = {
    subject: act.subject.name,
    values,
    errors,
    ...(choices ? { choices } : {}),
    ...(instead ? { instead } : {}),
    ...(needed ? { needed } : {}),
  };
  const button = `button.${act.name}`;
  return (
    <form method="post" action={action} noValidate>
      <HiddenField name="_key" value={idempotencyKey} />
      <SchemaFields fields={fieldsOf(act.input)} drawing={drawing} />
      <Proof form={form} />
      <p class="buttons">
        <button type="submit">{t(has(button) ? button : `act.${act.name}`)}</button>
      </p>
    </form>
  );
}

/** Everything wrong with the form, as sentences that name their field; a refusal that concerns no field comes first. */
function useMistakes({ act, errors, refusal }: ActForm): Mistake[] {
  const { t, has } = useTools();
  const asked = new Set(["_proof", ...fieldsOf(act.input).map(({ name }) => name)]);
  const isAsked = (path: string): boolean => asked.has(path.split(".")[0] ?? "");
  const label = (path: string): string => fieldWords(path, act.subject.name, { t, has });
  const general =
    refusal && refusal.key !== "invalid-input" && errors.length === 0
      ? [{ message: t(`refusal.${refusal.key}`, inWords(refusal.values, t)) }]
      : [];
  return [
    ...general,
    ...errors.map((error) => ({
      // Some acts are refused for what was typed in another form: there is no field here to lead to.
      ...(isAsked(error.path) ? { name: error.path } : {}),
      message: error.path
        ? t("ui.mistake", { field: label(error.path), message: sentenceOf(error, t) })
        : sentenceOf(error, t),
    })),
  ];
}

/** A field as its labels name it: `data.0.description` is “Data wanted 1, What is wanted”. */
function fieldWords(path: string, subject: string, { t, has }: Pick<Tools, "t" | "has">): string {
  if (path === "_proof") return t("ui.step-up");
  return path
    .split(".")
    .map((step) =>
      /^\d+$/.test(step)
        ? `${Number(step) + 1}`
        : has(`field.${subject}.${step}`)
          ? t(`field.${subject}.${step}`)
          : step,
    )
    .join(", ")
    .replaceAll(/, (\d+)(?=,|$)/g, " $1");
}

const inWords = (
  values: Readonly<Record<string, string | number>>,
  t: (key: string) => string,
): Record<string, string | number> =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) =>
      name === "act" || name === "state" ? [name, t(`${name}.${value}`)] : [name, value],
    ),
  );

/** A sensitive act asks here that the officer prove to be present, unless that was done within the last minutes. */
function Proof({ form: { act, errors, reader } }: { readonly form: ActForm }) {
  const { t } = useTools();
  const { actor } = reader;
  if (!act.stepUp || actor.kind !== "officer" || actor.via === "token") return null;
  const fresh = actor.steppedUpAt && reader.now.since(actor.steppedUpAt).total("minutes") <= STEP_UP_MINUTES;
  return fresh ? null : <StepUp error={errorAt(errors, "_proof", t)} />;
}
