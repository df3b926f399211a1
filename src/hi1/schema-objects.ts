import { z } from "zod";
import {
  approvalDetails,
  base64,
  choice,
  count,
  country,
  dateTime,
  dictionaryEntry,
  endpointId,
  fields,
  ldid,
  longString,
  microsecondDateTime,
  national,
  objectOf,
  ofEveryObject,
  optional,
  shortString,
  unsuccessful,
  uuid,
} from "./schema-base.ts";

const period = (prefix: string) => fields({ [`${prefix}:StartTime`]: dateTime, [`${prefix}:EndTime`]: dateTime });

export const authorisation = objectOf("{http://uri.etsi.org/03120/common/2020/09/Authorisation}AuthorisationObject", {
  "auth:AuthorisationReference": longString,
  "auth:AuthorisationLegalType": dictionaryEntry,
  "auth:AuthorisationPriority": dictionaryEntry,
  "auth:AuthorisationStatus": dictionaryEntry,
  "auth:AuthorisationDesiredStatus": dictionaryEntry,
  "auth:AuthorisationTimespan": period("auth"),
  "auth:AuthorisationCSPID": fields({ "auth:CSPID": z.array(endpointId).min(1) }),
  "auth:AuthorisationCreationTimestamp": dateTime,
  "auth:AuthorisationServedTimestamp": dateTime,
  "auth:AuthorisationTerminationTimestamp": dateTime,
  "auth:AuthorisationApprovalDetails": z.array(approvalDetails),
  "auth:AuthorisationInvalidReason": unsuccessful,
  "auth:AuthorisationFlags": fields({ "auth:AuthorisationFlag": z.array(dictionaryEntry) }),
  "auth:AuthorisationManualInformation": longString,
  "auth:NationalAuthorisationParameters": national("auth:"),
  "auth:AuthorisationJurisdiction": longString,
  "auth:AuthorisationTypeOfCase": dictionaryEntry,
  "auth:AuthorisationLegalEntity": shortString,
});

export const document = objectOf("{http://uri.etsi.org/03120/common/2020/09/Document}DocumentObject", {
  "doc:DocumentReference": longString,
  "doc:DocumentName": longString,
  "doc:DocumentStatus": dictionaryEntry,
  "doc:DocumentDesiredStatus": dictionaryEntry,
  "doc:DocumentTimespan": period("doc"),
  "doc:DocumentType": dictionaryEntry,
  "doc:DocumentProperties": fields({
    "doc:DocumentProperty": z.array(
      z.strictObject({ "doc:PropertyType": dictionaryEntry, "doc:PropertyValue": longString }),
    ),
  }),
  "doc:DocumentBody": fields({
    "doc:Contents": base64,
    "doc:ContentType": shortString,
    "doc:Checksum": shortString,
    "doc:ChecksumType": shortString,
  }),
  "doc:DocumentSignature": z.array(approvalDetails),
  "doc:DocumentInvalidReason": unsuccessful,
  "doc:NationalDocumentParameters": national("doc:"),
});

export const notification = objectOf("{http://uri.etsi.org/03120/common/2016/02/Notification}NotificationObject", {
  "notification:NotificationDetails": longString,
  "notification:NotificationType": dictionaryEntry,
  "notification:NewNotification": z.boolean(),
  "notification:NotificationTimestamp": dateTime,
  "notification:StatusOfAssociatedObjects": fields({
    "notification:AssociatedObjectStatus": z
      .array(
        z.strictObject({
          "notification:AssociatedObject": uuid,
          "notification:Status": dictionaryEntry,
          "notification:Details": longString.optional(),
        }),
      )
      .min(1),
  }),
  "notification:NationalNotificationParameters": z.strictObject({ "notification:CountryCode": country }),
});

const checksums = fields({
  "common:ChecksumAndType": z
    .array(z.strictObject({ "common:Checksum": shortString, "common:ChecksumType": shortString }))
    .min(1),
});
const binary = z.strictObject({
  "delivery:Data": base64,
  ...optional({
    "delivery:ContentType": shortString,
    "delivery:Checksum": shortString,
    "delivery:ChecksumType": shortString,
    "delivery:Checksums": checksums,
    "delivery:OriginalFilename": longString,
    "delivery:ContentLength": count,
  }),
});
export type EmbeddedBinary = z.output<typeof binary>;
const anything = z.unknown();

export const delivery = objectOf("{http://uri.etsi.org/03120/common/2019/10/Delivery}DeliveryObject", {
  "delivery:Reference": choice({ "delivery:LDID": ldid, "delivery:LIID": z.string().min(1).max(25) }),
  "delivery:DeliveryID": uuid,
  "delivery:SequenceNumber": count,
  "delivery:LastSequence": z.boolean(),
  "delivery:Manifest": choice({
    "delivery:Specification": dictionaryEntry,
    "delivery:ExternalSchema": fields({
      "delivery:ManifestID": longString,
      "delivery:ManifestContents": choice({
        "delivery:BinaryData": binary,
        "delivery:XMLSchema": z.strictObject({ "delivery:schema": anything }),
        "delivery:JSONSchema": anything,
      }),
    }),
  }),
  "delivery:Delivery": choice({
    "delivery:BinaryData": binary,
    "delivery:XMLData": anything,
    "delivery:JSONData": anything,
    "delivery:URL": z.strictObject({
      "delivery:URL": z.string(),
      ...optional({
        "delivery:ContentLength": count,
        "delivery:ContentType": longString,
        "delivery:Expiry": microsecondDateTime,
        "delivery:Checksum": shortString,
        "delivery:OriginalFilename": longString,
        "delivery:CSPDefinedIdentifier": longString,
        "delivery:ChecksumType": shortString,
        "delivery:Checksums": checksums,
      }),
    }),
    "delivery:DataExistence": z.boolean(),
  }),
  "delivery:DeliveryStatus": dictionaryEntry,
  "delivery:DeliveryDesiredStatus": dictionaryEntry,
  "delivery:EncryptionDetails": fields({
    "delivery:EncryptionReference": uuid,
    "delivery:AdditionalInformation": longString,
  }),
});

export const encryption = z.strictObject({
  "@xsi:type": z.literal("{http://uri.etsi.org/03120/common/2026/01/Encryption}EncryptionObject"),
  ...ofEveryObject,
  "encryption:EncryptionScheme": dictionaryEntry,
  ...optional({
    "encryption:X509EncryptionDetails": fields({
      "encryption:X509Certificates": z.array(fields({ "encryption:X509CertificateDER": base64 })),
    }),
  }),
});
