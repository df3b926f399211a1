import type { DictionaryEntry } from "./dictionary.ts";
import { Hi1Error, readJson, readMessage } from "./message.ts";
import { named } from "./order.ts";
import type { Hi1Message, Hi1Object } from "./schema.ts";

const objectsIn = ({ Payload }: Hi1Message): Hi1Object[] => [
  ...(Payload.RequestPayload?.ActionRequests.ActionRequest ?? []).flatMap(
    ({ CREATE, UPDATE, DELIVER }) => (CREATE ?? UPDATE ?? DELIVER)?.HI1Object ?? [],
  ),
  ...(Payload.ResponsePayload?.ActionResponses?.ActionResponse ?? []).flatMap(
    ({ GETResponse }) => GETResponse?.HI1Object ?? [],
  ),
];

const value = (entry: DictionaryEntry | undefined): string => entry?.["common:Value"] ?? "";

/** What is said of one object in its own words: a status with its reason, a notice, the name of a file. */
function wordsOf(object: Hi1Object): string[] {
  const [task, authorisation] = [named(object, "LDTask") ?? named(object, "LPTask"), named(object, "Authorisation")];
  const [notification, delivery] = [named(object, "Notification"), named(object, "Delivery")];
  return [
    value(task?.["task:Status"]),
    task?.["task:StatusReason"]?.ErrorDescription ?? "",
    value(task?.["task:DesiredStatus"]),
    value(authorisation?.["auth:AuthorisationStatus"]),
    authorisation?.["auth:AuthorisationInvalidReason"]?.ErrorDescription ?? "",
    value(authorisation?.["auth:AuthorisationDesiredStatus"]),
    authorisation?.["auth:AuthorisationManualInformation"] ?? "",
    notification?.["notification:NotificationDetails"] ?? "",
    ...(
      notification?.["notification:StatusOfAssociatedObjects"]?.["notification:AssociatedObjectStatus"] ?? []
    ).flatMap((each) => [value(each["notification:Status"]), each["notification:Details"] ?? ""]),
    delivery?.["delivery:Delivery"]?.["delivery:BinaryData"]?.["delivery:OriginalFilename"] ?? "",
  ].filter((each) => each !== "");
}

/** The words of a message that somebody would want to read without its JSON; none of a text that is no message. */
export function saidIn(text: string): string[] {
  try {
    return objectsIn(readMessage(readJson(text))).flatMap(wordsOf);
  } catch (error) {
    if (!(error instanceof Hi1Error)) throw error;
    return [];
  }
}
