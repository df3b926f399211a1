import { randomUUID } from "node:crypto";
import { PUBLIC } from "../kernel/actor.ts";
import { Refusal } from "../kernel/errors.ts";
import type { FormValues } from "../kernel/form.ts";
import { type Route, route, type RouteAnswer, type RouteCall } from "../kernel/page.ts";
import { isUuid, perform } from "../kernel/pipeline.ts";
import { refusalFrom, statusOf } from "../kernel/problem.ts";
import { readView } from "../kernel/reader.ts";
import {
  demandReporter,
  firstResponseDue,
  FOLLOW_COOKIE,
  FOLLOW_MINUTES,
  followCookie,
  handIn,
  openByCode,
  type OwnReport,
  ownReport,
  prepare,
  rank,
  receivingOn,
  takeFile,
  writeMessage,
} from "../reports/slice.ts";
import { dropDraft, isDraftName, keepDraft, newDraftName, openDraft } from "./acts-draft.ts";
import { type Answers, nextStep, type StepName, STEPS, stepsFor, submissionOf, takeStep } from "./draft.ts";
import { numbersOf } from "./numbers.ts";
import { CodePage, FollowPage } from "./page-follow.tsx";
import { HomePage, SentPage } from "./page-sent.tsx";
import { StepPage } from "./page-step.tsx";

const DRAFT_COOKIE = "draft";
/** Minutes for which the code can be seen again by the browser that sent the report: a dropped line must not cost it. */
const SHOWN_MINUTES = 15;

const publicRoute = (method: "GET" | "POST", path: string, handle: Route["handle"], bodyLimit?: number): Route =>
  route({ role: "portal", method, path, access: "public", handle, ...(bodyLimit === undefined ? {} : { bodyLimit }) });

const cookieOf = ({ request }: RouteCall): string | undefined =>
  isDraftName(request.cookies[DRAFT_COOKIE]) ? request.cookies[DRAFT_COOKIE] : undefined;
const secure = ({ node }: RouteCall): boolean => node.config.portal_url?.startsWith("https:") ?? false;

/** The draft of this browser; a new one gets its cookie, which ends with the browser. */
async function draftOf(call: RouteCall): Promise<{ name: string; answers: Answers }> {
  const known = cookieOf(call);
  if (known) return { name: known, answers: await openDraft(call.node, known) };
  const name = newDraftName();
  call.reply.setCookie(DRAFT_COOKIE, name, { path: "/report", httpOnly: true, sameSite: "lax", secure: secure(call) });
  return { name, answers: {} };
}

const stepNamed = (call: RouteCall): StepName => {
  const step = STEPS.find((each) => each === call.params["step"]);
  if (!step) throw new Refusal("not-found", "no-such-address");
  return step;
};

const formOf = ({ body }: RouteCall): Record<string, unknown> =>
  typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};

/** One page. A page that the answers do not lead to, or lead to later, leads to the one that is due. */
const showStep = publicRoute("GET", "/report/:step", async (call): Promise<RouteAnswer> => {
  const { node, params } = call;
  if (params["step"] === "sent") return showSent(call);
  const step = stepNamed(call);
  const { answers } = await draftOf(call);
  if (answers.sent) return { redirect: "/report/sent" };
  const steps = stepsFor(answers);
  const due = nextStep(answers);
  if (!steps.includes(step) || steps.indexOf(step) > steps.indexOf(due)) return { redirect: `/report/${due}` };
  return {
    page: (
      <StepPage
        step={step}
        answers={answers}
        errors={[]}
        country={node.config.country}
        numbers={numbersOf(node.services.country)}
      />
    ),
    headers: NO_STORE,
  };
});
const NO_STORE = { "cache-control": "no-store" };

const takeStepRoute = publicRoute("POST", "/report/:step", async (call): Promise<RouteAnswer> => {
  const { node } = call;
  const step = stepNamed(call);
  const { name, answers } = await draftOf(call);
  if (answers.sent) return { redirect: "/report/sent" };
  const form = formOf(call);
  const taken = takeStep(answers, step, form, node.config.country);
  if ("errors" in taken)
    return {
      page: (
        <StepPage
          step={step}
          answers={answers}
          errors={taken.errors}
          values={form as FormValues}
          country={node.config.country}
          numbers={numbersOf(node.services.country)}
        />
      ),
      status: 422,
      headers: NO_STORE,
    };
  if (step === "check") return send(call, name, taken.answers);
  await keepDraft(node, name, taken.answers);
  return { redirect: `/report/${nextStep(taken.answers)}` };
});

/** Hands the report in. Sent twice, it is the same report: the draft's name is its key. */
async function send({ node, reader }: RouteCall, name: string, answers: Answers): Promise<RouteAnswer> {
  const now = node.clock();
  const submission = submissionOf(answers, now);
  if (!submission) return { redirect: `/report/${nextStep(answers)}` };
  const unticked = new Set(answers.found?.dropped ?? []);
  const ready = prepare(submission, { ...receivingOn(node, "portal"), language: reader.locale, now });
  const prepared = { ...ready, observables: ready.observables.filter(({ key }) => !unticked.has(key)) };
  const { done } = await handIn(node, { actor: PUBLIC, prepared, key: name, sent: answers });
  const due = firstResponseDue(rank(prepared.urgency).priority, now);
  await keepDraft(node, name, {
    sent: {
      reference: String(done["reference"]),
      code: String(done["code"]),
      due: due?.toString() ?? null,
      until: now.add({ minutes: SHOWN_MINUTES }).toString(),
    },
  });
  return { redirect: "/report/sent" };
}

