import { randomUUID } from "node:crypto";
import type { Json, JsonObject } from "../kernel/json.ts";
import { ERRORS, ETSI_VERSION, type ErrorName, isReadable, PROFILE } from "./dictionary.ts";
import { type ActionRequest, type ActionResponse, header, type Header, hi1Message, type Hi1Message } from "./schema.ts";
import type { EndpointId } from "./schema-base.ts";

/** Longest message that is read, in bytes: what is handed over rides inside it, in Base64. */
export const MESSAGE_BYTES_MAX = 24 * 1_048_576;
/** Deepest nesting that is read. What the schema names lies below half of this. */
const DEPTH_MAX = 32;
/** Most actions of one message. */
const ACTIONS_MAX = 200;

/** Why a message, or one action of it, is not done, in the standard's own terms. */
export class Hi1Error extends Error {
  readonly error: ErrorName;
  /** JSON pointer into the message, where it is one place. */
  readonly pointer: string | undefined;
  constructor(error: ErrorName, words: string, pointer?: string) {
    super(pointer === undefined ? words : `${pointer}: ${words}`);
    this.error = error;
    this.pointer = pointer;
  }
}

/** The error as a message bears it. */
export const errorInformation = ({ error, message }: Pick<Hi1Error, "error" | "message">) => ({
  ErrorCode: ERRORS[error],
  ErrorDescription: message.slice(0, 4_000),
});

/** RFC 6901 pointer to where a path leads. */
const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");

/** Refuses text that nests deeper than is read, before anything is built of it. */
function demandShallow(text: string): void {
  let [depth, inString] = [0, false];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === 92) at += 1;
      else if (code === 34) inString = false;
    } else if (code === 34) inString = true;
    else if (code === 123 || code === 91) {
      depth += 1;
      if (depth > DEPTH_MAX) throw new Hi1Error("ValidationError", `nested deeper than ${DEPTH_MAX}`);
    } else if (code === 125 || code === 93) depth -= 1;
  }
}

/** The text as JSON. Throws `Hi1Error` where it is too long, too deep, or none. */
export function readJson(text: string): JsonObject {
  if (Buffer.byteLength(text) > MESSAGE_BYTES_MAX)
    throw new Hi1Error("MessageTooLarge", `longer than ${MESSAGE_BYTES_MAX} bytes`);
  demandShallow(text);
  let json: Json;
  try {
    json = JSON.parse(text) as Json;
  } catch {
    throw new Hi1Error("UnsupportedEncoding", "this is not JSON");
  }
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw new Hi1Error("ValidationError", "a message is an object", "");
  return json as JsonObject;
}

/** Its header alone, so that one knows who speaks before the rest is looked at. */
export function readHeader(json: JsonObject): Header {
  const read = header.safeParse(json["Header"]);
  const [issue] = read.error?.issues ?? [];
  if (issue) throw new Hi1Error("ValidationError", issue.message, pointerOf(["Header", ...issue.path]));
  return header.parse(json["Header"]);
}

/** The whole message, as the schema has it. Throws `Hi1Error` with the pointer to what is wrong first. */
export function readMessage(json: JsonObject): Hi1Message {
  const read = hi1Message.safeParse(json);
  const [issue] = read.error?.issues ?? [];
  if (issue) {
    const [inside] = "keys" in issue ? issue.keys : [];
    const path = [...issue.path, ...(inside === undefined ? [] : [inside])];
    throw new Hi1Error(
      "ValidationError",
      issue.message === "choice" ? "exactly one is wanted here" : issue.message,
      pointerOf(path),
    );
  }
  return read.data as Hi1Message;
}

/** Refuses a version that this node does not read. */
export function demandVersion({ Version: { ETSIVersion: version } }: Header): void {
  if (!isReadable(version))
    throw new Hi1Error(
      "VersionNotSupported",
      `${version} is not read here, ${ETSI_VERSION} is`,
      "/Header/Version/ETSIVersion",
    );
}

/** What a request asks, in its order. Refuses a message that is no request, or that uses an action identifier twice. */
export function actionsOf({ Payload }: Hi1Message): ActionRequest[] {
  const actions = Payload.RequestPayload?.ActionRequests.ActionRequest;
  if (!actions) throw new Hi1Error("RequiredElementMissing", "a request is wanted here", "/Payload/RequestPayload");
  if (actions.length > ACTIONS_MAX) throw new Hi1Error("MessageTooLarge", `more than ${ACTIONS_MAX} actions`);
  if (new Set(actions.map(({ ActionIdentifier }) => ActionIdentifier)).size < actions.length)
    throw new Hi1Error("DuplicateActionId", "an action identifier stands twice");
  return actions;
}

/** Namespaces that a message declares, as the standard's examples do. */
const NAMESPACES = {
  "@xmlns": "http://uri.etsi.org/03120/common/2019/10/Core",
  "@xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
  "@xmlns:common": "http://uri.etsi.org/03120/common/2016/02/Common",
  "@xmlns:task": "http://uri.etsi.org/03120/common/2020/09/Task",
  "@xmlns:auth": "http://uri.etsi.org/03120/common/2020/09/Authorisation",
  "@xmlns:doc": "http://uri.etsi.org/03120/common/2020/09/Document",
  "@xmlns:notification": "http://uri.etsi.org/03120/common/2016/02/Notification",
  "@xmlns:delivery": "http://uri.etsi.org/03120/common/2019/10/Delivery",
};

/** Who writes to whom, under which number, and when. */
export interface Heading {
  readonly from: EndpointId;
  readonly to: EndpointId;
  /** The same at every try. */
  readonly transaction: string;
  readonly at: Temporal.Instant;
}

/** To the microsecond, as headers want it. */
const stampMicroseconds = (at: Temporal.Instant): string => at.toString({ smallestUnit: "microsecond" });
/** To the second, as everything else wants it. */
export const stampSeconds = (at: Temporal.Instant): string => at.round("second").toString({ smallestUnit: "second" });

const written = ({ from, to, transaction, at }: Heading, payload: JsonObject): JsonObject => ({
  ...NAMESPACES,
  Header: {
    SenderIdentifier: { ...from },
    ReceiverIdentifier: { ...to },
    TransactionIdentifier: transaction,
    Timestamp: stampMicroseconds(at),
    Version: {
      ETSIVersion: ETSI_VERSION,
      NationalProfileOwner: PROFILE.owner,
      NationalProfileVersion: PROFILE.version,
    },
  },
  Payload: payload,
});

/** A request of these actions, numbered from 0; whole and by the schema, or it throws: nothing else leaves. */
export function requestOf(heading: Heading, actions: readonly JsonObject[]): JsonObject {
  const made = written(heading, {
    RequestPayload: {
      ActionRequests: { ActionRequest: actions.map((action, ActionIdentifier) => ({ ActionIdentifier, ...action })) },
    },
  });
  readMessage(made);
  return made;
}

/** An answer to it: one for each action, or an error for the whole. */
export function responseOf(
  heading: Heading,
  answer: readonly ActionResponse[] | { readonly ErrorCode: number; readonly ErrorDescription: string },
): JsonObject {
  const payload =
    "ErrorCode" in answer ? { ErrorInformation: answer } : { ActionResponses: { ActionResponse: answer } };
  const made = written(heading, { ResponsePayload: payload } as JsonObject);
  readMessage(made);
  return made;
}

/** Whom an answer is for that nobody could be read to have asked. */
export const NOBODY: EndpointId = { CountryCode: "XX", UniqueIdentifier: "unknown" };
/** A transaction of its own, for such an answer. */
export const newTransaction = (): string => randomUUID();
