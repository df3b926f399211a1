import { createHash } from "node:crypto";
import type { Category, MeasureCode, Particulars } from "../law/slice.ts";
import { kindOf, type Hi1Object, type ObjectOf } from "./schema.ts";
import type { EndpointId } from "./schema-base.ts";

/** The task that a measure is; `undefined` for what the standard's table has none for: it is not asked in this way. */
// prettier-ignore
const TASKS: Partial<Record<MeasureCode, "LDTask" | "LPTask">> = {
  P16: "LPTask", EU2: "LPTask",
  P17: "LDTask", O18b: "LDTask", X6: "LDTask", X7: "LDTask", EU1: "LDTask",
};
export const taskOf = (measure: MeasureCode): "LDTask" | "LPTask" | undefined => TASKS[measure];

/** A paper that goes along: the order itself, or an annex. */
export interface Paper {
  /** UUID; the same at every try. */
  readonly id: string;
  readonly name: string;
  readonly media: string;
  readonly bytes: Buffer;
}

/** What a request says to a provider, as far as messages carry it. */
export interface Order {
  /** UUID of the request: its task bears the same. */
  readonly id: string;
  readonly number: string;
  readonly measure: MeasureCode;
  readonly urgency: "routine" | "urgent" | "emergency";
  readonly offence: string;
  /** Code of the article; empty where nobody said. */
  readonly article: string;
  readonly facts: string;
  readonly necessity: string;
  readonly proportionality: string;
  readonly custodian: string;
  readonly data: readonly {
    readonly category: Category;
    readonly description: string;
    readonly identifiers: readonly string[];
  }[];
  readonly particulars: Particulars;
  readonly authority: {
    readonly country: string;
    readonly office: string;
    readonly person: string;
    readonly authorisedBy: string;
    readonly authorisedOffice: string;
    /** Moment; empty where it was ordered and waits for its validation. */
    readonly authorisedAt: string;
    readonly reasons: string;
    readonly provision: string;
  };
  /** Day until which the authorisation holds; `null` for no end. */
  readonly until: string | null;
  /** Moment, to the second. */
  readonly sentAt: string;
  /** UUID of the preservation that it follows. */
  readonly follows: string | null;
}

/** Who asks whom. */
export interface Sides {
  readonly from: EndpointId;
  readonly to: EndpointId;
}

/** An identifier that follows from another: the same at every try, and nobody else's. */
export function derivedId(of: string, what: string): string {
  const hex = createHash("sha256").update(`comity hi1 ${what} ${of}`).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
export const authorisationId = (request: string): string => derivedId(request, "authorisation");
export const documentId = (request: string): string => derivedId(request, "document");

/** Reference of the task: the country, who asks, the number. @source ETSI TS 103 280 (LDID) */
export const referenceOf = ({ from }: Pick<Sides, "from">, number: string): string =>
  `${from.CountryCode}-${from.UniqueIdentifier}-${number}`;

/** Longest short text of the standard, in characters. */
export const SHORT_MAX = 255;
/** What every object of ours says of whose it is, and which it is. */
export const ours = ({ from }: Sides, { number }: Pick<Order, "number">) => ({
  CountryCode: from.CountryCode,
  OwnerIdentifier: from.UniqueIdentifier.slice(0, SHORT_MAX),
  ExternalIdentifier: number,
});

/** The object, where it is of that kind. */
export const named = <Kind extends "Authorisation" | "LDTask" | "LPTask" | "Document" | "Notification" | "Delivery">(
  object: Hi1Object,
  kind: Kind,
): ObjectOf<Kind> | undefined => (kindOf(object) === kind ? (object as ObjectOf<Kind>) : undefined);
