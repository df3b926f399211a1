import { officersOf, officesOf } from "../access/slice.ts";
import { fieldsOf } from "../kernel/fields.ts";
import { type Route, route, type RouteCall } from "../kernel/page.ts";
import { STEP_UP_MINUTES } from "../kernel/pipeline.ts";
import { useTools } from "../kernel/tools.ts";
import { DeskPage } from "../ui/desk-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { ErrorSummary } from "../ui/error-summary.tsx";
import { HiddenField } from "../ui/hidden-field.tsx";
import { Notice } from "../ui/notice.tsx";
import { errorAt, SchemaFields, sentenceOf } from "../ui/schema-fields.tsx";
import { StepUp } from "../ui/step-up.tsx";
import { Table } from "../ui/table.tsx";
import { doToMany, type ManyForm, manyForm, type Outcome } from "./many.ts";
import type { Chosen } from "./views-chosen.ts";

type Choices = Readonly<Record<string, readonly { readonly value: string; readonly label: string }[]>>;

async function choicesFor({ reader }: RouteCall, { verb }: ManyForm): Promise<Choices> {
  if (verb !== "transfer") return {};
  const [offices, officers] = [await officesOf(reader.db), await officersOf(reader.db)];
  return {
    to_office: offices.map(({ id, name }) => ({ value: id, label: name })),
    to_account: officers.map(({ id, name, officeName }) => ({ value: id, label: `${name}, ${officeName}` })),
  };
}

const HEADERS = { "cache-control": "no-store" };

/** Exhibits ticked in the list, and what shall be done to them: one form, each through its own act, each outcome told, one receipt. */
export const manyRoutes: readonly Route[] = [
  route({
    role: "desk",
    method: "GET",
    path: "/items/many",
    access: "signed-in",
    handle: async (call) => {
      const query = new URLSearchParams(call.tools.url.split("?")[1] ?? "");
      if (!query.has("act")) return { redirect: "/items" };
      const form = await manyForm(call, { act: query.get("act"), ids: query.getAll("ids") });
      return { page: <ManyPage form={form} choices={await choicesFor(call, form)} />, headers: HEADERS };
    },
  }),
  route({
    role: "desk",
    method: "POST",
    path: "/items/many",
    access: "signed-in",
    handle: async (call) => {
      const sent = typeof call.body === "object" && call.body !== null ? (call.body as Record<string, unknown>) : {};
      const form = await manyForm(call, sent);
      const outcome = await doToMany(call, form, sent["_proof"]);
      if (Array.isArray(outcome)) return { page: <OutcomePage form={form} outcomes={outcome} />, headers: HEADERS };
      const wrong = outcome as ManyForm;
      return { page: <ManyPage form={wrong} choices={await choicesFor(call, wrong)} />, status: 422, headers: HEADERS };
    },
  }),
];

function ManyPage({ form, choices }: { readonly form: ManyForm; readonly choices: Choices }) {
  const { t, actor, now } = useTools();
  const { verb, act, chosen, values, errors, key } = form;
  const title = t(`act.item.${verb}`);
  const trail = [{ label: t("items.title"), href: "/items" }];
  if (chosen.length === 0)
    return (
      <DeskPage title={title} trail={trail}>
        <EmptyState title={t("items.none-chosen")}>{t("items.none-chosen.hint")}</EmptyState>
      </DeskPage>
    );
  const isFresh =
    actor?.via === "token" || (actor?.steppedUpAt && now.since(actor.steppedUpAt).total("minutes") <= STEP_UP_MINUTES);
  return (
    <DeskPage title={title} trail={trail} lead={t("items.many", { count: chosen.length })} wrong={errors.length > 0}>
      <ErrorSummary mistakes={errors.map((error) => ({ name: error.path, message: sentenceOf(error, t) }))} />
      <form method="post" action="/items/many" noValidate>
        <HiddenField name="_key" value={key} />
        <HiddenField name="act" value={verb} />
        {chosen.map(({ number }) => (
          <HiddenField key={number} name="ids" value={number} />
        ))}
        <SchemaFields
          fields={fieldsOf(act.input)}
          drawing={{ subject: "item", values, errors, choices, instead: { bundle: null } }}
        />
        {act.stepUp && !isFresh && <StepUp error={errorAt(errors, "_proof", t)} />}
        <p class="buttons">
          <button type="submit">{t("items.do-many", { act: title, count: chosen.length })}</button>
        </p>
      </form>
      <h2>{t("items.chosen")}</h2>
      <ChosenTable chosen={chosen} />
    </DeskPage>
  );
}

function ChosenTable({
  chosen,
  why,
}: {
  readonly chosen: readonly Chosen[];
  readonly why?: ReadonlyMap<string, string>;
}) {
  const { t } = useTools();
  return (
    <Table
      caption={t("items.chosen")}
      rows={chosen}
      id={({ number }) => number}
      href={({ id }) => `/items/${id}`}
      columns={[
        {
          key: "item",
          label: t("items.col.item"),
          primary: true,
          cell: ({ number, description }) => (
            <>
              <span class="code-small">{number}</span> {description.slice(0, 120)}
            </>
          ),
        },
        why
          ? { key: "why", label: t("items.why-not"), cell: ({ id }) => why.get(id) ?? "" }
          : { key: "state", label: t("items.col.state"), cell: ({ state }) => t(`state.${state}`) },
      ]}
    />
  );
}

/** What came of each: what was not done, and why, stands first; then the one receipt. */
function OutcomePage({ form, outcomes }: { readonly form: ManyForm; readonly outcomes: readonly Outcome[] }) {
  const { t, has, locale } = useTools();
  const done = outcomes.filter(({ refusal }) => refusal === undefined).map(({ chosen }) => chosen);
  const not = outcomes.flatMap(({ chosen, refusal }) => (refusal ? [{ chosen, refusal }] : []));
  const words = ({ refusal }: (typeof not)[number]): string => {
    const [field] = refusal.fields;
    if (field) return sentenceOf(field, t);
    const said = { ...refusal.values, act: t(`act.item.${form.verb}`) };
    const state = refusal.values["state"];
    return t(`refusal.${refusal.key}`, has(`state.${state}`) ? { ...said, state: t(`state.${state}`) } : said);
  };
  const [first] = done;
  return (
    <DeskPage title={t(`act.item.${form.verb}`)} trail={[{ label: t("items.title"), href: "/items" }]}>
      <Notice tone={not.length > 0 ? "late" : "good"} live>
        {t("items.outcome", { done: done.length, not: not.length })}
      </Notice>
      {first && form.verb === "transfer" && (
        <p>
          <a href={`/api/v1/items/${first.id}/receipt?language=${locale}`}>{t("items.paper.receipt")}</a>
        </p>
      )}
      {not.length > 0 && (
        <section>
          <h2>{t("items.not-done")}</h2>
          <ChosenTable
            chosen={not.map(({ chosen }) => chosen)}
            why={new Map(not.map((each) => [each.chosen.id, words(each)]))}
          />
        </section>
      )}
      {done.length > 0 && (
        <section>
          <h2>{t("items.done")}</h2>
          <ChosenTable chosen={done} />
        </section>
      )}
    </DeskPage>
  );
}
