import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { FieldError } from "../kernel/errors.ts";
import { Refusal } from "../kernel/errors.ts";
import { type Field, fieldsOf, fromForm } from "../kernel/fields.ts";
import { type FormValues, withoutEmpty } from "../kernel/form.ts";
import { route, type RouteAnswer, type RouteCall } from "../kernel/page.ts";
import { isUuid, perform } from "../kernel/pipeline.ts";
import { useTools } from "../kernel/tools.ts";
import { issuesOf } from "../kernel/validation.ts";
import { DeskPage } from "../ui/desk-page.tsx";
import { ErrorSummary } from "../ui/error-summary.tsx";
import { HiddenField } from "../ui/hidden-field.tsx";
import { Notice } from "../ui/notice.tsx";
import { SchemaFields, sentenceOf } from "../ui/schema-fields.tsx";
import { askablePeers } from "../exchange/slice.ts";
import { MEASURE_CODES, measureOf } from "../law/slice.ts";
import { draftRequest, submit } from "./acts-draft.ts";
import { order } from "./acts-validation.ts";
import { send } from "./acts-sender.ts";
import { GROUND, SHORT_WAY } from "./emergency.ts";
import { type Draft, draftSchema, requestSubject } from "./request.ts";
import { missing, type Substance } from "./substance.ts";
import { caseForEmergency } from "./views-emergency.ts";

const { shape } = draftSchema;
const ground = z.object(
  Object.fromEntries(
    Object.entries(shape.particulars.unwrap().shape).filter(([name]) => (GROUND as readonly string[]).includes(name)),
  ),
);
/** The short form: the ground first, then what is wanted from whom; everything else of a request is known already or follows. */
const formSchema = z.object({
  particulars: ground,
  measure: z.enum(SHORT_WAY),
  to: shape.to,
  custodian: shape.custodian,
  data: shape.data,
  offence: shape.offence,
  facts: shape.facts,
  necessity: shape.necessity,
  proportionality: shape.proportionality,
});
const LINES: readonly string[] = ["custodian", "description", "offence"];
/** All of it is asked: none of it may be left out, and what fits on a line has one. */
const asked = (fields: readonly Field[]): Field[] =>
  fields.map((field) => ({
    ...field,
    required: true,
    ...(LINES.includes(field.name) ? { control: "text" as const } : {}),
    ...(field.fields ? { fields: asked(field.fields) } : {}),
  }));
const FIELDS = asked(fieldsOf(formSchema));

interface Raised {
  readonly file: { readonly id: string; readonly number: string; readonly title: string };
  readonly values: FormValues;
  readonly errors: readonly FieldError[];
  readonly refusal?: string;
  readonly form: string;
  readonly peers: readonly { readonly value: string; readonly label: string }[];
  /** Whether the law here lets it go out before it is authorised. */
  readonly goesAtOnce: boolean;
}

function RaisePage({ file, values, errors, refusal, form, peers, goesAtOnce }: Raised) {
  const { t, has } = useTools();
  const label = (path: string) =>
    path
      .split(".")
      .map((step) =>
        /^\d+$/.test(step) ? `${Number(step) + 1}` : has(`field.request.${step}`) ? t(`field.request.${step}`) : step,
      )
      .join(", ");
  return (
    <DeskPage
      title={t("emergency.title", { number: file.number })}
      heading={t("emergency.heading")}
      lead={t("emergency.lead")}
      wrong={errors.length > 0 || refusal !== undefined}
      trail={[{ href: `/cases/${file.id}`, label: `${file.number} ${file.title}` }]}
    >
      <ErrorSummary
        mistakes={[
          ...(refusal ? [{ message: refusal }] : []),
          ...errors.map((error) => ({
            name: error.path,
            message: t("ui.mistake", { field: label(error.path), message: sentenceOf(error, t) }),
          })),
        ]}
      />
      <Notice tone={goesAtOnce ? "plain" : "waits"}>
        {t(goesAtOnce ? "emergency.at-once" : "emergency.first-decided")}
      </Notice>
      <form method="post" action={`/cases/${file.id}/emergency`} noValidate>
        <HiddenField name="_key" value={form} />
        <SchemaFields
          fields={FIELDS}
          drawing={{
            subject: "request",
            values,
            errors,
            choices: {
              to: peers,
              measure: SHORT_WAY.map((code) => ({ value: code, label: t(`option.measure.${code}`) })),
            },
            labels: { particulars: t("emergency.ground") },
            hints: { particulars: t("emergency.ground.hint") },
          }}
        />
        <p class="buttons">
          <button type="submit">{t(goesAtOnce ? "emergency.send" : "emergency.submit")}</button>
        </p>
      </form>
      <p>
        <a href={`/cases/${file.id}/requests/new?urgency=emergency`}>{t("emergency.other-measure")}</a>
      </p>
    </DeskPage>
  );
}

