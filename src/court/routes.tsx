import { itemsOf, packageOfItems } from "../evidence/slice.ts";
import { type Actor, system } from "../kernel/actor.ts";
import { Refusal } from "../kernel/errors.ts";
import { isWhole, type WholeLanguage } from "../kernel/i18n.ts";
import { type Route, type RouteAnswer, type RouteCall, route } from "../kernel/page.ts";
import { perform } from "../kernel/pipeline.ts";
import { refusalFrom, statusOf } from "../kernel/problem.ts";
import { readView } from "../kernel/reader.ts";
import { Download, type Reader } from "../kernel/view.ts";
import { readCode } from "../reports/slice.ts";
import { receipt, take } from "./acts-disclosure.ts";
import { DEFENCE } from "./address.ts";
import { codeDigestOf, type DisclosureRow, wordsIn } from "./disclosure.ts";
import { exhibitListPdf, schedulePdf } from "./document.ts";
import { DefenceCodePage, DefencePage } from "./page-defence.tsx";
import { courtFile, type CourtFound } from "./views.ts";
import {
  caseNumberOf,
  countsOf,
  type Decided,
  decidedOf,
  defenceReader,
  disclosureByCode,
  disclosureRow,
} from "./views-disclosure.ts";

const NO_STORE = { "cache-control": "no-store" };
const languageOf = ({ query, reader }: RouteCall, asked = query["language"]): WholeLanguage =>
  asked !== undefined && isWhole(asked) ? asked : isWhole(reader.locale) ? reader.locale : "en";

const pdf = (body: Buffer, filename: string): Download =>
  new Download(body, { type: "application/pdf", filename, inline: true });
const fileName = (number: string): string => number.replaceAll(/[^A-Za-z0-9._-]+/g, "-");

/** The list of exhibits of a case. */
const exhibitListRoute = route({
  role: "desk",
  method: "GET",
  path: "/api/v1/cases/:id/exhibits.pdf",
  access: "signed-in",
  summary: "The list of a case's exhibits as a signed PDF: what, whence, through whose hands, verified how. ?language=",
  handle: async (call) => {
    const { node, reader, params } = call;
    const found = (await readView(courtFile, reader, { id: params["id"] ?? "" })) as CourtFound;
    const language = languageOf(call);
    const body = await exhibitListPdf({ node, language, at: reader.now }, found);
    return pdf(body, `${fileName(found.number)}-exhibits-${language}.pdf`);
  },
});

async function demandRow(reader: Reader, id: string | undefined): Promise<DisclosureRow> {
  const row = await disclosureRow(reader, id ?? "");
  if (!row) throw new Refusal("not-found", "not-found");
  return row;
}

async function scheduleOf(reader: Reader, row: DisclosureRow, language: WholeLanguage): Promise<Buffer> {
  const { node, now } = reader;
  return schedulePdf(
    { node, language, at: now },
    {
      row,
      words: wordsIn(node, row),
      decided: await decidedOf(reader, row),
      caseNumber: await caseNumberOf(reader.db, row.case_id),
    },
  );
}
const schedule = async (reader: Reader, row: DisclosureRow, language: WholeLanguage): Promise<Download> =>
  pdf(await scheduleOf(reader, row, language), `${fileName(row.number)}-schedule-${language}.pdf`);

const scheduleRoute = route({
  role: "desk",
  method: "GET",
  path: "/api/v1/disclosures/:id/schedule",
  access: "signed-in",
  summary: "What becomes of every item of the case, as a signed PDF. ?language=",
  handle: async (call) => schedule(call.reader, await demandRow(call.reader, call.params["id"]), languageOf(call)),
});

/** What of the package is withheld: the bytes of what can only be inspected; that it exists, and whole, is proved all the same. */
const withheldIn = (row: DisclosureRow, decided: readonly Decided[]) =>
  new Map(
    decided
      .filter(({ fate }) => fate === "inspect")
      .map(({ item, reason }) => [
        item.id,
        {
          bytes: {
            by: row.approved_by_name ?? "",
            at: (row.approved_at ?? row.prepared_at).toString(),
            reason: reason ?? "",
          },
        },
      ]),
  );

