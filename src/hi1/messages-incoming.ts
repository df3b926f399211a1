import { createHash } from "node:crypto";
import { system } from "../kernel/actor.ts";
import { sql, type Tx } from "../kernel/database.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { Node } from "../kernel/node.ts";
import { performIn } from "../kernel/pipeline.ts";
import { unseal } from "../trust/seal.ts";
import { letGoBlob, letGoStrays, storeBlob } from "../trust/vault-blobs.ts";
import { takeDispatch } from "./acts.ts";
import { type BlobOf, borneBy } from "./delivery.ts";
import { answerPlace, ownNames, type Problem } from "./endpoint.ts";
import {
  actionsOf,
  demandVersion,
  errorInformation,
  Hi1Error,
  MESSAGE_BYTES_MAX,
  newTransaction,
  NOBODY,
  readHeader,
  readJson,
  readMessage,
  responseOf,
} from "./message.ts";
import { problemOf } from "./message-problem.ts";
import { doubt, endpointNamed, keyOf, ownKey, type TrustedEndpoint } from "./messages-endpoint.ts";
import type { Taking } from "./messages-objects.ts";
import { concernedBy, takeObject } from "./messages-taking.ts";
import { named } from "./order.ts";
import { type ActionRequest, type ActionResponse, type Header, type Hi1Object, kindOf } from "./schema.ts";
import { demandSigned, signMessage } from "./signature.ts";

type Answered = readonly ActionResponse[] | { readonly ErrorCode: number; readonly ErrorDescription: string };

/** A message with who sent it, once that is proved. */
interface Believed {
  readonly text: string;
  readonly json: JsonObject;
  readonly header: Header;
  readonly endpoint: TrustedEndpoint;
}

/** The signed text that answers a message. */
function answerText(node: Node, header: Header | undefined, answer: Answered): string {
  const { key, kid } = ownKey(node);
  const heading = {
    from: ownNames(node),
    to: header?.SenderIdentifier ?? NOBODY,
    transaction: header?.TransactionIdentifier ?? newTransaction(),
    at: node.clock(),
  };
  return signMessage(responseOf(heading, answer), key, kid);
}

/**
 * Takes a message in: durable, applied and journalled in one transaction before it is answered; the same message again gets the same
 * answer and does nothing. Gives the answer. What a stranger says is answered by an error and kept nowhere.
 *
 * @source ETSI TS 103 120 v1.23.1 §6, §9.3
 */
export async function receiveText(
  node: Node,
  text: string,
): Promise<{ readonly answer: string; readonly believed: boolean }> {
  let header: Header | undefined;
  try {
    const json = readJson(text);
    header = readHeader(json);
    const endpoint = await believe(node, { text, json, header });
    return { answer: await take(node, { text, json, header, endpoint }), believed: true };
  } catch (error) {
    if (!(error instanceof Hi1Error)) throw error;
    node.log.info({ error: error.error }, "a message of TS 103 120 was not taken");
    return { answer: answerText(node, header, errorInformation(error)), believed: false };
  }
}

/** Who signed it: an endpoint that two people have confirmed, to us. */
async function believe(node: Node, { text, json, header }: Omit<Believed, "endpoint">): Promise<TrustedEndpoint> {
  const endpoint = await endpointNamed(node.db, header.SenderIdentifier);
  if (!endpoint) throw new Hi1Error("ConfigurationIssue", "this sender is not known here", "/Header/SenderIdentifier");
  const own = ownNames(node);
  const { ReceiverIdentifier: to } = header;
  if (to.CountryCode !== own.CountryCode || to.UniqueIdentifier !== own.UniqueIdentifier)
    throw new Hi1Error("ConfigurationIssue", "this is for somebody else", "/Header/ReceiverIdentifier");
  try {
    demandSigned(text, json, keyOf(endpoint));
  } catch (error) {
    await doubt(node, endpoint);
    throw error;
  }
  return endpoint;
}

