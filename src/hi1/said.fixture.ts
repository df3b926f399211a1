import { createHash, randomUUID } from "node:crypto";

/** The kinds of task. */
export type Kind = "LDTask" | "LPTask";

/** A value of one of the standard's dictionaries. */
export const entry = (name: string, value: string) => ({
  "common:Owner": "ETSI",
  "common:Name": name,
  "common:Value": value,
});
export const TASK = "{http://uri.etsi.org/03120/common/2020/09/Task}";

/** What a provider says of a task's status. */
export const status = (kind: Kind, id: string, value: string, more: object = {}) => ({
  UPDATE: {
    HI1Object: {
      "@xsi:type": `${TASK}${kind}Object`,
      ObjectIdentifier: id,
      "task:Status": entry(`${kind}Status`, value),
      ...more,
    },
  },
});

/** A delivery of one file. */
export function delivery(task: string, text: string, more: object = {}) {
  const bytes = Buffer.from(text);
  const id = randomUUID();
  return {
    DELIVER: {
      Identifier: id,
      HI1Object: {
        "@xsi:type": "{http://uri.etsi.org/03120/common/2019/10/Delivery}DeliveryObject",
        ObjectIdentifier: id,
        AssociatedObjects: { AssociatedObject: [task] },
        "delivery:LastSequence": true,
        "delivery:Delivery": {
          "delivery:BinaryData": {
            "delivery:Data": bytes.toString("base64"),
            "delivery:ContentType": "text/csv",
            "delivery:OriginalFilename": "../../log-ins.csv",
            "delivery:Checksum": createHash("sha256").update(bytes).digest("hex"),
            "delivery:ChecksumType": "SHA-256",
          },
        },
        ...more,
      },
    },
  };
}

/** A notification of where a task stands. */
export const notification = (kind: Kind, task: string, value: string, details: string) => ({
  CREATE: {
    HI1Object: {
      "@xsi:type": "{http://uri.etsi.org/03120/common/2016/02/Notification}NotificationObject",
      ObjectIdentifier: randomUUID(),
      "notification:NotificationDetails": details,
      "notification:StatusOfAssociatedObjects": {
        "notification:AssociatedObjectStatus": [
          { "notification:AssociatedObject": task, "notification:Status": entry(`${kind}Status`, value) },
        ],
      },
    },
  },
});

/** What an answer says: nothing where every action is done, else the first error's number and words. */
// oxlint-disable-next-line typescript/no-explicit-any -- as the provider reads it
export function verdict(read: any): [number, string] | "done" {
  const { ErrorInformation: all, ActionResponses } = read.Payload.ResponsePayload;
  const errors = all
    ? [all]
    : ActionResponses.ActionResponse.flatMap(
        ({ ErrorInformation: each }: { ErrorInformation?: unknown }) => each ?? [],
      );
  const first = errors.find((each: { ErrorCode: number }) => each.ErrorCode !== 3000) ?? errors[0];
  return first ? [first.ErrorCode, first.ErrorDescription] : "done";
}
