import { randomUUID } from "node:crypto";
import type { Reporter } from "../kernel/actor.ts";
import { Refusal } from "../kernel/errors.ts";
import type { Route, RouteAnswer, RouteCall } from "../kernel/page.ts";
import { isUuid, perform } from "../kernel/pipeline.ts";
import { refusalFrom, statusOf } from "../kernel/problem.ts";
import { readerOf, readView } from "../kernel/reader.ts";
import {
  codeDigest,
  consent,
  findByCode,
  FOLLOW_COOKIE,
  FOLLOW_MINUTES,
  FOLLOW_PATH,
  followCookie,
  lookUp,
  type OwnReport,
  ownReport,
  takeFile,
  Unpaid,
  withdraw,
  writeMessage,
} from "../reports/slice.ts";
import { draftByCode, openDraft } from "./acts-draft.ts";
import { addressOf, CODE, CONSENT, OWN, OWN_LEAVE, RECEIPT, WITHDRAW } from "./address.ts";
import { nextStep } from "./draft.ts";
import { CodePage, PricePage } from "./page-code.tsx";
import { ConsentPage, FollowPage, WithdrawPage } from "./page-follow.tsx";
import { receiptOf } from "./receipt-document.ts";
import { formOf, holdDraft, isSecure, publicRoute } from "./routes-form.tsx";
import { textOf } from "./take.ts";

const NO_STORE = { "cache-control": "no-store" };
/** Largest form in bytes: a message that is too long comes back with a sentence. */
const FORM_BYTES_MAX = 4 * 1_048_576;

const askCode = publicRoute("GET", CODE, async (call): Promise<RouteAnswer> =>
  call.actor.kind === "reporter"
    ? { redirect: OWN }
    : { page: <CodePage isOver={"over" in call.query} />, headers: NO_STORE, same: "code" },
);

/** What a code opens: a report, or one that is not sent yet. */
const openedBy = (call: RouteCall, typed: string) => {
  const { node, request } = call;
  const form = formOf(call);
  const payment = {
    address: request.ip,
    ticket: textOf(form, "ticket") || undefined,
    work: textOf(form, "work") || undefined,
  };
  return lookUp(node, typed, payment, async (code) => {
    const report = await findByCode(node.db, codeDigest(node.services.keys.receipt, code));
    if (report !== undefined) return { report };
    const draft = await draftByCode(node, code);
    return draft === undefined ? undefined : { draft };
  });
};

const takeCode = publicRoute(
  "POST",
  CODE,
  async (call): Promise<RouteAnswer> => {
    const { node, tools } = call;
    const [typed, body] = [textOf(formOf(call), "code"), textOf(formOf(call), "body")];
    try {
      const opened = await openedBy(call, typed);
      if ("draft" in opened) {
        holdDraft(call, opened.draft);
        const draft = await openDraft(node, opened.draft);
        return { redirect: addressOf(nextStep(draft?.answers ?? {})) };
      }
      const reporter: Reporter = { kind: "reporter", report: opened.report };
      holdReport(call, reporter);
      return body === "" ? { redirect: OWN } : followed(call, reporter, { typed: body });
    } catch (error) {
      if (error instanceof Unpaid)
        return { page: <PricePage typed={typed} price={error.price} body={body} />, headers: NO_STORE };
      const refusal = refusalFrom(error);
      if (!refusal) throw error;
      return {
        page: (
          <CodePage typed={typed.slice(0, 80)} error={tools.t(`refusal.${refusal.key}`, refusal.values)} body={body} />
        ),
        status: refusal.code === "not-signed-in" ? 422 : statusOf(refusal),
        headers: NO_STORE,
      };
    }
  },
  FORM_BYTES_MAX,
);

const holdReport = (call: RouteCall, reporter: Reporter) =>
  call.reply.setCookie(FOLLOW_COOKIE, followCookie(call.node, reporter, call.node.clock()), {
    path: FOLLOW_PATH,
    httpOnly: true,
    sameSite: "strict",
    maxAge: FOLLOW_MINUTES * 60,
    secure: isSecure(call),
  });

const own = async ({ node, reader }: RouteCall, reporter: Reporter): Promise<OwnReport> =>
  (await readView(ownReport, readerOf(node, reporter, reader.locale), {})) as OwnReport;

