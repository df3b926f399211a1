import { PUBLIC } from "../kernel/actor.ts";
import type { FieldError } from "../kernel/errors.ts";
import { Refusal } from "../kernel/errors.ts";
import type { FormValues } from "../kernel/form.ts";
import { type Route, route, type RouteAnswer, type RouteCall } from "../kernel/page.ts";
import { refusalFrom, statusOf } from "../kernel/problem.ts";
import {
  dropDraftFile,
  firstResponseDue,
  handIn,
  prepare,
  rank,
  readCode,
  receivingOn,
  takeDraftFile,
  verifyWork,
  workFor,
} from "../reports/slice.ts";
import {
  DRAFT_HOURS,
  dropDraft,
  isDraftName,
  keepDraft,
  newDraftName,
  type OpenDraft,
  openDraft,
  withCode,
} from "./acts-draft.ts";
import { addressOf, BEGIN, DRAFT_CODE, NOTE, RECEIPT, SENT, stepAt } from "./address.ts";
import { type Answers, CODE_AFTER, nextStep, type StepName, STEPS, stepsFor, takesFiles } from "./draft.ts";
import { askingOf, hereOf } from "./here.ts";
import { DraftCodePage, HomePage, SentPage } from "./page-sent.tsx";
import { StepPage } from "./page-step.tsx";
import { receiptOf } from "./receipt-document.ts";
import { submissionOf } from "./sending.ts";
import { shownAmount } from "./showing.tsx";
import { takeStep, type Taken, textOf } from "./take.ts";

/** Holds the writer's part of the key to a draft. Its name tells nothing, nor does that of any other. */
export const DRAFT_COOKIE = "d";
/** Minutes for which the code can be seen again by the browser that sent the report: a dropped line must not cost it. */
const SHOWN_MINUTES = 15;
/** Files of one report, and the largest form: long words are given back with a sentence, rather than cut off. */
const FILES_MAX = 10;
const FORM_BYTES_MAX = 4 * 1_048_576;
const NO_STORE = { "cache-control": "no-store" };

export const publicRoute = (method: "GET" | "POST", path: string, handle: Route["handle"], bodyLimit?: number): Route =>
  route({ role: "portal", method, path, access: "public", handle, ...(bodyLimit === undefined ? {} : { bodyLimit }) });

/** Whether cookies may travel over the wire in the clear. */
export const isSecure = ({ node }: RouteCall): boolean => node.config.portal_url?.startsWith("https:") ?? false;

/** The form that was posted. */
export const formOf = ({ body }: RouteCall): Record<string, unknown> =>
  typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};

/** Has the browser hold a draft; the cookie ends with the browser. */
export const holdDraft = (call: RouteCall, name: string) =>
  call.reply.setCookie(DRAFT_COOKIE, name, { path: BEGIN, httpOnly: true, sameSite: "lax", secure: isSecure(call) });

const nameOf = ({ request }: RouteCall): string | undefined =>
  isDraftName(request.cookies[DRAFT_COOKIE]) ? request.cookies[DRAFT_COOKIE] : undefined;

const stepNamed = (call: RouteCall): StepName => {
  const step = stepAt(call.params["step"]);
  if (!step) throw new Refusal("not-found", "no-such-address");
  return step;
};

/** The draft of this browser, if it has one that is still kept. */
async function draftOf(call: RouteCall): Promise<{ name?: string; draft?: OpenDraft }> {
  const name = nameOf(call);
  const draft = name === undefined ? undefined : await openDraft(call.node, name);
  return { ...(name === undefined ? {} : { name }), ...(draft ? { draft } : {}) };
}

const untilOf = ({ at }: OpenDraft): Temporal.Instant => at.add({ hours: DRAFT_HOURS });

/** One page. A page that the answers do not lead to, or lead to later, leads to the one that is due. */
const showStep = publicRoute("GET", `${BEGIN}/:step`, async (call): Promise<RouteAnswer> => {
  const { node, params } = call;
  const address = `${BEGIN}/${params["step"]}`;
  if (address === SENT) return showSent(call);
  if (address === DRAFT_CODE) return showCode(call);
  const step = stepNamed(call);
  const { name, draft } = await draftOf(call);
  if (draft?.answers.sent) return { redirect: SENT };
  const answers = draft?.answers ?? {};
  const [steps, due] = [stepsFor(answers), nextStep(answers)];
  if (!steps.includes(step) || steps.indexOf(step) > steps.indexOf(due)) return { redirect: addressOf(due) };
  const isLost = name !== undefined && !draft;
  const until = draft ? untilOf(draft) : null;
  return {
    page: (
      <StepPage
        step={step}
        answers={answers}
        errors={[]}
        here={hereOf(node)}
        until={until}
        isLost={isLost}
        work={step === "check" && name !== undefined ? workFor(node, name) : undefined}
      />
    ),
    headers: NO_STORE,
    ...(name === undefined ? { same: "first" } : {}),
  };
});

