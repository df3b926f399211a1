import { fieldsOf } from "../kernel/fields.ts";
import { type FieldError, Refusal } from "../kernel/errors.ts";
import type { FormValues } from "../kernel/form.ts";
import { type Route, type RouteAnswer, route, type RouteCall } from "../kernel/page.ts";
import { isUuid, performIn } from "../kernel/pipeline.ts";
import { refusalFrom } from "../kernel/problem.ts";
import { useTools } from "../kernel/tools.ts";
import { issuesOf } from "../kernel/validation.ts";
import { Download, type Reader } from "../kernel/view.ts";
import { verifierPage } from "../trust/verifier-routes.ts";
import { DeskPage } from "../ui/desk-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { ErrorSummary } from "../ui/error-summary.tsx";
import { Hash } from "../ui/hash.tsx";
import { HiddenField } from "../ui/hidden-field.tsx";
import { SchemaFields, sentenceOf } from "../ui/schema-fields.tsx";
import { Table } from "../ui/table.tsx";
import { sizeInWords } from "../ui/upload.tsx";
import { exportItem } from "./acts.ts";
import { officerOf } from "./acts-acquire.ts";
import type { ItemRow } from "./item.ts";
import { type AskedSet, GIVES, isPartial, recipientsOf, setForm, setFromForm, setSchema } from "./package-set.ts";
import { type ItemLine, itemRow, itemsOfCase } from "./views.ts";
import { packageOfItems, type WithheldParts } from "./views-package.ts";

/** What is withheld of each item, by whose decision, and what the journal says of it. */
function withheldOf({ items, reason = "" }: AskedSet, by: string, at: Temporal.Instant) {
  const decision = { by, at: at.toString(), reason };
  return new Map<string, WithheldParts>(
    items.map(({ item, give, without_events }) => [
      item,
      {
        ...(give === "without-file" ? { bytes: decision } : {}),
        ...(without_events.length > 0 ? { events: new Map(without_events.map((event) => [event, decision])) } : {}),
      },
    ]),
  );
}

/** What of an item's export the journal keeps beside for whom and what for. */
const told = ({ give, without_events }: AskedSet["items"][number], asked: AskedSet, names: readonly string[]) => ({
  ...(asked.purpose === undefined ? {} : { purpose: asked.purpose }),
  ...(asked.recipient === undefined ? {} : { recipient: asked.recipient }),
  ...(asked.items.length > 1 ? { items: asked.items.length } : {}),
  ...(give === "without-file" ? { without_file: true } : {}),
  ...(without_events.length > 0 ? { without_events: without_events.join(", ") } : {}),
  ...(give === "without-file" || without_events.length > 0 ? { reason: asked.reason ?? "" } : {}),
  ...(names.length > 0 ? { encrypted_to: names.join(", ").slice(0, 2_000) } : {}),
});

/** The rows asked for, in the order given. Refuses where one of them is not for this reader. */
async function rowsOf(reader: Reader, { items }: AskedSet): Promise<ItemRow[]> {
  const rows: ItemRow[] = [];
  for (const { item } of items) {
    const row = await itemRow(reader, item);
    if (!row) throw new Refusal("not-found", "not-found");
    rows.push(row);
  }
  return rows;
}

/** What is wrong with what was asked, beyond its form: a reason that is missing, events that there are not. */
async function wrongIn({ db }: Reader, asked: AskedSet): Promise<FieldError[]> {
  const wrong: FieldError[] = [];
  if (isPartial(asked) && asked.reason === undefined) wrong.push({ path: "reason", key: "package-reason" });
  for (const { item, without_events } of asked.items) {
    if (without_events.length === 0) continue;
    const last = await db
      .selectFrom("journal")
      .select(({ fn }) => fn.max("seq").as("seq"))
      .where("subject_kind", "=", "item")
      .where("subject_id", "=", item)
      .executeTakeFirst();
    const count = Number(last?.seq ?? 0);
    // The first event names the file: without it nothing would say what the bytes are.
    if (without_events.some((event) => event === 1 || event > count))
      wrong.push({ path: `events_${item}`, key: "package-events", values: { count } });
  }
  return wrong;
}

