import { randomUUID } from "node:crypto";
import { fieldsOf } from "../kernel/fields.ts";
import {
  type Choices,
  type Chosen,
  doToMany,
  type Many,
  type ManyForm,
  manyForm,
  type Outcome,
} from "../kernel/many.ts";
import { type Route, route, type RouteAnswer, type RouteCall } from "../kernel/page.ts";
import { STEP_UP_MINUTES } from "../kernel/pipeline.ts";
import { type Tools, useTools } from "../kernel/tools.ts";
import { DeskPage } from "./desk-page.tsx";
import { EmptyState } from "./empty-state.tsx";
import { ErrorSummary } from "./error-summary.tsx";
import { HiddenField } from "./hidden-field.tsx";
import { Notice } from "./notice.tsx";
import { errorAt, SchemaFields, sentenceOf } from "./schema-fields.tsx";
import { StepUp } from "./step-up.tsx";
import { Table } from "./table.tsx";

const HEADERS = { "cache-control": "no-store" };

/**
 * The pages of acts on many things at once, at `/<plural>/many`: things ticked in a list, one form for all of them, and what came of each.
 * How a slice uses it stands at `Many`.
 */
export function manyRoutes<Row extends Chosen>(many: Many<Row>): readonly Route[] {
  const path = `/${many.kind.plural}/many`;
  const choicesFor = async (call: RouteCall, { verb }: ManyForm<Row>): Promise<Choices> =>
    (await many.acts[verb]?.choices?.(call)) ?? {};
  const asked = async (call: RouteCall): Promise<RouteAnswer> => {
    const query = new URLSearchParams(call.tools.url.split("?")[1] ?? "");
    if (!query.has("act")) return { redirect: `/${many.kind.plural}` };
    const form = await manyForm(many, call, { act: query.get("act"), ids: query.getAll("ids") });
    return { page: <ManyPage many={many} form={form} choices={await choicesFor(call, form)} />, headers: HEADERS };
  };
  const sent = async (call: RouteCall): Promise<RouteAnswer> => {
    const body = typeof call.body === "object" && call.body !== null ? (call.body as Record<string, unknown>) : {};
    const form = await manyForm(many, call, body);
    const done = await doToMany(many, call, form, body["_proof"]);
    if ("outcomes" in done)
      return { page: <OutcomePage many={many} form={form} outcomes={done.outcomes} />, headers: HEADERS };
    const choices = await choicesFor(call, done.wrong);
    return { page: <ManyPage many={many} form={done.wrong} choices={choices} />, status: 422, headers: HEADERS };
  };
  return [
    route({ role: "desk", method: "GET", path, access: "signed-in", handle: asked }),
    route({ role: "desk", method: "POST", path, access: "signed-in", handle: sent }),
  ];
}

interface OfForm<Row extends Chosen> {
  readonly many: Many<Row>;
  readonly form: ManyForm<Row>;
}

const useTitle = ({ name, plural }: Many["kind"], verb: string) => {
  const { t } = useTools();
  return { title: t(`act.${name}.${verb}`), trail: [{ label: t(`things.${name}`), href: `/${plural}` }] };
};

function ManyPage<Row extends Chosen>({ many, form, choices }: OfForm<Row> & { readonly choices: Choices }) {
  const tools = useTools();
  const { t } = tools;
  const { kind } = many;
  const { verb, act, chosen, values, errors, key } = form;
  const { title, trail } = useTitle(kind, verb);
  if (chosen.length === 0)
    return (
      <DeskPage title={title} trail={trail}>
        <EmptyState title={t("many.none-chosen")}>{t("many.none-chosen.hint")}</EmptyState>
      </DeskPage>
    );
  const things = t(`many.${kind.plural}`, { count: chosen.length });
  const given = Object.keys(many.acts[verb]?.given?.(key) ?? {});
  const instead = Object.fromEntries(given.map((name) => [name, null]));
  return (
    <DeskPage title={title} trail={trail} lead={t("many.lead", { things })} wrong={errors.length > 0}>
      <ErrorSummary mistakes={errors.map((error) => ({ name: error.path, message: sentenceOf(error, t) }))} />
      <form method="post" action={`/${kind.plural}/many`} noValidate>
        <Carried verb={verb} chosen={chosen} formKey={key} />
        <SchemaFields fields={fieldsOf(act.input)} drawing={{ subject: kind.name, values, errors, choices, instead }} />
        {act.stepUp && !isFresh(tools) && <StepUp error={errorAt(errors, "_proof", t)} />}
        <p class="buttons">
          <button type="submit">{t("many.do", { act: title, things })}</button>
        </p>
      </form>
      <h2>{t("many.chosen")}</h2>
      <ChosenTable many={many} chosen={chosen} />
    </DeskPage>
  );
}