/** How often a change is tried anew that another page of the same writer has got in between. */
const TRIES = 5;

const takeStepRoute = publicRoute(
  "POST",
  `${BEGIN}/:step`,
  async (call): Promise<RouteAnswer> => {
    const step = stepNamed(call);
    if (call.request.isMultipart()) return step === "files" ? addFile(call) : { redirect: addressOf(step) };
    const form = formOf(call);
    for (let tries = 0; tries < TRIES; tries += 1) {
      const { name: held, draft } = await draftOf(call);
      // A name is a draft's only, since it is also the key under which the report is handed in once.
      const name = draft && held !== undefined ? held : newDraftName();
      if (draft?.answers.sent) return { redirect: SENT };
      const taken = takeStep(draft?.answers ?? {}, step, form, askingOf(call.node));
      // An answer to a later page of a draft that is no more is kept, and leads to the first page, which says so.
      if ("errors" in taken && !draft && step !== STEPS[0]) return { redirect: addressOf(STEPS[0]) };
      if ("errors" in taken) return again(call, step, { draft, taken, form: form as FormValues });
      const answered = await keepAnswered(call, { name, draft, step, taken });
      if (answered) return answered;
    }
    throw new Refusal("conflict", "draft-busy");
  },
  FORM_BYTES_MAX,
);

/** The page again, with what was typed and what is wrong with it. */
function again(
  { node }: RouteCall,
  step: StepName,
  of: {
    draft: OpenDraft | undefined;
    taken: { readonly errors: readonly FieldError[] };
    form?: FormValues;
    status?: number;
  },
): RouteAnswer {
  const { draft, taken, form, status = 422 } = of;
  return {
    page: (
      <StepPage
        step={step}
        answers={draft?.answers ?? {}}
        errors={taken.errors}
        values={form}
        here={hereOf(node)}
        until={draft ? untilOf(draft) : null}
      />
    ),
    status,
    headers: NO_STORE,
  };
}

/** Keeps what was answered and leads on, or sends it; `undefined` where another page of the same writer was quicker. */
async function keepAnswered(
  call: RouteCall,
  of: { name: string; draft: OpenDraft | undefined; step: StepName; taken: Exclude<Taken, { errors: unknown }> },
): Promise<RouteAnswer> {
  const { node } = call;
  const { name, draft, step, taken } = of;
  const isSent = step === "check" || (step === "enough" && formOf(call)["do"] === "send");
  if (isSent && draft) return send(call, name, { ...draft, answers: taken.answers });
  const needsCode = step === CODE_AFTER && draft && !taken.answers.code;
  const answers = needsCode ? await withCode(node, name, taken.answers) : taken.answers;
  if (!(await keepDraft(node, name, answers, draft))) return undefined;
  if (!draft) holdDraft(call, name);
  return { redirect: addressOf(taken.stay ? step : nextStep(answers)) };
}

/** Adds a file to the draft. What is wrong with it is said on the page, which has all else as it was. */
async function addFile(call: RouteCall): Promise<RouteAnswer> {
  const { node } = call;
  const { name, draft } = await draftOf(call);
  if (!name || !draft) return { redirect: addressOf(STEPS[0]) };
  const wrong = (key: string, more: { values?: Record<string, string | number>; status?: number } = {}) =>
    again(call, "files", {
      draft,
      taken: { errors: [{ path: "file", key, ...(more.values ? { values: more.values } : {}) }] },
      ...(more.status === undefined ? {} : { status: more.status }),
    });
  if (!takesFiles(draft.answers)) return { redirect: addressOf("files") };
  if ((draft.answers.files?.length ?? 0) >= FILES_MAX)
    return wrong("files-too-many", { values: { maximum: FILES_MAX } });
  try {
    const file = await takeDraftFile(call);
    if (!file) return wrong("field-required");
    for (let tries = 0, now: OpenDraft | undefined = draft; now && tries < TRIES; tries += 1) {
      const answers: Answers = { ...now.answers, files: [...(now.answers.files ?? []), file] };
      if (await keepDraft(node, name, answers, now)) return { redirect: addressOf("files") };
      now = await openDraft(node, name);
    }
    await dropDraftFile(node.db, file.blob, node.clock());
    throw new Refusal("conflict", "draft-busy");
  } catch (error) {
    const refusal = refusalFrom(error);
    if (!refusal) throw error;
    const [field] = refusal.fields;
    const key = field?.key ?? (refusal.code === "too-large" ? "file-too-large" : refusal.key);
    return wrong(key, { values: field?.values ?? refusal.values, status: statusOf(refusal) });
  }
}