async function take(node: Node, believed: Believed): Promise<string> {
  const { text, header, endpoint } = believed;
  const digest = createHash("sha256").update(text).digest("hex");
  let actions: ActionRequest[] = [];
  let wrong: Hi1Error | undefined;
  const blobs = new Map<string, BlobOf>();
  try {
    demandVersion(header);
    actions = actionsOf(readMessage(believed.json));
  } catch (error) {
    if (!(error instanceof Hi1Error)) throw error;
    wrong = error;
  }
  const faults = new Map<number, Hi1Error>();
  for (const action of actions)
    await keepBorne(node, action, blobs).catch((error: unknown) => {
      if (!(error instanceof Hi1Error)) throw error;
      faults.set(action.ActionIdentifier, error);
    });
  // What failed here and may do later is not remembered: the same message again is taken.
  const transient = [...faults.values()].find(({ error }) => error === "TransientTechnicalError");
  if (transient) await kept(node, blobs, () => Promise.reject(transient));
  const outcome = await kept(node, blobs, async (tx) => {
    // One message of a provider at a time: two that are the same meet here.
    await sql`select 1 from hi1_endpoint where id = ${endpoint.id} for update`.execute(tx);
    const earlier = await earlierAnswer(tx, node, {
      peer: endpoint.peer,
      transaction: header.TransactionIdentifier,
      digest,
    });
    if (earlier !== undefined) {
      await letGo(tx, node, blobs);
      return earlier;
    }
    const now = node.clock();
    const taking: Taking = { node, peer: endpoint.peer, name: endpoint.name, digest, now, blobs };
    const done = wrong
      ? { answer: errorInformation(wrong), problem: problemOf(wrong), request: null }
      : await doAll(tx, taking, { actions, faults });
    await letGo(tx, node, blobs);
    const answer = answerText(node, header, done.answer);
    await performIn(tx, {
      node,
      actor: system("hi1"),
      act: takeDispatch,
      input: {
        peer: endpoint.peer,
        transaction: header.TransactionIdentifier,
        request: done.request,
        actions: actions.map(actionWords),
        digest,
        text,
        answer,
        problem: done.problem,
      },
      now,
    });
    return { answer };
  });
  if ("answer" in outcome) return outcome.answer;
  await doubt(node, endpoint);
  throw new Hi1Error("GeneralBusinessLogicError", "another message has come under this transaction identifier");
}

/** Does it in one transaction; where that fails, what was stored for it is let go. */
async function kept<Done>(
  node: Node,
  blobs: ReadonlyMap<string, BlobOf>,
  work: (tx: Tx) => Promise<Done>,
): Promise<Done> {
  try {
    return await node.db.transaction().execute(work);
  } catch (error) {
    await node.db.transaction().execute((tx) => letGo(tx, node, blobs));
    throw error;
  }
}

/** The answer that the same message got; `conflict` where another one came under its number. */
async function earlierAnswer(
  tx: Tx,
  node: Node,
  { peer, transaction, digest }: { readonly peer: string; readonly transaction: string; readonly digest: string },
): Promise<{ readonly answer: string } | { readonly conflict: true } | undefined> {
  const found = await tx
    .selectFrom("hi1_message")
    .select(["id", "digest", "answer"])
    .where("peer", "=", peer)
    .where("direction", "=", "in")
    .where("transaction", "=", transaction)
    .executeTakeFirst();
  if (!found?.answer) return undefined;
  if (found.digest?.toString("hex") !== digest) return { conflict: true };
  return { answer: unseal(node.services.keys.seal, found.answer, answerPlace(found.id)).toString() };
}

/** `CREATE LDTask`, for lists. */
export function actionWords(action: ActionRequest): string {
  const [verb = ""] = Object.keys(action).filter((name) => name !== "ActionIdentifier");
  const object = objectIn(action);
  return object ? `${verb} ${kindOf(object)}` : verb;
}
const objectIn = ({ CREATE, UPDATE, DELIVER }: ActionRequest): Hi1Object | undefined =>
  (CREATE ?? UPDATE ?? DELIVER)?.HI1Object;

