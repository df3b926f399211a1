import type { Refusal } from "../kernel/errors.ts";
import type { Translate } from "../kernel/i18n.ts";
import type { RouteAnswer } from "../kernel/page.ts";
import { problemOf, statusOf } from "../kernel/problem.ts";
import { CODE } from "./tip.ts";
import { escapeXml } from "./xml.ts";

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
type Fields = readonly (readonly [name: string, value: string | number] | undefined)[];

const elements = (fields: Fields): string =>
  fields.flatMap((field) => (field ? [`<${field[0]}>${escapeXml(String(field[1]))}</${field[0]}>`] : [])).join("");

const answered = (xml: string, status: number, headers: Readonly<Record<string, string>>): RouteAnswer => ({
  text: `${HEAD}${xml}\n`,
  type: "text/xml; charset=utf-8",
  status,
  headers: { "cache-control": "no-store", ...headers },
});

/** An answer in the form of every call but the last. */
export const reportResponse = (
  { code, description }: { readonly code: number; readonly description: string },
  fields: Fields = [],
  {
    status = 200,
    headers = {},
  }: { readonly status?: number; readonly headers?: Readonly<Record<string, string>> } = {},
): RouteAnswer =>
  answered(
    `<reportResponse>${elements([["responseCode", code], ["responseDescription", description], ...fields])}</reportResponse>`,
    status,
    headers,
  );

/** The answer to the call that finishes a report. */
export const doneResponse = (
  number: number,
  files: readonly string[],
  headers: Readonly<Record<string, string>>,
): RouteAnswer =>
  answered(
    `<reportDoneResponse>${elements([
      ["responseCode", CODE.success],
      ["reportId", number],
    ])}<files>${elements(files.map((file) => ["fileId", file] as const))}</files></reportDoneResponse>`,
    200,
    headers,
  );

/** A refusal in that form, with what is wrong field by field. */
export function refusalResponse(refusal: Refusal, t: Translate): RouteAnswer {
  const { detail, errors = [] } = problemOf(refusal, t);
  const words =
    errors.length > 0 ? errors.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join(" ") : detail;
  const { seconds } = refusal.values;
  return reportResponse({ code: codeOf(refusal), description: words }, [], {
    status: statusOf(refusal),
    headers: {
      ...(refusal.code === "not-signed-in" ? { "www-authenticate": 'Basic realm="hotline", charset="UTF-8"' } : {}),
      ...(refusal.code === "too-many" && typeof seconds === "number" ? { "retry-after": `${seconds}` } : {}),
    },
  });
}

/** The code of a refusal: those of the sender's mistakes say "do not repeat", the others "later". */
function codeOf({ code, key }: Refusal): number {
  if (key === "hotline-retracted") return CODE.retracted;
  if (key === "hotline-finished") return CODE.finished;
  switch (code) {
    case "not-signed-in":
      return CODE.unknownSender;
    case "not-allowed":
    case "step-up":
      return CODE.notAllowed;
    case "not-found":
      return CODE.noSuchReport;
    case "invalid":
      return CODE.invalid;
    case "unsupported":
      return key === "malformed" ? CODE.malformed : CODE.request;
    case "too-large":
    case "conflict":
    case "wrong-state":
    case "too-late":
      return CODE.request;
    case "too-many":
    case "unavailable":
      return CODE.server;
  }
}