const isFresh = ({ actor, now }: Tools): boolean =>
  actor?.via === "token" ||
  Boolean(actor?.steppedUpAt && now.since(actor.steppedUpAt).total("minutes") <= STEP_UP_MINUTES);

/** What a form on many carries along: the act, the things, and the key that gives a double click one effect. */
function Carried({
  verb,
  chosen,
  formKey,
}: {
  readonly verb: string;
  readonly chosen: readonly Chosen[];
  readonly formKey: string;
}) {
  return (
    <>
      <HiddenField name="_key" value={formKey} />
      <HiddenField name="act" value={verb} />
      {chosen.map(({ name }) => (
        <HiddenField key={name} name="ids" value={name} />
      ))}
    </>
  );
}

function ChosenTable<Row extends Chosen>({
  many,
  chosen,
  why,
}: {
  readonly many: Many<Row>;
  readonly chosen: readonly Row[];
  readonly why?: ReadonlyMap<string, string>;
}) {
  const tools = useTools();
  const { t } = tools;
  const [first, ...others] = many.columns(tools);
  return (
    <Table
      caption={t("many.chosen")}
      rows={chosen}
      id={({ name }) => name}
      href={({ id }) => `/${many.kind.plural}/${id}`}
      columns={[
        ...(first ? [{ ...first, primary: true }] : []),
        ...others,
        why
          ? { key: "why", label: t("many.why-not"), cell: ({ id }: Row) => why.get(id) ?? "" }
          : { key: "state", label: t("many.state"), cell: ({ state }: Row) => t(`state.${state}`) },
      ]}
    />
  );
}

/** What came of each: what was not done, and why, stands first. What can be taken back is, by one button. */
function OutcomePage<Row extends Chosen>({
  many,
  form,
  outcomes,
}: OfForm<Row> & { readonly outcomes: readonly Outcome<Row>[] }) {
  const tools = useTools();
  const { t } = tools;
  const { kind } = many;
  const { title, trail } = useTitle(kind, form.verb);
  const done = outcomes.filter(({ refusal }) => refusal === undefined).map(({ chosen }) => chosen);
  const not = outcomes.flatMap(({ chosen, refusal }) => (refusal ? [{ chosen, refusal }] : []));
  return (
    <DeskPage title={title} trail={trail}>
      <Notice tone={not.length > 0 ? "late" : "good"} live>
        {t("many.outcome", { done: done.length, not: not.length })}
      </Notice>
      {done.length > 0 && many.after?.(form.verb, done, tools)}
      {not.length > 0 && (
        <section>
          <h2>{t("many.not-done")}</h2>
          <ChosenTable
            many={many}
            chosen={not.map(({ chosen }) => chosen)}
            why={new Map(not.map(({ chosen, refusal }) => [chosen.id, whyNot(refusal, title, tools)]))}
          />
        </section>
      )}
      {done.length > 0 && (
        <>
          <Undo many={many} form={form} done={done} />
          <section>
            <h2>{t("many.done")}</h2>
            <ChosenTable many={many} chosen={done} />
          </section>
        </>
      )}
      <p>
        <a href={`/${kind.plural}`}>{t("many.back")}</a>
      </p>
    </DeskPage>
  );
}

function whyNot(refusal: NonNullable<Outcome["refusal"]>, act: string, { t, has }: Tools): string {
  const { key, values, fields } = refusal;
  const [field] = fields;
  if (field) return sentenceOf(field, t);
  const state = `state.${values["state"]}`;
  return t(`refusal.${key}`, { ...values, act, ...(has(state) ? { state: t(state) } : {}) });
}

function Undo<Row extends Chosen>({ many, form, done }: OfForm<Row> & { readonly done: readonly Row[] }) {
  const tools = useTools();
  const undo = many.acts[form.verb]?.undo;
  if (!undo) return null;
  return (
    <form method="post" action={`/${many.kind.plural}/many`}>
      <Carried verb={undo.verb} chosen={done} formKey={randomUUID()} />
      {Object.entries(undo.values?.(tools) ?? {}).map(([name, value]) => (
        <HiddenField key={name} name={name} value={value} />
      ))}
      <p class="buttons">
        <button class="plain">{tools.t("many.undo", { count: done.length })}</button>
      </p>
    </form>
  );
}