/** Gives what a delivery bears to the vault, before anything is locked. */
async function keepBorne(node: Node, action: ActionRequest, blobs: Map<string, BlobOf>): Promise<void> {
  const object = objectIn(action);
  const delivery = object && named(object, "Delivery");
  const borne = delivery && borneBy(delivery);
  if (!delivery || !borne) return;
  const now = node.clock();
  const stored = await storeBlob(node.db, node.services.vault, once(borne.bytes), {
    kind: "hi1",
    bytesMax: MESSAGE_BYTES_MAX,
    now,
  });
  if (!stored) throw new Hi1Error("TransientTechnicalError", "the data could not be stored; send it again");
  const { holder: blob, digest, md5, sha1, bytes: size } = stored;
  blobs.set(delivery.ObjectIdentifier, {
    digest,
    md5,
    sha1,
    size,
    name: borne.name,
    media: borne.media,
    item: delivery.ObjectIdentifier,
    blob,
  });
}
async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Whoever applied a delivery has a share of its own by now; what was not applied is let go. */
async function letGo(tx: Tx, node: Node, blobs: ReadonlyMap<string, BlobOf>): Promise<void> {
  for (const { blob } of blobs.values()) await letGoBlob(tx, blob, node.clock());
}

/** Does everything that a message asks, or nothing of it. */
async function doAll(
  tx: Tx,
  taking: Taking,
  { actions, faults }: { readonly actions: readonly ActionRequest[]; readonly faults: ReadonlyMap<number, Hi1Error> },
): Promise<{ readonly answer: ActionResponse[]; readonly problem: Problem | null; readonly request: string | null }> {
  let request: string | null = null;
  let at = 0;
  await sql`savepoint hi1`.execute(tx);
  try {
    const answer: ActionResponse[] = [];
    for (const action of actions) {
      at = action.ActionIdentifier;
      const object = objectIn(action);
      // Also what can't be done is shown where it belongs.
      request ??= object === undefined ? null : await concernedBy(tx, taking, object);
      const fault = faults.get(at);
      if (fault) throw fault;
      answer.push(await doOne(tx, taking, action));
    }
    await sql`release savepoint hi1`.execute(tx);
    return { answer, problem: null, request };
  } catch (error) {
    if (!(error instanceof Hi1Error)) throw error;
    await sql`rollback to savepoint hi1`.execute(tx);
    const others = {
      error: "GeneralBusinessLogicError" as const,
      message: `nothing of this message was done: action ${at} can't be`,
    };
    return {
      answer: actions.map(({ ActionIdentifier }) => ({
        ActionIdentifier,
        ErrorInformation: errorInformation(ActionIdentifier === at ? error : others),
      })),
      problem: problemOf(error),
      request,
    };
  }
}

async function doOne(tx: Tx, taking: Taking, action: ActionRequest): Promise<ActionResponse> {
  const { ActionIdentifier, CREATE, UPDATE, DELIVER } = action;
  const object = objectIn(action);
  if (!object) throw new Hi1Error("FeatureNotSupported", `${actionWords(action)} is not answered here`);
  const Identifier = object.ObjectIdentifier;
  const kind = kindOf(object);
  const isMade = kind === "Notification" || kind === "Delivery";
  if (CREATE && !isMade) throw new Hi1Error("FeatureNotSupported", `a provider creates no ${kind} here`);
  if (UPDATE && isMade) throw new Hi1Error("ValueChangeNotAllowed", `a ${kind} is not changed`);
  if (DELIVER && kind !== "Delivery") throw new Hi1Error("ImproperValue", `a ${kind} is not delivered`);
  if (DELIVER && DELIVER.Identifier !== Identifier)
    throw new Hi1Error("ImproperValue", "Identifier is not that of the object");
  await takeObject(tx, taking, object);
  if (CREATE) return { ActionIdentifier, CREATEResponse: { Identifier } };
  return UPDATE
    ? { ActionIdentifier, UPDATEResponse: { Identifier } }
    : { ActionIdentifier, DELIVERResponse: { Identifier } };
}

/** Lets go what messages bore that were never applied, as the process ended before that: whoever sent them sends them again. */
export async function letGoUnapplied(node: Node): Promise<void> {
  await letGoStrays(node.db, { kind: "hi1", named: sql<boolean>`false`, now: node.clock() });
}
