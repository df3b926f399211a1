import { isDeepStrictEqual } from "node:util";
import { asJson, type JsonObject } from "../kernel/json.ts";
import { isWhole, type WholeLanguage } from "../kernel/i18n.ts";
import type { Node } from "../kernel/node.ts";
import type { Message } from "../kernel/outbox.ts";
import { requestDocument, type RequestRow } from "../requests/slice.ts";
import { signPdf } from "../trust/pdf-sign.ts";
import { signersOf } from "../trust/signers.ts";
import { heldBlob } from "../trust/vault-blobs.ts";
import { stampSeconds } from "./message.ts";
import type { TrustedEndpoint } from "./messages-endpoint.ts";
import { derivedId, type Order, type Paper, type Sides, taskOf } from "./order.ts";
import { objectsOf, orderOf } from "./order-objects.ts";
import { updatesOf } from "./order-updates.ts";
import { kindOf } from "./schema.ts";

/** An act of ours that a message is to carry. */
export interface Told {
  readonly act: string;
  readonly message: Message;
  readonly request: RequestRow;
  /** Until when a preservation is kept by our own clock; `null` where none runs. */
  readonly keptUntil: Temporal.Instant | null;
  /** Whether the request itself went this way. */
  readonly isHere: boolean;
}

/** What carries it: actions, or why a letter must (`hi1.reason.…`). */
export type Carried = { readonly actions: JsonObject[] } | { readonly letter: "measure" | "act" | "by-letter" };

/** Turns an act into actions of the standard; what the standard has no word for goes as a letter. */
export async function carry(node: Node, endpoint: TrustedEndpoint, sides: Sides, told: Told): Promise<Carried> {
  const { act, request, isHere } = told;
  if (taskOf(request.measure) === undefined) return { letter: "measure" };
  if (act === "request.send") return { actions: await sent(node, endpoint, sides, told) };
  if (!isHere) return { letter: "by-letter" };
  const objects = updatesOf({ act, body: told.message.body, request, keptUntil: told.keptUntil });
  return objects ? { actions: objects.map((object) => asJson({ UPDATE: { HI1Object: object } })) } : { letter: "act" };
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** The request as objects to be created. What they say is read back first: a request that would arrive as another one does not leave. */
async function sent(node: Node, endpoint: TrustedEndpoint, sides: Sides, told: Told): Promise<JsonObject[]> {
  const order = orderFrom(told);
  const language: WholeLanguage = endpoint.languages.find(isWhole) ?? "en";
  const names = new Map([[endpoint.peer, endpoint.name]]);
  const { pdf } = requestDocument(node, { row: told.request, language, names });
  const letter = await signPdf(pdf, signersOf(node), node.clock());
  const objects = objectsOf(order, sides, { letter, annexes: await annexes(node, told) }) ?? [];
  if (!isDeepStrictEqual(orderOf(objects), order)) throw new Error("a request would not read as it was written");
  return objects.map((object) => asJson({ CREATE: { HI1Object: object } }));
}

/** What the request says, from what its sending told. */
function orderFrom({ message: { body }, request }: Told): Order {
  const authority = (body["authority"] ?? {}) as Readonly<Record<string, string | undefined>>;
  const moment = (value: unknown): string =>
    typeof value === "string" ? stampSeconds(Temporal.Instant.from(value)) : "";
  const said = body as unknown as Pick<
    Order,
    | "number"
    | "measure"
    | "urgency"
    | "offence"
    | "facts"
    | "necessity"
    | "proportionality"
    | "custodian"
    | "data"
    | "particulars"
  >;
  const { number, measure, urgency, offence, facts, necessity, proportionality, custodian, data, particulars } = said;
  return {
    id: request.id,
    number,
    measure,
    urgency,
    offence,
    article: text(body["article"]),
    facts,
    necessity,
    proportionality,
    custodian,
    data: data.map(({ category, description, identifiers }) => ({ category, description, identifiers })),
    particulars,
    authority: {
      country: authority["country"] ?? "",
      office: authority["office"] ?? "",
      person: authority["person"] ?? "",
      authorisedBy: authority["authorisedBy"] ?? authority["orderedBy"] ?? "",
      authorisedOffice: authority["authorisedOffice"] ?? authority["orderedOffice"] ?? "",
      authorisedAt: moment(authority["authorisedAt"]),
      reasons: authority["reasons"] ?? "",
      provision: authority["provision"] ?? "",
    },
    until: typeof body["authorised_until"] === "string" ? body["authorised_until"] : null,
    sentAt: moment(body["sent_at"]),
    follows: typeof body["follows"] === "string" ? body["follows"] : null,
  };
}

/** Files that go along, out of the vault. */
async function annexes(node: Node, { message: { files }, request }: Told): Promise<Paper[]> {
  const papers: Paper[] = [];
  for (const { digest, name, media, item } of files) {
    const held = await heldBlob(node.db, node.services.vault, `item:${item}`);
    if (!held) throw new Error("a file that was promised is not in the vault any more");
    const parts: Buffer[] = [];
    for await (const part of held.read()) parts.push(part);
    papers.push({ id: derivedId(request.id, digest), name, media, bytes: Buffer.concat(parts) });
  }
  return papers;
}

/** `CREATE LDTask`, for lists. */
export const wordsOf = (action: JsonObject): string => {
  const [[verb, carries] = ["", {}]] = Object.entries(action);
  return `${verb} ${kindOf((carries as { HI1Object: { "@xsi:type": never } }).HI1Object)}`;
};
