import { type Category, isIdentifying, measureOf, type MeasureCode } from "../law/slice.ts";
import { type DictionaryEntry, entryOf } from "./dictionary.ts";
import { stampSeconds } from "./message.ts";
import { authorisationId, type Order, ours, referenceOf, type Sides, taskOf } from "./order.ts";
import { formatOf } from "./order-values.ts";
import type { ObjectOf } from "./schema.ts";

/** What kinds of data a task is about, in the one word that it has for them. */
function typeOf({ data, particulars }: Order): DictionaryEntry {
  const told = (category: Category) => (category === "traffic" && isIdentifying(particulars) ? "user" : category);
  const kinds = [...new Set(data.map(({ category }) => told(category)))].sort().join("+");
  const types = {
    subscriber: "SubscriberData",
    traffic: "TrafficData",
    content: "StoredContentData",
    user: "UserIdentifyingData",
    "subscriber+user": "SubscriberDataAndUserIdentifyingData",
    "content+traffic": "TrafficDataAndStoredContentData",
  } as const;
  return entryOf("RequestType", kinds in types ? types[kinds as keyof typeof types] : "Other");
}

/** Values that are asked about: each identifier once, and domain names where those are what is asked. */
function valuesOf({ data, particulars }: Order) {
  const all = [...data.flatMap(({ identifiers }) => identifiers), ...(particulars.domains ?? "").split(/[\s,;]+/)];
  const values = [...new Set(all)].filter((each) => each !== "");
  return values.length === 0
    ? {}
    : {
        "task:RequestValues": {
          "task:RequestValue": values.map((value) => ({ "task:FormatType": formatOf(value), "task:Value": value })),
        },
      };
}

const detailsOf = (of: Order) => ({
  "task:Type": typeOf(of),
  ...(of.particulars.from ? { "task:StartTime": `${of.particulars.from}T00:00:00Z` } : {}),
  ...(of.particulars.until ? { "task:EndTime": `${of.particulars.until}T23:59:59Z` } : {}),
  ...valuesOf(of),
});

/** By when the instrument itself wants an answer. */
function deadlines(of: Order) {
  const { answer } = measureOf(of.measure);
  if (!answer) return {};
  const { unit, value } = answer[of.urgency === "emergency" ? "emergency" : "routine"];
  const due = Temporal.Instant.from(of.sentAt).add({ hours: unit === "days" ? value * 24 : value });
  return {
    "task:Deadlines": {
      "task:LDDeadline": [{ "task:DateTime": stampSeconds(due), "task:OtherInformation": answer.source }],
    },
  };
}

/** Until when a preservation is asked for, from that moment. */
const wishedUntil = (measure: MeasureCode, from: Temporal.Instant): string =>
  stampSeconds(from.add({ hours: (measureOf(measure).keepDays?.days ?? 0) * 24 }));

/** The task by which it is asked. */
export function task(of: Order, sides: Sides): ObjectOf<"LDTask"> | ObjectOf<"LPTask"> {
  const same = {
    ObjectIdentifier: of.id,
    ...ours(sides, of),
    AssociatedObjects: { AssociatedObject: [authorisationId(of.id)] },
    "task:CSPID": sides.to,
    "task:RequestDetails": detailsOf(of),
  };
  if (taskOf(of.measure) === "LPTask")
    return {
      "@xsi:type": "{http://uri.etsi.org/03120/common/2020/09/Task}LPTaskObject",
      ...same,
      "task:DesiredStatus": entryOf("LPTaskDesiredStatus", "Preserved"),
      "task:DesiredPreservationExpiration": wishedUntil(of.measure, Temporal.Instant.from(of.sentAt)),
    };
  return {
    "@xsi:type": "{http://uri.etsi.org/03120/common/2020/09/Task}LDTaskObject",
    ...same,
    "task:Reference": referenceOf(sides, of.number),
    "task:DesiredStatus": entryOf("LDTaskDesiredStatus", "Disclosed"),
    "task:DeliveryDetails": {
      "task:LDDeliveryDestination": [
        {
          "task:DeliveryAddress": { "task:EndpointID": sides.from },
          "task:LDHandoverFormat": entryOf("LDHandoverFormat", "TS103120"),
        },
      ],
    },
    ...(of.urgency === "emergency"
      ? { "task:Flags": { "task:LDTaskFlag": [entryOf("LDTaskFlag", "IsEmergency")] } }
      : {}),
    ...(of.follows === null
      ? {}
      : {
          "task:AlternativePreservationReferences": {
            "task:AlternativePreservationReference": [
              { "task:ReferenceValue": of.follows, "task:NatureOfReference": "LPTaskObject" },
            ],
          },
        }),
    ...deadlines(of),
  };
}