/** Whether this officer could order such a request before anybody has decided on it, by the law of the country. */
const mayGoAtOnce = ({ node, actor, reader }: RouteCall, draft: Pick<Draft, "measure" | "urgency">): boolean =>
  node.policy.decide({
    actor,
    action: order.name,
    subject: requestSubject,
    id: node.code,
    row: {
      id: node.code,
      side: "sender",
      state: "submitted",
      ...draft,
      ...(actor.kind === "officer" ? { drafted_by: actor.account, office: actor.office.id } : {}),
    },
    now: reader.now,
  }).allowed;

const refusalOf = (error: unknown): Refusal => {
  if (error instanceof Refusal) return error;
  throw error;
};

/** Drafts, submits and, where the law here allows it, orders and sends: acts, each with its own decision and entry. */
async function raise(call: RouteCall, of: { id: string; draft: Draft; key: string }): Promise<string> {
  const { node, actor } = call;
  const step = async (act: Parameters<typeof perform>[0]["act"], id: string, input: unknown) =>
    (await perform({ node, actor, act, id, input, idempotencyKey: `${of.key}:${act.verb}` })).id;
  const request = await step(draftRequest, of.id, of.draft);
  await step(submit, request, {});
  if (!mayGoAtOnce(call, of.draft)) return `/requests/${request}?done=submit`;
  try {
    // The ground of the emergency is the reason of the order.
    const { emergency = "" } = of.draft.particulars;
    await step(order, request, { reasons: emergency.slice(0, 4_000) });
    await step(send, request, {});
    return `/requests/${request}?done=send`;
  } catch (error) {
    refusalOf(error);
    return `/requests/${request}?done=submit`;
  }
}

async function handle(call: RouteCall): Promise<RouteAnswer> {
  const { reader, tools, params, request, body } = call;
  const file = await caseForEmergency(reader, isUuid(params["id"] ?? "") ? (params["id"] ?? "") : randomUUID());
  if (!file) throw new Refusal("not-found", "not-found");
  if (!tools.may(draftRequest.name))
    throw new Refusal("not-allowed", "not-permitted", { values: { act: draftRequest.name } });
  const kinds = MEASURE_CODES.filter((code) => (SHORT_WAY as readonly string[]).includes(code)).map(
    (code) => measureOf(code).asks,
  );
  const common = {
    file,
    peers: (await askablePeers(reader))
      .filter(({ kind }) => kinds.includes(kind as "state" | "provider"))
      .map(({ code, name }) => ({ value: code, label: `${name} (${code})` })),
    goesAtOnce: mayGoAtOnce(call, { measure: "X9", urgency: "emergency" }),
  };
  if (request.method === "GET" || request.method === "HEAD")
    return {
      page: (
        <RaisePage
          {...common}
          values={{ measure: "X9", offence: file.offences.join("; ").slice(0, 300) }}
          errors={[]}
          form={randomUUID()}
        />
      ),
    };
  const { _key: given, ...values } = (typeof body === "object" && body !== null ? body : {}) as FormValues;
  const key = typeof given === "string" && isUuid(given) ? given : randomUUID();
  const again = (errors: readonly FieldError[], refusal?: string): RouteAnswer => ({
    page: <RaisePage {...common} values={values} errors={errors} form={key} {...(refusal ? { refusal } : {})} />,
    status: 422,
  });
  const parsed = draftSchema.safeParse({ ...fromForm(FIELDS, withoutEmpty(values)), urgency: "emergency" });
  if (!parsed.success) return again(issuesOf(parsed.error));
  const errors = missing(parsed.data as Substance);
  if (errors.length > 0) return again(errors);
  try {
    return { redirect: await raise(call, { id: file.id, draft: parsed.data, key }) };
  } catch (error) {
    const { key: name, fields, values: words } = refusalOf(error);
    return again(fields, fields.length > 0 ? undefined : tools.t(`refusal.${name}`, words));
  }
}

/** The short way of an emergency, from a case: one click to this form, one to send it or to lay it before whoever decides. */
export const raiseRoutes = (["GET", "POST"] as const).map((method) =>
  route({ role: "desk", method, path: "/cases/:id/emergency", access: "signed-in", handle }),
);