async function showSent(call: RouteCall): Promise<RouteAnswer> {
  const { node } = call;
  const name = cookieOf(call);
  const { sent } = name ? await openDraft(node, name) : {};
  if (!name || !sent || Temporal.Instant.compare(Temporal.Instant.from(sent.until), node.clock()) < 0)
    return { redirect: "/report" };
  const { default: qrcode } = await import("qrcode");
  const picture = await qrcode.toString(sent.code.replaceAll(" ", ""), { type: "svg", margin: 1 });
  return {
    page: (
      <SentPage
        code={sent.code}
        reference={sent.reference}
        due={sent.due === null ? null : Temporal.Instant.from(sent.due)}
        picture={picture}
      />
    ),
    headers: NO_STORE,
  };
}

const home = publicRoute("GET", "/", async ({ node }) => ({
  page: <HomePage police={numbersOf(node.services.country).police} />,
}));
/** Begins a report. What was begun is gone on with; what was sent makes room for another. */
const begin = publicRoute("GET", "/report", async (call) => {
  const name = cookieOf(call);
  const answers = name ? await openDraft(call.node, name) : {};
  if (name && answers.sent) {
    await dropDraft(call.node, name);
    call.reply.clearCookie(DRAFT_COOKIE, { path: "/report" });
  }
  return { redirect: answers.sent ? "/report/danger" : `/report/${nextStep(answers)}` };
});

const askCode = publicRoute("GET", "/follow", async (call) =>
  call.actor.kind === "reporter" ? { redirect: "/follow/report" } : { page: <CodePage />, headers: NO_STORE },
);
const takeCode = publicRoute("POST", "/follow", async (call): Promise<RouteAnswer> => {
  const { node, request, tools, reply } = call;
  const { code } = formOf(call);
  const typed = typeof code === "string" ? code : "";
  try {
    const reporter = await openByCode(node, typed, request.ip);
    reply.setCookie(FOLLOW_COOKIE, followCookie(node, reporter, node.clock()), {
      path: "/follow",
      httpOnly: true,
      sameSite: "strict",
      maxAge: FOLLOW_MINUTES * 60,
      secure: secure(call),
    });
    return { redirect: "/follow/report" };
  } catch (error) {
    const refusal = refusalFrom(error);
    if (!refusal) throw error;
    return {
      page: <CodePage typed={typed} error={tools.t(`refusal.${refusal.key}`, refusal.values)} />,
      status: refusal.code === "not-signed-in" ? 422 : statusOf(refusal),
      headers: NO_STORE,
    };
  }
});

const own = async (call: RouteCall): Promise<OwnReport> => (await readView(ownReport, call.reader, {})) as OwnReport;
const follow = publicRoute("GET", "/follow/report", async (call): Promise<RouteAnswer> =>
  call.actor.kind === "reporter"
    ? { page: <FollowPage report={await own(call)} idempotencyKey={randomUUID()} />, headers: NO_STORE }
    : { redirect: "/follow" },
);

/** Does what a form of the follow page asks; where it is refused, the page comes back with what was typed. */
async function orSay(call: RouteCall, work: () => Promise<unknown>): Promise<RouteAnswer> {
  if (call.actor.kind !== "reporter") return { redirect: "/follow" };
  try {
    await work();
    return { redirect: "/follow/report" };
  } catch (error) {
    const refusal = refusalFrom(error);
    if (!refusal || refusal.code === "not-signed-in") throw error;
    const { body } = formOf(call);
    const errors =
      refusal.fields.length > 0
        ? refusal.fields
        : [{ path: call.request.isMultipart() ? "file" : "body", key: refusal.key, values: refusal.values }];
    return {
      page: (
        <FollowPage
          report={await own(call)}
          errors={errors}
          typed={typeof body === "string" ? body : ""}
          idempotencyKey={randomUUID()}
        />
      ),
      status: statusOf(refusal),
      headers: NO_STORE,
    };
  }
}

const write = publicRoute("POST", "/follow/messages", (call) =>
  orSay(call, async () => {
    const actor = demandReporter(call);
    const { _key, body } = formOf(call);
    await perform({
      node: call.node,
      actor,
      act: writeMessage,
      id: actor.report,
      input: body === "" ? {} : { body },
      ...(typeof _key === "string" && isUuid(_key) ? { idempotencyKey: _key } : {}),
    });
  }),
);
const attachFile = publicRoute(
  "POST",
  "/follow/files",
  (call) => orSay(call, () => takeFile(call, demandReporter(call))),
  64 * 1024 ** 2,
);
const leave = publicRoute("POST", "/follow/leave", async ({ reply }) => {
  reply.clearCookie(FOLLOW_COOKIE, { path: "/follow" });
  return { redirect: "/" };
});

export const portalRoutes: readonly Route[] = [
  home,
  begin,
  showStep,
  takeStepRoute,
  askCode,
  takeCode,
  follow,
  write,
  attachFile,
  leave,
];
