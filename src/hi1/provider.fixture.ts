import { createPublicKey, generateKeyPairSync, type KeyObject, randomUUID, sign, verify } from "node:crypto";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Any JSON, as one meets it. */
// oxlint-disable-next-line typescript/no-explicit-any -- a second party reads messages by their paths, not by our types
type Any = any;

/** How a provider answers one message: as it should, not at all, with something else, or only once it is let go. */
export type Mood =
  | "well"
  | "lose-answer"
  | "down"
  | { readonly text: (right: string) => string }
  | { readonly held: Promise<void> };

/**
 * A provider that speaks TS 103 120, written from the public schemas alone and by nothing of the product: it takes objects in, answers each
 * action, keeps its answers by transaction, and says of its tasks what a test has it say.
 */
export interface Provider {
  readonly url: string;
  readonly names: { readonly CountryCode: string; readonly UniqueIdentifier: string };
  readonly pem: string;
  /** Objects by their identifiers, as they were made and changed. */
  readonly objects: Map<string, Any>;
  /** Every message that came, also again. */
  readonly took: Any[];
  mood: Mood;
  /** What it says of an object when it is made: fields for `CREATEResponse`. */
  says: (object: Any) => object | undefined;
  /** Refuses an object with an error. */
  refuses: (object: Any) => { ErrorCode: number; ErrorDescription: string } | undefined;
  /** Sends a request; gives the answer, read and with its signature checked. */
  readonly send: (to: string, actions: readonly object[], more?: Sending) => Promise<Any>;
  /** The same message again, byte by byte. */
  readonly again: (to: string) => Promise<Any>;
  readonly close: () => Promise<void>;
}
export interface Sending {
  readonly key?: KeyObject;
  readonly header?: object;
  readonly transaction?: string;
  readonly text?: (right: string) => string;
}

const EMPTY = { protected: "", signature: "" };
const encoded = (text: string): string => Buffer.from(text).toString("base64url");

function signed(document: object, key: KeyObject): string {
  const head = encoded(JSON.stringify({ alg: "EdDSA" }));
  const plain = JSON.stringify({ ...document, Signature: EMPTY }, null, 2);
  const signature = sign(null, Buffer.from(`${head}.${encoded(plain)}`), key).toString("base64url");
  return JSON.stringify({ ...document, Signature: { protected: head, signature } }, null, 2);
}

/** True where whoever they are to us has signed it. */
function isSigned(document: Any, key: KeyObject): boolean {
  const { protected: head, signature } = document.Signature ?? EMPTY;
  const plain = JSON.stringify({ ...document, Signature: EMPTY }, null, 2);
  return verify(null, Buffer.from(`${head}.${encoded(plain)}`), key, Buffer.from(signature, "base64url"));
}

