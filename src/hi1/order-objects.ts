import { createHash } from "node:crypto";
import { entryOf, valueIn } from "./dictionary.ts";
import {
  authorisationId,
  documentId,
  named,
  type Order,
  ours,
  type Paper,
  SHORT_MAX,
  type Sides,
  taskOf,
} from "./order.ts";
import { fromProperties, toProperties } from "./order-properties.ts";
import { task } from "./order-task.ts";
import type { Hi1Object, ObjectOf } from "./schema.ts";

const KIND_OF_CASE: Readonly<
  Record<string, "ChildExploitationOrChildSexualAbuse" | "HateSpeech" | "OtherFinancialCrimeOrFraud" | "Other">
> = {
  "8": "OtherFinancialCrimeOrFraud",
  "9": "ChildExploitationOrChildSexualAbuse",
  "189": "HateSpeech",
  other: "Other",
};

const isOrdered = ({ authority }: Order): boolean => authority.authorisedAt === "";

function authorisation(order: Order, sides: Sides, papers: readonly Paper[]): ObjectOf<"Authorisation"> {
  const { authority, urgency, until, sentAt } = order;
  const at = isOrdered(order) ? sentAt : authority.authorisedAt;
  return {
    "@xsi:type": "{http://uri.etsi.org/03120/common/2020/09/Authorisation}AuthorisationObject",
    ObjectIdentifier: authorisationId(order.id),
    ...ours(sides, order),
    AssociatedObjects: { AssociatedObject: [documentId(order.id), ...papers.map(({ id }) => id)] },
    "auth:AuthorisationReference": order.number,
    "auth:AuthorisationPriority": entryOf("AuthorisationPriority", urgency === "routine" ? "Routine" : "High"),
    "auth:AuthorisationDesiredStatus": entryOf(
      "AuthorisationDesiredStatus",
      isOrdered(order) ? "EmergencyApproval" : "Approved",
    ),
    "auth:AuthorisationTimespan": {
      "auth:StartTime": sentAt,
      ...(until === null ? {} : { "auth:EndTime": `${until}T23:59:59Z` }),
    },
    "auth:AuthorisationCSPID": { "auth:CSPID": [sides.to] },
    "auth:AuthorisationCreationTimestamp": at,
    "auth:AuthorisationApprovalDetails": [
      {
        "common:ApprovalReference": authority.provision,
        "common:ApprovalDescription": authority.reasons,
        "common:ApproverDetails": {
          "common:ApproverName": authority.authorisedBy,
          "common:ApproverRole": authority.authorisedOffice,
        },
        "common:ApprovalTimestamp": at,
        "common:ApprovalIsEmergency": isOrdered(order),
      },
    ],
    ...(urgency === "emergency"
      ? { "auth:AuthorisationFlags": { "auth:AuthorisationFlag": [entryOf("AuthorisationFlag", "IsEmergency")] } }
      : {}),
    "auth:AuthorisationJurisdiction": authority.country,
    "auth:AuthorisationTypeOfCase": entryOf("AuthorisationTypeOfCase", KIND_OF_CASE[order.article] ?? "Cybercrime"),
    "auth:AuthorisationLegalEntity": authority.office.slice(0, SHORT_MAX),
  };
}

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

const bodyOf = ({ bytes, media }: Pick<Paper, "bytes" | "media">) => ({
  "doc:Contents": bytes.toString("base64"),
  "doc:ContentType": media.slice(0, SHORT_MAX),
  "doc:Checksum": sha256(bytes),
  "doc:ChecksumType": "SHA-256",
});

function order(of: Order, sides: Sides, letter: Buffer): ObjectOf<"Document"> {
  return {
    "@xsi:type": "{http://uri.etsi.org/03120/common/2020/09/Document}DocumentObject",
    ObjectIdentifier: documentId(of.id),
    ...ours(sides, of),
    "doc:DocumentReference": of.number,
    "doc:DocumentName": `${of.number}.pdf`,
    "doc:DocumentType": entryOf("DocumentType", "Warrant"),
    "doc:DocumentProperties": { "doc:DocumentProperty": toProperties(of) },
    "doc:DocumentBody": bodyOf({ bytes: letter, media: "application/pdf" }),
  };
}

const annex = (of: Order, sides: Sides, paper: Paper): ObjectOf<"Document"> => ({
  "@xsi:type": "{http://uri.etsi.org/03120/common/2020/09/Document}DocumentObject",
  ObjectIdentifier: paper.id,
  ...ours(sides, of),
  "doc:DocumentReference": of.number,
  "doc:DocumentName": paper.name,
  "doc:DocumentBody": bodyOf(paper),
});

/**
 * The objects by which a request is asked: the authorisation, the order as a document with everything that it says, its annexes, and the
 * task. `undefined` for a measure that has no task.
 *
 * @source ETSI TS 103 120 v1.23.1 §7, §8
 */
export function objectsOf(
  of: Order,
  sides: Sides,
  { letter, annexes = [] }: { readonly letter: Buffer; readonly annexes?: readonly Paper[] },
): Hi1Object[] | undefined {
  if (taskOf(of.measure) === undefined) return undefined;
  return [
    authorisation(of, sides, annexes),
    order(of, sides, letter),
    ...annexes.map((each) => annex(of, sides, each)),
    task(of, sides),
  ];
}

/** The order that such objects are: the same table, read the other way. `undefined` where they are none of ours. */
export function orderOf(objects: readonly Hi1Object[]): Order | undefined {
  const find = <Kind extends Parameters<typeof named>[1]>(kind: Kind) =>
    objects.flatMap((each) => named(each, kind) ?? []);
  const [approval] = find("Authorisation");
  const tasks = [...find("LDTask"), ...find("LPTask")];
  const [asked] = tasks;
  const paper = find("Document").find((each) => valueIn("DocumentType", each["doc:DocumentType"]) === "Warrant");
  const said = fromProperties(paper?.["doc:DocumentProperties"]?.["doc:DocumentProperty"] ?? []);
  if (!approval || !asked || !paper || !said) return undefined;
  const details = approval["auth:AuthorisationApprovalDetails"]?.[0];
  const end = approval["auth:AuthorisationTimespan"]?.["auth:EndTime"];
  return {
    ...said,
    id: asked.ObjectIdentifier,
    number: approval["auth:AuthorisationReference"] ?? "",
    authority: {
      ...said.authority,
      country: approval["auth:AuthorisationJurisdiction"] ?? "",
      authorisedBy: details?.["common:ApproverDetails"]?.["common:ApproverName"] ?? "",
      authorisedOffice: details?.["common:ApproverDetails"]?.["common:ApproverRole"] ?? "",
      authorisedAt:
        details?.["common:ApprovalIsEmergency"] === true ? "" : (details?.["common:ApprovalTimestamp"] ?? ""),
      reasons: details?.["common:ApprovalDescription"] ?? "",
      provision: details?.["common:ApprovalReference"] ?? "",
    },
    until: end === undefined ? null : end.slice(0, "2026-01-31".length),
    sentAt: approval["auth:AuthorisationTimespan"]?.["auth:StartTime"] ?? "",
    follows:
      find("LDTask")[0]?.["task:AlternativePreservationReferences"]?.["task:AlternativePreservationReference"]?.[0]?.[
        "task:ReferenceValue"
      ] ?? null,
  };
}
