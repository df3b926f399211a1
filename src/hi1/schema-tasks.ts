import { z } from "zod";
import {
  approvalDetails,
  choice,
  country,
  dateTime,
  dictionaryEntry,
  endpointId,
  fields,
  ldid,
  longString,
  national,
  objectOf,
  shortString,
  unsuccessful,
  uuid,
} from "./schema-base.ts";

/** Name of the types of tasks, without the type's own. */
const TASK = "{http://uri.etsi.org/03120/common/2020/09/Task}";

const formatType = z.strictObject({ "task:FormatOwner": shortString, "task:FormatName": shortString });
const value = z.strictObject({ "task:FormatType": formatType, "task:Value": longString });
const values = fields({ "task:RequestValue": z.array(value).min(1) });
const address = choice({
  "task:IPv4Address": z.string().max(15),
  "task:IPv6Address": z.string().max(45),
  "task:IPAddressPort": z.unknown(),
  "task:IPAddressPortRange": z.unknown(),
  "task:E164Number": z.string().regex(/^\d{1,15}$/),
  "task:FTPAddress": z.string(),
  "task:URL": z.string(),
  "task:FQDN": longString,
  "task:EmailAddress": z.string().max(320),
  "task:EndpointID": endpointId,
  "task:DeliveryInformationID": longString,
});
const destination = {
  "task:DeliveryAddress": address,
  "task:DestinationReference": uuid,
  "task:EncryptionReference": uuid,
  "task:EncryptionDetails": national("task:"),
};
const subtype = fields({ "task:RequestSubtype": z.array(dictionaryEntry).min(1) });
const policies = (name: string) =>
  fields({
    [name]: z.array(fields({ "task:Order": z.int().min(1), "task:ObjectIdentifier": uuid })),
  });

const status = { "task:Status": dictionaryEntry, "task:DesiredStatus": dictionaryEntry, "task:CSPID": endpointId };
const period = { "task:StartTime": dateTime, "task:EndTime": dateTime };

/** Tapping. It is read, and never done by this node: its measures are none of the profile. */
export const liTask = objectOf(`${TASK}LITaskObject`, {
  ...status,
  "task:Reference": z.string().min(1).max(25),
  "task:Timespan": fields({
    ...period,
    "task:TerminationTime": dateTime,
    "task:ProvisioningTime": dateTime,
    "task:DeprovisioningTime": dateTime,
  }),
  "task:TargetIdentifier": fields({
    "task:TargetIdentifierValues": fields({ "task:TargetIdentifierValue": z.array(value).min(1) }),
    "task:ServiceType": dictionaryEntry,
    "task:TargetIdentifierSubtype": dictionaryEntry,
  }),
  "task:DeliveryType": dictionaryEntry,
  "task:DeliveryDetails": fields({
    "task:DeliveryDestination": z
      .array(
        fields({
          ...destination,
          "task:IRIorCC": dictionaryEntry,
          "task:HandoverFormat": dictionaryEntry,
          "task:DeliveryProfile": dictionaryEntry,
          "task:NationalDeliveryParameters": national("task:"),
        }),
      )
      .min(1),
  }),
  "task:ApprovalDetails": z.array(approvalDetails),
  "task:HandlingProfile": dictionaryEntry,
  "task:InvalidReason": unsuccessful,
  "task:Flags": fields({ "task:TaskFlag": z.array(dictionaryEntry) }),
  "task:NationalLITaskingParameters": z.strictObject({ "task:CountryCode": country }),
  "task:ListOfTrafficPolicyReferences": policies("task:TrafficPolicyReference"),
  "task:ListOfIRIPolicyReferences": policies("task:IRIPolicyReference"),
});

/** Disclosure: data that is there is handed over. */
export const ldTask = objectOf(`${TASK}LDTaskObject`, {
  ...status,
  "task:Reference": ldid,
  "task:StatusReason": unsuccessful,
  "task:RequestDetails": fields({
    ...period,
    "task:Type": dictionaryEntry,
    "task:ObservedTime": dateTime,
    "task:ObservedTimes": z.array(dateTime),
    "task:RequestValues": values,
    "task:Subtype": subtype,
    "task:TargetIdentifierSubtype": dictionaryEntry,
  }),
  "task:DeliveryDetails": fields({
    "task:LDDeliveryDestination": z
      .array(
        fields({
          ...destination,
          "task:LDHandoverFormat": dictionaryEntry,
          "task:LDDeliveryProfile": dictionaryEntry,
          "task:NationalDeliveryParameters": national("task:"),
        }),
      )
      .min(1),
  }),
  "task:ApprovalDetails": z.array(approvalDetails),
  "task:HandlingProfile": dictionaryEntry,
  "task:Flags": fields({ "task:LDTaskFlag": z.array(dictionaryEntry) }),
  "task:AlternativePreservationReferences": fields({
    "task:AlternativePreservationReference": z
      .array(
        z.strictObject({
          "task:ReferenceValue": longString,
          "task:NatureOfReference": longString.optional(),
          "task:TransmissionTime": dateTime.optional(),
        }),
      )
      .min(1),
  }),
  "task:NationalLDTaskingParameters": national("task:"),
  "task:Deadlines": fields({
    "task:LDDeadline": z.array(
      fields({
        "task:DateTime": dateTime,
        "task:NatureOfDeadline": dictionaryEntry,
        "task:OtherInformation": longString,
      }),
    ),
  }),
  "task:ManualInformation": longString,
});

/** Preservation: data that is there is kept. */
export const lpTask = objectOf(`${TASK}LPTaskObject`, {
  ...status,
  "task:StatusReason": unsuccessful,
  "task:RequestDetails": fields({
    ...period,
    "task:Type": dictionaryEntry,
    "task:RequestValues": values,
    "task:Subtype": subtype,
    "task:TargetIdentifierSubtype": dictionaryEntry,
  }),
  "task:DesiredPreservationExpiration": dateTime,
  "task:PreservationExpiration": dateTime,
  "task:NationalLPTaskingParameters": national("task:"),
});

const destinationFields = {
  "dest:DeliveryAddress": address,
  "dest:FriendlyName": longString,
  "dest:NationalDestinationParameters": national("dest:"),
};
const DESTINATION = "{http://uri.etsi.org/03120/common/2026/07/Destination}";
export const liDestination = objectOf(`${DESTINATION}LIDestinationObject`, destinationFields);
export const ldDestination = objectOf(`${DESTINATION}LDDestinationObject`, destinationFields);
