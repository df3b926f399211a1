import type { JsonObject } from "../kernel/json.ts";
import type { MeasureCode } from "../law/slice.ts";
import { entryOf } from "./dictionary.ts";
import { stampSeconds } from "./message.ts";
import { authorisationId, taskOf } from "./order.ts";
import type { Hi1Object, ObjectOf } from "./schema.ts";

type Wish = "Approved" | "Cancelled" | "Suspended" | "Rejected" | "Expired";

/** An act of ours after the sending, as far as it changes what the provider has. */
export interface Change {
  readonly act: string;
  readonly body: JsonObject;
  readonly request: { readonly id: string; readonly measure: MeasureCode; readonly state: string };
  /** Until when a preservation is kept by our own clock; `null` where none runs. */
  readonly keptUntil: Temporal.Instant | null;
}

/**
 * What each act wishes of the authorisation; `null` where it says something and wishes nothing. An act that does not stand here has no
 * word in the standard. The sender owns what is desired, the provider what is.
 *
 * @source ETSI TS 103 120 v1.23.1 §7.2
 */
const WISHES: Readonly<Record<string, Wish | null | ((body: JsonObject) => Wish)>> = {
  "request.withdraw": "Cancelled",
  "request.answer": "Approved",
  "request.extend": null,
  "request.remind": null,
  "request.confirm": null,
  "request.validate": ({ decision }) => (decision === "confirmed" ? "Approved" : "Rejected"),
  "request.void": "Expired",
  "request.halt": "Suspended",
  "request.resume": "Approved",
};
/** Acts that a message carries after the request itself. */
export const CARRIED = Object.keys(WISHES);

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const saidIn = (body: JsonObject): string =>
  text(body["text"]) ||
  text(body["reasons"]) ||
  [text(body["reference"]), text(body["remark"])].filter(Boolean).join(": ");

/** The objects that an act changes, each with nothing but what changes. `undefined` for an act that has no word there. */
export function updatesOf(change: Change): Hi1Object[] | undefined {
  const { act, body, request, keptUntil } = change;
  const wish = WISHES[act];
  if (wish === undefined) return undefined;
  if (act !== "request.extend")
    return [
      // Also where what was ordered ahead ends because nobody has validated it.
      ...(act === "request.withdraw" || request.state === "withdrawn" ? [cancelled(request)] : []),
      authorisation(change, typeof wish === "function" ? wish(body) : wish),
    ];
  return taskOf(request.measure) === "LPTask" && keptUntil !== null
    ? [longer(request, keptUntil), authorisation(change, null)]
    : undefined;
}

function cancelled({ id, measure }: Change["request"]): ObjectOf<"LPTask"> | ObjectOf<"LDTask"> {
  return taskOf(measure) === "LPTask"
    ? {
        "@xsi:type": "{http://uri.etsi.org/03120/common/2020/09/Task}LPTaskObject",
        ObjectIdentifier: id,
        "task:DesiredStatus": entryOf("LPTaskDesiredStatus", "Cancelled"),
      }
    : {
        "@xsi:type": "{http://uri.etsi.org/03120/common/2020/09/Task}LDTaskObject",
        ObjectIdentifier: id,
        "task:DesiredStatus": entryOf("LDTaskDesiredStatus", "Cancelled"),
      };
}

const longer = ({ id }: Change["request"], until: Temporal.Instant): ObjectOf<"LPTask"> => ({
  "@xsi:type": "{http://uri.etsi.org/03120/common/2020/09/Task}LPTaskObject",
  ObjectIdentifier: id,
  "task:DesiredPreservationExpiration": stampSeconds(until),
});

function authorisation({ act, body, request }: Change, wish: Wish | null): ObjectOf<"Authorisation"> {
  const words = saidIn(body);
  const until = text(body["until"]);
  return {
    "@xsi:type": "{http://uri.etsi.org/03120/common/2020/09/Authorisation}AuthorisationObject",
    ObjectIdentifier: authorisationId(request.id),
    ...(wish === null ? {} : { "auth:AuthorisationDesiredStatus": entryOf("AuthorisationDesiredStatus", wish) }),
    ...(words === "" ? {} : { "auth:AuthorisationManualInformation": words }),
    ...(act === "request.validate" && wish === "Approved"
      ? {
          ...(until === "" ? {} : { "auth:AuthorisationTimespan": { "auth:EndTime": `${until}T23:59:59Z` } }),
          "auth:AuthorisationApprovalDetails": [
            {
              "common:ApprovalDescription": words,
              "common:ApproverDetails": {
                "common:ApproverName": text(body["by"]),
                "common:ApproverRole": text(body["office"]),
              },
              "common:ApprovalIsEmergency": false,
            },
          ],
        }
      : {}),
  };
}