/** Opens one. `authority` is the public key of whoever asks, and `judge` tells by the public schemas why a message is none. */
export async function openProvider({
  name,
  authority,
  us,
  judge,
}: {
  readonly name: string;
  readonly authority: string;
  readonly us: { readonly CountryCode: string; readonly UniqueIdentifier: string };
  readonly judge: (message: unknown) => string | null;
}): Promise<Provider> {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const names = { CountryCode: "XM", UniqueIdentifier: name };
  const theirs = createPublicKey(authority);
  const answers = new Map<string, string>();
  let last = "";
  const heading = (transaction: string, more: object = {}) => ({
    SenderIdentifier: names,
    ReceiverIdentifier: us,
    TransactionIdentifier: transaction,
    Timestamp: "2026-11-24T10:00:00.000000Z",
    Version: { ETSIVersion: "V1.23.1", NationalProfileOwner: "COMITY", NationalProfileVersion: "v1.0" },
    ...more,
  });
  const provider: Provider = {
    url: "",
    names,
    pem: publicKey.export({ type: "spki", format: "pem" }).toString(),
    objects: new Map(),
    took: [],
    mood: "well",
    says: () => undefined,
    refuses: () => undefined,
    send: async (
      to,
      actions,
      { key = privateKey, header = {}, transaction = randomUUID(), text = (right: string) => right } = {},
    ) => {
      const ActionRequest = actions.map((action, ActionIdentifier) => ({ ActionIdentifier, ...action }));
      const message = {
        Header: heading(transaction, header),
        Payload: { RequestPayload: { ActionRequests: { ActionRequest } } },
      };
      last = text(signed(message, key));
      return provider.again(to);
    },
    again: async (to) => {
      const answer = await fetch(to, { method: "POST", body: last, headers: { "content-type": "application/json" } });
      if (answer.status !== 200) return { status: answer.status };
      const read = JSON.parse(await answer.text()) as Any;
      if (!isSigned(read, theirs)) throw new Error("an answer is not signed");
      const why = judge(read);
      if (why !== null) throw new Error(`an answer is none by the schemas: ${why}`);
      return read;
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };

  /** One action, done. */
  function answered({ ActionIdentifier, CREATE, UPDATE, GET }: Any): object {
    if (GET) {
      const HI1Object = provider.objects.get(GET.Identifier as string);
      return HI1Object
        ? { ActionIdentifier, GETResponse: { HI1Object } }
        : { ActionIdentifier, ErrorInformation: { ErrorCode: 3014, ErrorDescription: "it does not exist" } };
    }
    const object = (CREATE ?? UPDATE)?.HI1Object;
    const id = object?.ObjectIdentifier as string;
    const error = provider.refuses(object);
    if (error) return { ActionIdentifier, ErrorInformation: error };
    if (CREATE && provider.objects.has(id))
      return { ActionIdentifier, ErrorInformation: { ErrorCode: 3010, ErrorDescription: "it exists" } };
    if (UPDATE && !provider.objects.has(id))
      return { ActionIdentifier, ErrorInformation: { ErrorCode: 3011, ErrorDescription: "it does not exist" } };
    provider.objects.set(id, { ...provider.objects.get(id), ...object });
    const said = CREATE ? provider.says(object) : undefined;
    const result = {
      Identifier: id,
      ...(said ? { HI1Object: { "@xsi:type": object["@xsi:type"], ObjectIdentifier: id, ...said } } : {}),
    };
    return CREATE ? { ActionIdentifier, CREATEResponse: result } : { ActionIdentifier, UPDATEResponse: result };
  }

  function take(text: string): string {
    const message = JSON.parse(text) as Any;
    provider.took.push(message);
    const { TransactionIdentifier: transaction } = message.Header;
    const fault = (ErrorCode: number, ErrorDescription: string) =>
      signed(
        {
          Header: heading(transaction),
          Payload: { ResponsePayload: { ErrorInformation: { ErrorCode, ErrorDescription } } },
        },
        privateKey,
      );
    if (!isSigned(message, theirs)) return fault(3004, "the signature is wrong");
    const why = judge(message);
    if (why !== null) return fault(3020, why);
    const earlier = answers.get(transaction);
    if (earlier !== undefined) return earlier;
    const ActionResponse = message.Payload.RequestPayload.ActionRequests.ActionRequest.map(answered);
    const answer = signed(
      { Header: heading(transaction), Payload: { ResponsePayload: { ActionResponses: { ActionResponse } } } },
      privateKey,
    );
    answers.set(transaction, answer);
    return answer;
  }

  function respond(text: string, response: ServerResponse): void {
    const { mood } = provider;
    if (mood === "down") return void response.writeHead(503).end();
    const right = take(text);
    if (mood === "lose-answer") return void response.destroy();
    const answer = (text: string) => response.writeHead(200, { "content-type": "application/json" }).end(text);
    if (typeof mood === "object" && "held" in mood) return void mood.held.then(() => answer(right));
    answer(typeof mood === "object" ? mood.text(right) : right);
  }
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => respond(Buffer.concat(parts).toString(), response));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(provider, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hi1` });
}