/** Journals the export of each item, all or none, and gives the package of them. */
async function packaged(call: RouteCall, asked: AskedSet, name: string): Promise<Download | readonly FieldError[]> {
  const { node, actor, reader } = call;
  const officer = officerOf({ actor });
  const { keys, names, wrong } = await recipientsOf(reader, asked);
  const all = [...(await wrongIn(reader, asked)), ...wrong];
  if (all.length > 0) return all;
  const rows = await rowsOf(reader, asked);
  const now = node.clock();
  await node.db.transaction().execute(async (tx) => {
    for (const each of asked.items)
      await performIn(tx, { node, actor, act: exportItem, id: each.item, input: told(each, asked, names), now });
  });
  const [only] = rows;
  const made = await packageOfItems(reader, rows, {
    name: rows.length === 1 && only ? only.number : name,
    withheld: withheldOf(asked, `${officer.name}, ${officer.office.name}`, now),
    recipients: keys,
  });
  return new Download(made.stream(), { type: made.mediaType, filename: made.name, size: made.sizeBytes });
}

/** What the form shows: the items, what was chosen, what is wrong. */
interface SetForm {
  readonly lines: readonly ItemLine[];
  readonly of: string | null;
  readonly values: FormValues;
  readonly errors: readonly FieldError[];
  readonly refusal?: Refusal;
}

async function linesFor({ reader }: RouteCall, asked: { readonly case?: string; readonly items?: string }) {
  const chosen = (asked.items ?? "").split(",").filter(isUuid);
  const rows: ItemLine[] = [];
  for (const id of chosen) {
    const row = await itemRow(reader, id);
    if (row) rows.push(row);
  }
  const lines = asked.case !== undefined && isUuid(asked.case) ? await itemsOfCase(reader, asked.case) : rows;
  return lines.filter(({ state }) => state === "kept" || state === "sealed");
}

const HEADERS = { "cache-control": "no-store" };
const nameOf = (lines: readonly ItemLine[], at: Temporal.Instant): string =>
  `${(lines[0]?.number ?? "evidence").replace(/\/E\d+$/, "")}-${at.toString({ smallestUnit: "second" }).slice(0, 19).replaceAll(/\D/g, "")}`;

async function sent(call: RouteCall): Promise<RouteAnswer> {
  const body = typeof call.body === "object" && call.body !== null ? (call.body as Record<string, unknown>) : {};
  const text = (name: string) => (typeof body[name] === "string" ? String(body[name]) : "");
  const of = text("case");
  const lines = await linesFor(call, { ...(of === "" ? {} : { case: of }), items: text("ids") });
  const again = (errors: readonly FieldError[], refusal?: Refusal): RouteAnswer => ({
    page: (
      <PackagePage
        form={{ lines, of: of === "" ? null : of, values: body as FormValues, errors, ...(refusal ? { refusal } : {}) }}
      />
    ),
    status: 422,
    headers: HEADERS,
  });
  const parsed = setSchema.safeParse(setFromForm(body));
  if (!parsed.success)
    return again(issuesOf(parsed.error).map(({ path, ...more }) => ({ path: path.split(".")[0] ?? "", ...more })));
  try {
    const made = await packaged(call, parsed.data, nameOf(lines, call.node.clock()));
    return made instanceof Download ? made : again(made);
  } catch (error) {
    const refusal = refusalFrom(error);
    if (!refusal || refusal.code === "not-signed-in") throw error;
    return again(refusal.fields, refusal);
  }
}

