import { asJson, type JsonObject } from "../kernel/json.ts";
import { decimalOf } from "../kernel/money.ts";
import type { Node } from "../kernel/node.ts";
import { publishedSeal } from "../trust/signers.ts";
import { letter } from "../ui/letter.ts";
import { moneyOf } from "../ui/money.tsx";
import { momentOf } from "../ui/when.tsx";
import type { Export } from "./views-export.ts";

const TEMPLATE = `
#par(data.body.says)
= #data.body.factsTitle
#said(data.body.facts)
= #data.body.toldTitle
#paragraphs(data.body.told)
#if data.body.contact.len() > 0 [= #data.body.contactTitle
#said(data.body.contact)]
#if data.body.messages.len() > 0 [= #data.body.messagesTitle
#for message in data.body.messages { block(breakable: true, [#text(fill: grey, message.head) #linebreak() #paragraphs(message.body)]) }]
#if data.body.files.len() > 0 [= #data.body.filesTitle
#said(data.body.files)]
#if data.body.found.len() > 0 [= #data.body.foundTitle
#said(data.body.found)]
#if data.body.money.len() > 0 [= #data.body.moneyTitle
#said(data.body.money)]
= #data.body.doneTitle
#said(data.body.done)
= #data.body.readTitle
#if data.body.read.len() > 0 { said(data.body.read) } else { par(data.body.readNone) }
= #data.body.keptTitle
#par(data.body.kept)
`;

interface Data {
  readonly report: Readonly<Record<string, unknown>> & { readonly reference: string };
  readonly told: { readonly description: string; readonly facts: Readonly<Record<string, unknown>> };
  readonly contact: Readonly<Record<string, string>> | null;
  readonly messages: readonly { at: string; from: string; body: string }[];
  readonly files: readonly { name: string; size: number; path: string | null }[];
  readonly found_in_it: readonly { type: string; value: string }[];
  readonly money: readonly { number: string; state: string; institution: string | null }[];
  readonly kept: { readonly due_at: string; readonly source: string } | null;
  readonly done: readonly { at: string; what: string; office: string }[];
  readonly contact_read: readonly { at: string; office: string }[];
}

/** Everything in words, as a letter that its reader can keep; the same as in the file of data beside it. */
export function exportLetter(node: Node, { data }: Export, language: string): Buffer {
  const t = node.translations.translate(language);
  const now = node.clock();
  const { zone } = node.config;
  const when = (text: unknown, precision: "long" | "day" = "long"): string =>
    momentOf(Temporal.Instant.from(String(text)), { locale: language, zone, now }, precision);
  const told = data as unknown as Data;
  const { report, contact, kept } = told;
  const known = (key: string) => node.translations.has(language, key) || node.translations.has("en", key);
  const labelled = (name: string) => (known(`privacy.column.${name}`) ? t(`privacy.column.${name}`) : name);
  const inWords = (name: string, text: string): string =>
    name === "reasons" && known(`report.reason.${text}`) ? t(`report.reason.${text}`) : text;
  const value = (name: string, raw: unknown): string => {
    if (typeof raw === "string" && /^\d{4}-\d\d-\d\dT.*Z$/.test(raw)) return when(raw);
    if (typeof raw === "boolean") return t(raw ? "portal.yes" : "portal.no");
    if (Array.isArray(raw)) return raw.map((each) => inWords(name, String(each))).join("; ");
    if (typeof raw !== "string" && typeof raw !== "number") return JSON.stringify(raw);
    if (name === "state") return t(`state.${raw}`);
    return name === "category" ? t(`option.category.${raw}`) : String(raw);
  };
  const { loss_minor: minor, loss_currency: currency } = report;
  const lost = typeof minor === "number" && typeof currency === "string" ? { minor, currency } : undefined;
  const facts = {
    says: t("privacy.export.says", { node: node.name }),
    factsTitle: t("privacy.export.facts"),
    facts: [
      ...Object.entries(report)
        .filter(([name, raw]) => !name.startsWith("loss_") && !(Array.isArray(raw) && raw.length === 0))
        .map(([name, raw]) => [labelled(name), value(name, raw)]),
      ...(lost ? [[labelled("loss_minor"), moneyOf(decimalOf(lost), lost.currency, language)]] : []),
    ],
    toldTitle: t("privacy.export.told"),
    told: [told.told.description, ...factLines(told.told.facts)].join("\n") || t("privacy.export.erased"),
    contactTitle: t("privacy.export.contact"),
    contact: Object.entries(contact ?? {}).map(([name, text]) => [labelled(name), text]),
    messagesTitle: t("privacy.export.messages"),
    messages: told.messages.map(({ at, from, body }) => ({ head: `${when(at)}, ${t(`reports.${from}`)}`, body })),
    filesTitle: t("privacy.export.files"),
    files: told.files.map(({ name, path }) => [name, path ?? "–"]),
    foundTitle: t("privacy.export.found"),
    found: told.found_in_it.map(({ type, value: found }) => [t(`report.type.${type}`), found]),
    moneyTitle: t("privacy.export.money"),
    money: told.money.map(({ number, state, institution }) => [
      number,
      [institution, t(`hold.state.${state}`)].filter((each) => each !== null).join(", "),
    ]),
    doneTitle: t("privacy.export.done"),
    done: told.done.map(({ at, what, office }) => [when(at), `${what} (${office})`]),
    readTitle: t("privacy.export.read"),
    read: told.contact_read.map(({ at, office }) => [when(at), office]),
    readNone: t("privacy.export.read.none"),
    keptTitle: t("privacy.export.kept"),
    kept: kept
      ? t("privacy.export.kept.until", { day: when(kept.due_at, "day"), source: kept.source })
      : t("privacy.export.kept.open"),
  };
  return letter(
    {
      head: {
        language,
        authority: `${node.name} (${node.code})`,
        title: t("privacy.export.title"),
        number: report.reference,
        date: momentOf(now, { locale: language, zone, now }, "day"),
      },
      seal: publishedSeal(node),
      at: now,
    },
    { template: TEMPLATE, facts: asJson(facts) as JsonObject },
    t,
  );
}

/** Answers beside the words, one a line; transfers and other groups as they were typed. */
const factLines = (facts: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(facts).flatMap(([name, raw]) =>
    Array.isArray(raw) && raw.every((each) => typeof each === "object" && each !== null)
      ? raw.map((each: object) => Object.values(each).map(String).join(", "))
      : [`${name}: ${typeof raw === "string" ? raw : JSON.stringify(raw)}`],
  );
