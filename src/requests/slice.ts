import type { OnDue, OnReceipt, Slice } from "../kernel/slice.ts";
import { performIn } from "../kernel/pipeline.ts";
import { system } from "../kernel/actor.ts";
import { authorise, carryRequest, deny, draftRequest, giveBack, revise, revoke, submit } from "./acts-draft.ts";
import { amendActs } from "./acts-amend.ts";
import { bundleActs } from "./acts-bundle.ts";
import { officeActs } from "./acts-office.ts";
import { conditionActs } from "./acts-conditions.ts";
import { accept, acknowledge, ask, deliver, execute, lapse, postpone, refuse } from "./acts-receiver.ts";
import { disclose, record, serve } from "./acts-own.ts";
import { answer, arrive, close, confirm, extend, send, withdraw } from "./acts-sender.ts";
import { manyRoutes } from "../ui/many.tsx";
import { many } from "./many.tsx";
import { directoryPage } from "./page-directory.tsx";
import { helpRoute } from "./page-help.tsx";
import { directoryView } from "./views-help.ts";
import { requestExport } from "./views-export.ts";
import { escalate, onEmergencyDue, review, unreviewed } from "./acts-emergency.ts";
import { claim } from "./acts-claim.ts";
import { enter } from "./acts-entered.ts";
import { call, see } from "./acts-seen.ts";
import { halt, resume } from "./acts-oversight.ts";
import { defer } from "./acts-notification.ts";
import { order, validate, validationEnds, voidOrder } from "./acts-validation.ts";
import { RULES } from "./clocks.ts";
import { requestMessages } from "./messages.ts";
import { requestActPages } from "./page-acts.tsx";
import { basesPage } from "./page-bases.tsx";
import { requestsPage } from "./page-list.tsx";
import { requestPage } from "./page-request.tsx";
import { emergenciesPage, reachedSection } from "./page-emergencies.tsx";
import { raiseRoutes } from "./page-raise.tsx";
import { scriptPage } from "./page-script.tsx";
import { caseRequests } from "./page-section.tsx";
import { requestSubject } from "./request.ts";
import { basesView } from "./views-bases.ts";
import { countIn, requestList, requestView } from "./views.ts";
import { requestPaper, requestPdf } from "./views-document.ts";
import { COUNTED_MAX } from "./views-first.ts";
import { countUnreviewed, emergencyList, requestScript } from "./views-emergency.ts";

export { act as requestActs } from "./acts-draft.ts";
export { arrive } from "./acts-sender.ts";
export { requestDocument } from "./document.ts";
export { documentMoment, telephone } from "./document-form.ts";
export { paperTitle, paperWords } from "./document-paper.ts";
export { type RequestRow, requestSubject } from "./request.ts";

export { requestColumns, toneOf, UrgencyTag } from "./columns.tsx";
export { type State } from "./request.ts";
export { stateAfter } from "./folding.ts";
export { COUNTED_MAX, countOf, firstOf } from "./views-first.ts";
export { USER_NOTICE } from "./clocks.ts";
export { notificationRule } from "./acts-notification.ts";
export { NOTIFICATION } from "./clocks.ts";
export { historiesOf } from "./views-history.ts";

/** The peer's node has the request: it is `delivered`, and its clocks run from the peer's time of receipt. */
const onReceipt: OnReceipt = async (tx, { subjectKind, subjectId, act, receivedAt }, node, now) => {
  if (subjectKind !== "request" || act !== send.name) return;
  await performIn(tx, {
    node,
    actor: system("exchange"),
    act: arrive,
    id: subjectId,
    input: { receivedAt: receivedAt.toString() },
    now,
  });
};

/** The data is kept no longer; the node that holds it says so, the other one waits to be told. @source CETS 185 Art. 29(7) */
const preservationEnds: OnDue = async (tx, { subject_id: id }, node, now) => {
  const row = await tx.selectFrom("request").select(["side", "state"]).where("id", "=", id).executeTakeFirst();
  if (row?.side === "receiver" && row.state === "executed")
    await performIn(tx, { node, actor: system("clock"), act: lapse, id, input: {}, now });
};

/** Nobody has validated what was ordered ahead: it goes no further. @source CETS 185 Art. 15(2) */
const validationRunsOut: OnDue = async (tx, { subject_id: id }, node, now) => {
  if (await validationEnds(tx, id))
    await performIn(tx, { node, actor: system("clock"), act: voidOrder, id, input: {}, now });
};

/** Asking others to use their powers on data, and being asked. */
export const requests: Slice = {
  name: "requests",
  subjects: [requestSubject],
  acts: [
    draftRequest,
    carryRequest,
    revise,
    submit,
    giveBack,
    authorise,
    deny,
    send,
    serve,
    record,
    disclose,
    arrive,
    answer,
    confirm,
    extend,
    withdraw,
    close,
    acknowledge,
    ask,
    accept,
    refuse,
    postpone,
    execute,
    deliver,
    lapse,
    ...conditionActs,
    ...amendActs,
    ...officeActs,
    ...bundleActs,
    revoke,
    see,
    call,
    enter,
    claim,
    escalate,
    review,
    unreviewed,
    order,
    validate,
    voidOrder,
    defer,
    halt,
    resume,
  ],
  routes: [...manyRoutes(many), helpRoute, ...raiseRoutes],
  views: [
    directoryView,
    requestExport,
    requestList,
    requestView,
    requestPdf,
    requestPaper,
    requestScript,
    emergencyList,
    basesView,
  ],
  pages: [requestsPage, requestPage, directoryPage, scriptPage, emergenciesPage, basesPage],
  actPages: requestActPages,
  sections: [caseRequests, reachedSection],
  messages: requestMessages,
  onReceipt,
  onDue: { [RULES.preservation]: preservationEnds, [RULES.validation]: validationRunsOut, ...onEmergencyDue },
  navigation: [
    {
      href: "/requests?box=to-decide",
      label: "requests.to-decide",
      order: 30,
      acts: ["request.authorise", "request.deny"],
      count: countIn("to-decide"),
      countMax: COUNTED_MAX,
    },
    {
      href: "/requests?box=to-send",
      label: "requests.to-send",
      order: 31,
      acts: ["request.send"],
      count: countIn("to-send"),
      countMax: COUNTED_MAX,
    },
    {
      href: "/requests?box=to-carry-out",
      label: "requests.to-carry-out",
      order: 31.5,
      acts: ["request.record"],
      node: "state",
      count: countIn("to-carry-out"),
      countMax: COUNTED_MAX,
    },
    {
      href: "/requests?box=to-answer",
      label: "requests.to-answer",
      order: 32,
      acts: ["request.acknowledge", "request.answer", "request.execute"],
      count: countIn("to-answer"),
      countMax: COUNTED_MAX,
    },
    {
      href: "/requests?box=to-inform",
      label: "requests.to-inform",
      order: 32.5,
      node: "state",
      acts: ["request.inform"],
      count: countIn("to-inform"),
      countMax: COUNTED_MAX,
    },
    { href: "/requests", label: "requests.all", order: 33, acts: ["request.read"] },
    {
      href: "/emergencies",
      label: "emergency.list",
      order: 34,
      node: "state",
      acts: ["request.review"],
      count: countUnreviewed,
      countMax: COUNTED_MAX,
    },
  ],
};