/** Several items in one package: a form on the desk, and a call for programs. */
export const packageSetRoutes: readonly Route[] = [
  route({
    role: "desk",
    method: "GET",
    path: "/items/package",
    access: "signed-in",
    handle: async (call) => {
      const { case: of, items } = call.query;
      const lines = await linesFor(call, { ...(of ? { case: of } : {}), ...(items ? { items } : {}) });
      return {
        page: <PackagePage form={{ lines, of: of ?? null, values: {}, errors: [] }} />,
        headers: HEADERS,
      };
    },
  }),
  route({ role: "desk", method: "POST", path: "/items/package", access: "signed-in", handle: sent }),
  route({
    role: "desk",
    method: "POST",
    path: "/api/v1/items/package",
    access: "signed-in",
    summary:
      "Several items in one .asice under one checkpoint, parts of them withheld where asked, encrypted to age keys or peers where asked. Performs item.export on each, all or none.",
    handle: async (call) => {
      const parsed = setSchema.safeParse(call.body);
      if (!parsed.success) throw new Refusal("invalid", "invalid-input", { fields: issuesOf(parsed.error) });
      const made = await packaged(call, parsed.data, `evidence-${call.node.clock().toString().slice(0, 10)}`);
      if (!(made instanceof Download)) throw new Refusal("invalid", "invalid-input", { fields: made });
      return made;
    },
  }),
];

function PackagePage({ form: { lines, of, values, errors, refusal } }: { readonly form: SetForm }) {
  const { t } = useTools();
  const title = t("items.set.title");
  const trail = [{ label: t("items.title"), href: "/items" }];
  if (lines.length === 0)
    return (
      <DeskPage title={title} trail={trail}>
        <EmptyState title={t("items.set.none")}>{t("items.set.none.hint")}</EmptyState>
      </DeskPage>
    );
  const mistakes = [
    ...errors.map((error) => ({ name: error.path, message: sentenceOf(error, t) })),
    ...(refusal && errors.length === 0 ? [{ message: t(`refusal.${refusal.key}`, refusal.values) }] : []),
  ];
  return (
    <DeskPage title={title} trail={trail} lead={t("items.set.lead")} wrong={mistakes.length > 0}>
      <ErrorSummary mistakes={mistakes} />
      <form method="post" action="/items/package" noValidate>
        {of !== null && <HiddenField name="case" value={of} />}
        <HiddenField name="ids" value={lines.map(({ id }) => id).join(",")} />
        <ItemsChosen lines={lines} values={values} />
        <SchemaFields fields={fieldsOf(setForm)} drawing={{ subject: "package", values, errors }} />
        <p class="buttons">
          <button type="submit">{t("items.set.make")}</button>
        </p>
      </form>
      <p class="small">
        <a href="/verify.html" download="verify.html">
          {t("items.verifier")}
        </a>{" "}
        <Hash value={verifierPage().sha256} label="SHA-256" short />
      </p>
    </DeskPage>
  );
}

function ItemsChosen({ lines, values }: { readonly lines: readonly ItemLine[]; readonly values: FormValues }) {
  const { t, locale } = useTools();
  const chosen = (id: string): string => {
    const value = values[`give_${id}`];
    return typeof value === "string" ? value : Object.keys(values).length > 0 ? "" : "whole";
  };
  const typed = (name: string): string => {
    const value = values[name];
    return typeof value === "string" ? value : "";
  };
  return (
    <Table
      caption={t("items.set.items")}
      rows={lines}
      id={({ number }) => number}
      columns={[
        {
          key: "item",
          label: t("items.col.item"),
          primary: true,
          cell: ({ number, description }) => (
            <>
              <span class="code-small">{number}</span> {description.slice(0, 160)}
            </>
          ),
        },
        {
          key: "file",
          label: t("items.file"),
          cell: ({ name, bytes }) => (
            <>
              {name} <span class="small quiet">{sizeInWords(bytes, locale)}</span>
            </>
          ),
        },
        {
          key: "give",
          label: t("items.set.give"),
          cell: ({ id, number }) => (
            <select id={`f-give_${id}`} name={`give_${id}`} aria-label={t("items.set.give-of", { number })}>
              {GIVES.map((each) => (
                <option key={each} value={each} selected={chosen(id) === each}>
                  {t(`items.set.${each}`)}
                </option>
              ))}
              <option value="" selected={chosen(id) === ""}>
                {t("items.set.not")}
              </option>
            </select>
          ),
        },
        {
          key: "events",
          label: t("items.set.events"),
          cell: ({ id, number }) => (
            <input
              type="text"
              inputMode="numeric"
              size={8}
              id={`f-events_${id}`}
              name={`events_${id}`}
              value={typed(`events_${id}`)}
              aria-label={t("items.set.events-of", { number })}
            />
          ),
        },
      ]}
    />
  );
}
