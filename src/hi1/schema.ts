import { z } from "zod";
import {
  choice,
  count,
  country,
  dateTime,
  dictionaryEntry,
  endpointId,
  fields,
  longString,
  microsecondDateTime,
  optional,
  shortString,
  unsuccessful,
  uuid,
} from "./schema-base.ts";
import { authorisation, delivery, document, encryption, notification } from "./schema-objects.ts";
import { ldDestination, ldTask, liDestination, liTask, lpTask } from "./schema-tasks.ts";

/** Any object of a message. Rules of traffic policy are not read: their schema is not among those this was written from. */
const hi1Object = z.discriminatedUnion("@xsi:type", [
  authorisation,
  liTask,
  lpTask,
  ldTask,
  document,
  notification,
  delivery,
  liDestination,
  ldDestination,
  encryption,
]);
export type Hi1Object = z.output<typeof hi1Object>;
export type ObjectOf<Name extends "Authorisation" | "LDTask" | "LPTask" | "Document" | "Notification" | "Delivery"> =
  Extract<Hi1Object, { "@xsi:type": `{${string}}${Name}Object` }>;

/** `LDTask` of an object of that type. */
export const kindOf = ({ "@xsi:type": type }: Pick<Hi1Object, "@xsi:type">): string =>
  type.replace(/^\{.*\}/, "").replace(/Object$/, "");

const carries = z.strictObject({ HI1Object: hi1Object });
const names = z.strictObject({ Identifier: uuid });
const namesWith = z.strictObject({ Identifier: uuid, HI1Object: hi1Object.optional() });
const one = <Shape extends Record<string, z.ZodType>>(shape: Shape) =>
  z
    .strictObject({ ActionIdentifier: count, ...optional(shape) })
    .refine((given) => Object.keys(given).length === 2, "choice");

const actionRequest = one({
  GET: names,
  CREATE: carries,
  UPDATE: carries,
  LIST: fields({
    ObjectType: dictionaryEntry,
    LastChanged: dateTime,
    LastChangedTimespan: fields({ "common:StartTime": dateTime, "common:EndTime": dateTime }),
    MaximumObjectCount: z.int().min(1),
    Status: dictionaryEntry,
    CountryCode: country,
  }),
  DELIVER: z.strictObject({ Identifier: uuid, HI1Object: hi1Object }),
  GETCSPCONFIG: z.strictObject({}),
});
export type ActionRequest = z.output<typeof actionRequest>;

const entries = fields({ "common:DictionaryEntry": z.array(dictionaryEntry) });
const workflow = (law: "LI" | "LP" | "LD") =>
  fields({
    [`config:Supported${law}WorkflowEndpoint`]: z.array(
      z.strictObject({
        [`config:${law}WorkflowEndpoint`]: dictionaryEntry,
        "config:URL": longString,
        "config:Guidance": longString.optional(),
      }),
    ),
  });
/** What a provider says it can be asked. */
const configuration = z.strictObject({
  LastChanged: dateTime,
  TargetingConfigurations: fields({
    "config:TargetingConfiguration": z.array(
      z.strictObject({
        "config:FormatName": shortString,
        "config:FormatOwner": shortString,
        ...optional({
          "config:Guidance": longString,
          "config:AssociatedLIServiceTypes": entries,
          "config:AssociatedLDRequestTypes": entries,
          "config:AssociatedLDRequestSubtypes": entries,
          "config:AssociatedLPRequestTypes": entries,
          "config:AssociatedLPRequestSubtypes": entries,
        }),
      }),
    ),
  }),
  ...optional({
    Dictionaries: fields({
      "dictionaries:Dictionary": z.array(
        z.strictObject({
          "dictionaries:Owner": shortString,
          "dictionaries:Name": shortString,
          "dictionaries:DictionaryEntries": fields({
            "dictionaries:DictionaryEntry": z.array(
              z.strictObject({ "dictionaries:Value": shortString, "dictionaries:Meaning": longString.optional() }),
            ),
          }).optional(),
        }),
      ),
    }),
    TargetFormatTypeDefinitions: z.strictObject({
      "config:FormatOwner": shortString,
      "config:TargetFormatTypeDefinitionEntries": fields({
        "config:TargetFormatTypeDefinitionEntry": z.array(
          z.strictObject({
            "config:FormatName": shortString,
            "config:Description": longString,
            "config:FormatRegex": longString,
          }),
        ),
      }),
    }),
    SupportedLIWorkflowEndpoints: workflow("LI"),
    SupportedLPWorkflowEndpoints: workflow("LP"),
    SupportedLDWorkflowEndpoints: workflow("LD"),
  }),
});

const record = z.strictObject({
  ObjectType: dictionaryEntry,
  Identifier: uuid,
  Generation: count,
  ...optional({
    CountryCode: country,
    OwnerIdentifier: shortString,
    ExternalIdentifier: longString,
    LastChanged: dateTime,
  }),
});
const actionResponse = one({
  GETResponse: carries,
  CREATEResponse: namesWith,
  UPDATEResponse: namesWith,
  LISTResponse: fields({ ListResponseRecord: z.array(record) }),
  ErrorInformation: unsuccessful,
  DELIVERResponse: names,
  GETCSPCONFIGResponse: configuration,
});
export type ActionResponse = z.output<typeof actionResponse>;

export const header = z.strictObject({
  SenderIdentifier: endpointId,
  ReceiverIdentifier: endpointId,
  TransactionIdentifier: uuid,
  Timestamp: microsecondDateTime,
  Version: z.strictObject({
    ETSIVersion: shortString.regex(/^V\d+\.\d+\.\d+$/),
    NationalProfileOwner: shortString,
    NationalProfileVersion: shortString,
  }),
  WorkflowIdentifier: longString.optional(),
});
export type Header = z.output<typeof header>;

/**
 * A message as a whole: a transcription of the public schemas, which a test holds against the schemas themselves.
 *
 * @source ETSI TS 103 120 v1.23.1 (JSON schemas)
 */
export const hi1Message = z
  .object({
    Header: header,
    Payload: choice({
      RequestPayload: z.strictObject({
        ActionRequests: fields({ ActionRequest: z.array(actionRequest).min(1) }),
      }),
      ResponsePayload: choice({
        ActionResponses: fields({ ActionResponse: z.array(actionResponse).min(1) }),
        ErrorInformation: unsuccessful,
      }),
    }),
    Signature: z.looseObject({ protected: z.string(), signature: z.string() }).optional(),
    Signatures: z
      .array(
        z.looseObject({
          hash_algorithm: z.string(),
          algorithm: z.string(),
          public_key: z.string().optional(),
          value: z.string(),
        }),
      )
      .min(1)
      .optional(),
  })
  .catchall(z.unknown())
  .superRefine((given, context) => {
    for (const [name, value] of Object.entries(given)) {
      if (["Header", "Payload", "Signature", "Signatures"].includes(name)) continue;
      if (!name.startsWith("@") || typeof value !== "string")
        context.addIssue({ code: "custom", path: [name], message: "unknown" });
    }
  });
export type Hi1Message = z.output<typeof hi1Message>;