/** The package of what is given; that it was taken, and by whom, stands in the disclosure's own log before its first byte. */
async function packaged(reader: Reader, actor: Actor, row: DisclosureRow): Promise<Download> {
  const { node } = reader;
  if (row.state !== "served" && row.state !== "received")
    throw new Refusal("wrong-state", "wrong-state", { values: { act: "take", state: row.state } });
  const decided = await decidedOf(reader, row);
  const along = decided.filter(({ fate }) => fate !== "withheld");
  if (!along.some(({ fate }) => fate === "given")) throw new Refusal("wrong-state", "disclosure-nothing-given");
  const { recipient } = wordsIn(node, row);
  const rows = await itemsOf(
    reader,
    row.case_id,
    along.map(({ item }) => item.id),
  );
  const made = await packageOfItems(reader, rows, {
    name: row.number,
    withheld: withheldIn(row, decided),
    papers: false,
    documents: [
      {
        name: `${fileName(row.number)}-schedule.pdf`,
        mediaType: "application/pdf",
        content: await scheduleOf(reader, row, isWhole(reader.locale) ? reader.locale : "en"),
      },
    ],
    ...(recipient === undefined ? {} : { recipients: [recipient] }),
  });
  await perform({
    node,
    actor,
    act: take,
    id: row.id,
    input: { by: actor.kind === "officer" ? "officer" : "code", what: "package" },
  });
  return new Download(made.stream(), { type: made.mediaType, filename: made.name, size: made.sizeBytes });
}

const packageRoute = route({
  role: "desk",
  method: "GET",
  path: "/api/v1/disclosures/:id/package",
  access: "signed-in",
  summary: "The package of what a served disclosure gives. That it was taken stands in the disclosure's log.",
  handle: async ({ reader, actor, params }) => packaged(reader, actor, await demandRow(reader, params["id"])),
});

const publicRoute = (method: "GET" | "POST", path: string, handle: Route["handle"]): Route =>
  route({ role: "portal", method, path, access: "public", handle });

const formOf = ({ body }: RouteCall): Record<string, unknown> =>
  typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
const textOf = (call: RouteCall, name: string): string => {
  const value = formOf(call)[name];
  return typeof value === "string" ? value : "";
};

/** The disclosure that the code of this form opens. */
async function openedBy(call: RouteCall): Promise<{ row: DisclosureRow; code: string } | undefined> {
  const code = readCode(textOf(call, "code"));
  if (code === undefined) return undefined;
  const row = await disclosureByCode(call.node.db, codeDigestOf(call.node, code), call.reader.now);
  return row && { row, code };
}

const wrongCode = ({ tools }: RouteCall): RouteAnswer => ({
  page: <DefenceCodePage error={tools.t("refusal.defence-code")} />,
  status: 422,
  headers: NO_STORE,
});

async function shown(
  call: RouteCall,
  { row, code }: { row: DisclosureRow; code: string },
  error?: string,
): Promise<RouteAnswer> {
  return {
    page: (
      <DefencePage
        row={row}
        words={wordsIn(call.node, row)}
        code={code}
        counts={await countsOf(call.node.db, row.id)}
        error={error}
      />
    ),
    status: error === undefined ? 200 : 422,
    headers: NO_STORE,
  };
}

/** A form of the defence: the code travels in the body of each, never in an address and in no cookie. */
const withCode = (
  path: string,
  then: (call: RouteCall, opened: { row: DisclosureRow; code: string }) => Promise<RouteAnswer>,
) =>
  publicRoute("POST", path, async (call) => {
    const opened = await openedBy(call);
    return opened ? then(call, opened) : wrongCode(call);
  });

const DEFENDING = system("defence");

export const courtRoutes: readonly Route[] = [
  exhibitListRoute,
  scheduleRoute,
  packageRoute,
  publicRoute("GET", DEFENCE, async (): Promise<RouteAnswer> => ({ page: <DefenceCodePage />, headers: NO_STORE })),
  withCode(DEFENCE, (call, opened) => shown(call, opened)),
  withCode(`${DEFENCE}/package`, (call, { row }) => packaged(defenceReader(call.reader), DEFENDING, row)),
  withCode(`${DEFENCE}/schedule`, async (call, { row }) => {
    await perform({
      node: call.node,
      actor: DEFENDING,
      act: take,
      id: row.id,
      input: { by: "code", what: "schedule" },
    });
    return schedule(defenceReader(call.reader), row, languageOf(call, textOf(call, "language")));
  }),
  withCode(`${DEFENCE}/receipt`, async (call, { row, code }) => {
    try {
      await perform({
        node: call.node,
        actor: DEFENDING,
        act: receipt,
        id: row.id,
        input: { name: textOf(call, "name") },
      });
    } catch (error) {
      const refusal = refusalFrom(error);
      if (!refusal || statusOf(refusal) >= 500) throw error;
      const [field] = refusal.fields;
      const key = field?.key ?? refusal.key;
      return shown(call, { row, code }, call.tools.t(`refusal.${key}`, field?.values ?? refusal.values));
    }
    const now = await disclosureByCode(call.node.db, codeDigestOf(call.node, code), call.reader.now);
    return now ? shown(call, { row: now, code }) : wrongCode(call);
  }),
];