/** What a payment that is sent without words says of itself. */
const bareWords = ({ tools: { t, locale } }: RouteCall, { payments = [] }: Answers): string =>
  [
    t("portal.bare"),
    ...payments.map((payment) =>
      [payment.amount && shownAmount(payment, locale), payment.to, payment.through, payment.reference]
        .filter((each) => each !== "")
        .join(" · "),
    ),
  ].join("\n");

/** Hands the report in. Sent twice, it is the same report: the draft's name is its key, and its code the draft's. */
async function send(call: RouteCall, name: string, { answers, ...draft }: OpenDraft): Promise<RouteAnswer> {
  const { node, reader } = call;
  const now = node.clock();
  const submission = submissionOf(answers, bareWords(call, answers));
  const code = answers.code === undefined ? undefined : readCode(answers.code);
  if (!submission || !code) return { redirect: addressOf(nextStep(answers)) };
  const unticked = new Set(answers.found?.dropped ?? []);
  const ready = prepare(submission, { ...receivingOn(node, "portal"), language: reader.locale, now });
  const prepared = {
    ...ready,
    observables: ready.observables.filter(({ key }) => !unticked.has(key)),
    files: takesFiles(answers) ? (answers.files ?? []) : [],
    worked: verifyWork(workFor(node, name), textOf(formOf(call), "work")),
  };
  const { id, done } = await handIn(node, { actor: PUBLIC, prepared, key: name, sent: answers, code });
  const due = firstResponseDue(rank(prepared.urgency).priority, now);
  const sent = {
    report: id,
    reference: String(done["reference"]),
    due: due?.toString() ?? null,
    until: now.add({ minutes: SHOWN_MINUTES }).toString(),
  };
  // What was answered is the report's now; the draft keeps just what its last page shows.
  await keepDraft(node, name, { code: answers.code, sent }, { answers, ...draft });
  return { redirect: SENT };
}

/** What was sent from this browser a moment ago; `undefined` where nothing was, or too long ago. */
async function sentOf(call: RouteCall) {
  const { answers } = (await draftOf(call)).draft ?? {};
  const { sent, code } = answers ?? {};
  const isShown = sent && Temporal.Instant.compare(Temporal.Instant.from(sent.until), call.node.clock()) >= 0;
  return isShown && code ? { ...sent, code } : undefined;
}

async function showSent(call: RouteCall): Promise<RouteAnswer> {
  const sent = await sentOf(call);
  if (!sent) return { redirect: BEGIN };
  const { default: qrcode } = await import("qrcode");
  const picture = await qrcode.toString(sent.code.replaceAll(" ", ""), { type: "svg", margin: 1 });
  const due = sent.due === null ? null : Temporal.Instant.from(sent.due);
  return {
    page: <SentPage code={sent.code} reference={sent.reference} due={due} picture={picture} />,
    headers: NO_STORE,
  };
}

async function showCode(call: RouteCall): Promise<RouteAnswer> {
  const { draft } = await draftOf(call);
  if (draft?.answers.sent) return { redirect: SENT };
  if (!draft?.answers.code) return { redirect: BEGIN };
  const back = addressOf(nextStep(draft.answers));
  return { page: <DraftCodePage code={draft.answers.code} until={untilOf(draft)} back={back} />, headers: NO_STORE };
}

/** What is saved: the code as text with the address where it is typed, or the receipt. */
const save = publicRoute("GET", `${BEGIN}/:step/:file`, async (call): Promise<RouteAnswer> => {
  const { params, node, tools } = call;
  const sent = await sentOf(call);
  if (params["file"] === RECEIPT && sent) return receiptOf(node, sent.report, tools);
  const code = sent?.code ?? (await draftOf(call)).draft?.answers.code;
  if (params["file"] !== NOTE || !code) throw new Refusal("not-found", "no-such-address");
  const portal = node.config.portal_url ?? "";
  return {
    text: `${code}\n${portal}/c\n`,
    headers: { ...NO_STORE, "content-disposition": `attachment; filename="${NOTE}"` },
  };
});

const home = publicRoute("GET", "/", async ({ node }) => ({
  page: <HomePage police={hereOf(node).numbers.police} />,
  same: "home",
}));

/** Begins a report. What was begun is gone on with; what was sent makes room for another. */
const begin = publicRoute("GET", BEGIN, async (call) => {
  const { name, draft } = await draftOf(call);
  if (name && draft?.answers.sent) {
    await dropDraft(call.node, name);
    call.reply.clearCookie(DRAFT_COOKIE, { path: BEGIN });
    return { redirect: addressOf(STEPS[0]) };
  }
  return { redirect: addressOf(nextStep(draft?.answers ?? {})) };
});

export const formRoutes: readonly Route[] = [home, begin, showStep, takeStepRoute, save];