/** The page of the report, with what was typed and what is wrong with it. */
async function followed(
  call: RouteCall,
  reporter: Reporter,
  more: { typed?: string; refusal?: Refusal } = {},
): Promise<RouteAnswer> {
  const { typed = "", refusal } = more;
  return {
    page: (
      <FollowPage
        report={await own(call, reporter)}
        errors={refusal ? errorsOf(refusal, call.request.isMultipart() ? "file" : "body") : []}
        typed={typed}
        idempotencyKey={randomUUID()}
      />
    ),
    status: refusal ? statusOf(refusal) : 200,
    headers: NO_STORE,
  };
}

function errorsOf(refusal: Refusal, path: string) {
  if (refusal.fields.length > 0) return refusal.fields;
  const key = refusal.code === "too-large" && path === "file" ? "file-too-large" : refusal.key;
  return [{ path, key, values: refusal.values }];
}

const follow = publicRoute("GET", OWN, async (call): Promise<RouteAnswer> =>
  call.actor.kind === "reporter" ? followed(call, call.actor) : { redirect: `${CODE}?over` },
);

/** Takes a message or a file. Where it is refused, the page comes back with what was typed; so it does once the code was typed again. */
const add = publicRoute(
  "POST",
  OWN,
  async (call): Promise<RouteAnswer> => {
    const { actor, node } = call;
    const form = call.request.isMultipart() ? {} : formOf(call);
    const body = textOf(form, "body");
    if (actor.kind !== "reporter") return { page: <CodePage isOver body={body} />, status: 422, headers: NO_STORE };
    try {
      if (call.request.isMultipart()) await takeFile(call, actor);
      else {
        const key = textOf(form, "_key");
        const input = body === "" ? {} : { body };
        const idempotencyKey = isUuid(key) ? { idempotencyKey: key } : {};
        await perform({ node, actor, act: writeMessage, id: actor.report, input, ...idempotencyKey });
      }
      return { redirect: OWN };
    } catch (error) {
      const refusal = refusalFrom(error);
      if (!refusal) throw error;
      return followed(call, actor, { typed: body, refusal });
    }
  },
  FORM_BYTES_MAX,
);

/** A route for the holder of a code; all others are asked for it. */
const ofReporter = (
  method: "GET" | "POST",
  path: string,
  handle: (call: RouteCall, reporter: Reporter) => Promise<RouteAnswer>,
): Route =>
  publicRoute(method, path, async (call) =>
    call.actor.kind === "reporter" ? handle(call, call.actor) : { redirect: `${CODE}?over` },
  );

const askConsent = ofReporter("GET", CONSENT, async (call, reporter) => ({
  page: <ConsentPage report={await own(call, reporter)} />,
  headers: NO_STORE,
}));
const takeConsent = ofReporter("POST", CONSENT, async (call, reporter) => {
  const isTicked = (name: string) => textOf(formOf(call), name) === "true";
  const { anonymous } = await own(call, reporter);
  const input = {
    contact: !anonymous && isTicked("contact"),
    share: isTicked("share"),
    handover: isTicked("handover"),
  };
  await perform({ node: call.node, actor: reporter, act: consent, id: reporter.report, input });
  return { redirect: OWN };
});

const askWithdraw = ofReporter("GET", WITHDRAW, async () => ({ page: <WithdrawPage />, headers: NO_STORE }));
const takeWithdraw = ofReporter("POST", WITHDRAW, async (call, reporter) => {
  const reason = textOf(formOf(call), "reason");
  try {
    const input = reason === "" ? {} : { reason };
    await perform({ node: call.node, actor: reporter, act: withdraw, id: reporter.report, input });
    return { redirect: OWN };
  } catch (error) {
    const refusal = refusalFrom(error);
    if (!refusal) throw error;
    // Withdrawn or closed already, by a second click or by the office: the page says how it stands.
    if (refusal.fields.length === 0) return { redirect: OWN };
    return {
      page: <WithdrawPage errors={refusal.fields} typed={reason} />,
      status: statusOf(refusal),
      headers: NO_STORE,
    };
  }
});

const saveReceipt = ofReporter("GET", `${OWN}/${RECEIPT}`, ({ node, tools }, { report }) =>
  receiptOf(node, report, tools),
);
const leave = publicRoute("POST", OWN_LEAVE, async ({ reply }) => {
  reply.clearCookie(FOLLOW_COOKIE, { path: FOLLOW_PATH });
  return { redirect: "/" };
});

export const followRoutes: readonly Route[] = [
  askCode,
  takeCode,
  follow,
  add,
  askConsent,
  takeConsent,
  askWithdraw,
  takeWithdraw,
  saveReceipt,
  leave,
];
