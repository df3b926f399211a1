import { createHash } from "node:crypto";
import { sql, type Tx } from "../kernel/database.ts";
import { asJson } from "../kernel/json.ts";
import { actsFor, actsForDelivery, meaningOf, type Meaning } from "./answers.ts";
import { filesOf } from "./delivery.ts";
import { Hi1Error } from "./message.ts";
import { apply, bodyOf, improper, seenBody, type Status } from "./messages-acts.ts";
import {
  deliveredOf,
  isFirst,
  isPartKnown,
  requestBy,
  requestNamed,
  type Row,
  type Taking,
} from "./messages-objects.ts";
import { named } from "./order.ts";
import { kindOf, type Hi1Object, type ObjectOf } from "./schema.ts";

const unknown = (id: string) => new Hi1Error("UpdateObjectDoesNotExist", `there is no object ${id} of yours here`);

/** The request of ours that an object concerns; `null` for none. */
export async function concernedBy(tx: Tx, taking: Taking, object: Hi1Object): Promise<string | null> {
  const delivery = named(object, "Delivery");
  if (delivery) return (await requestOfDelivery(tx, taking, delivery))?.id ?? null;
  const notification = named(object, "Notification");
  for (const id of notification ? aboutIn(notification) : [object.ObjectIdentifier]) {
    const found = await requestBy(tx, taking, id);
    if (found) return found.row.id;
  }
  return null;
}
const aboutIn = (said: ObjectOf<"Notification">): string[] => [
  ...(said["notification:StatusOfAssociatedObjects"]?.["notification:AssociatedObjectStatus"] ?? []).map(
    (each) => each["notification:AssociatedObject"],
  ),
  ...(said.AssociatedObjects?.AssociatedObject ?? []),
];

/** Takes one object of a message in. Throws `Hi1Error` where it can't be taken. */
export async function takeObject(tx: Tx, taking: Taking, object: Hi1Object): Promise<void> {
  switch (kindOf(object)) {
    case "Authorisation": {
      const said = object as ObjectOf<"Authorisation">;
      return takeStatus(tx, taking, {
        id: said.ObjectIdentifier,
        generation: said.Generation,
        status: said["auth:AuthorisationStatus"],
        reason: said["auth:AuthorisationInvalidReason"],
      });
    }
    case "LDTask":
    case "LPTask": {
      const said = object as ObjectOf<"LDTask"> | ObjectOf<"LPTask">;
      return takeStatus(tx, taking, {
        id: said.ObjectIdentifier,
        generation: said.Generation,
        status: said["task:Status"],
        reason: said["task:StatusReason"],
        keptUntil: "task:PreservationExpiration" in said ? said["task:PreservationExpiration"] : undefined,
      });
    }
    case "Notification":
      return takeNotification(tx, taking, object as ObjectOf<"Notification">);
    case "Delivery":
      return takeDelivery(tx, taking, object as ObjectOf<"Delivery">);
    default:
      throw new Hi1Error("FeatureNotSupported", `${kindOf(object)} is not taken here`);
  }
}

async function takeStatus(tx: Tx, taking: Taking, said: Status): Promise<void> {
  const found = await requestBy(tx, taking, said.id);
  if (!found) throw unknown(said.id);
  const { row, kind } = found;
  const noted = await note(tx, taking, { said, request: row.id });
  if (noted === "older") throw new Hi1Error("ImproperValueChange", `a later generation of ${said.id} is known here`);
  if (said.status === undefined || (taking.isAsked && noted === "same")) return;
  const meaning = meaningOf(kind, said.status);
  if (meaning === undefined)
    throw new Hi1Error("ImproperValue", `${said.status["common:Value"]} is no status of ${kind}`);
  await mean(tx, taking, { row, meaning, said });
}

/** Notes the generation of an object and what is said of it: whether a later generation was seen, or the same was said last. */
async function note(
  tx: Tx,
  { peer, now }: Taking,
  { said: { id, generation, status, reason, keptUntil }, request }: { said: Status; request: string },
): Promise<"older" | "same" | "news"> {
  const words =
    status &&
    createHash("sha256")
      .update(JSON.stringify([status["common:Value"], reason?.ErrorCode, reason?.ErrorDescription, keptUntil]))
      .digest();
  const { rows } = await sql<{ generation: number | null; before: Buffer | null }>`
    insert into hi1_object (peer, id, request_id, generation, said, at) values (${peer}, ${id}, ${request}, ${generation ?? null}, ${words ?? null}, ${now})
    on conflict (peer, id) do update set generation = greatest(hi1_object.generation, excluded.generation), said = coalesce(excluded.said, hi1_object.said)
    returning new.generation, old.said as before`.execute(tx);
  const [row] = rows;
  if (generation !== undefined && (row?.generation ?? 0) > generation) return "older";
  return words && row?.before?.equals(words) ? "same" : "news";
}

async function mean(
  tx: Tx,
  taking: Taking,
  { row, meaning, said }: { row: Row; meaning: Meaning; said: Status },
): Promise<void> {
  const hasAll = meaning === "disclosed" && (await deliveredOf(tx, taking, row.id)) === "some";
  const acts = actsFor(meaning, row.state, { hasAll });
  if (acts === undefined) throw improper(row.state, meaning);
  for (const each of acts)
    await apply(tx, taking, { row, answer: each, body: bodyOf(each, { row, taking, meaning, said }) });
}
/** A notification says what one may know, and the status of other objects. */
async function takeNotification(tx: Tx, taking: Taking, said: ObjectOf<"Notification">): Promise<void> {
  const statuses = said["notification:StatusOfAssociatedObjects"]?.["notification:AssociatedObjectStatus"] ?? [];
  const request = await concernedBy(tx, taking, said);
  const [first] = aboutIn(said);
  if (request === null && first !== undefined) throw unknown(first);
  const digest = createHash("sha256").update(JSON.stringify(said)).digest();
  if (request !== null && !(await isFirst(tx, taking, { id: said.ObjectIdentifier, request, digest }))) return;
  for (const each of statuses) {
    const details = each["notification:Details"] ?? said["notification:NotificationDetails"];
    await takeStatus(tx, taking, {
      id: each["notification:AssociatedObject"],
      status: each["notification:Status"],
      ...(details === undefined ? {} : { reason: { ErrorCode: 0, ErrorDescription: details } }),
    });
  }
}

async function takeDelivery(tx: Tx, taking: Taking, said: ObjectOf<"Delivery">): Promise<void> {
  const row = await requestOfDelivery(tx, taking, said);
  if (!row)
    throw new Hi1Error("LinkTargetDoesNotExist", "no request of ours is named by its reference or associated objects");
  const content = said["delivery:Delivery"];
  const part = {
    delivery: said["delivery:DeliveryID"] ?? null,
    sequence: said["delivery:SequenceNumber"] ?? null,
    last: said["delivery:LastSequence"] ?? false,
  };
  const exists = content?.["delivery:DataExistence"];
  if (exists !== undefined) {
    const status = { "common:Owner": "ETSI", "common:Name": "Delivery", "common:Value": "DataExistence" };
    const meaning = exists ? "accept" : "not-held";
    await mean(tx, taking, { row, meaning, said: { id: row.id, status } });
    return;
  }
  const files = filesOf(said, taking.blobs);
  const digest = createHash("sha256")
    .update(files.map((each) => each.digest).join("\n"))
    .digest();
  const { delivery, sequence } = part;
  const numbered = delivery !== null && sequence !== null ? { request: row.id, delivery, sequence, digest } : undefined;
  if (numbered && (await isPartKnown(tx, taking, numbered))) return;
  if (!(await isFirst(tx, taking, { id: said.ObjectIdentifier, request: row.id, digest, part }))) return;
  const acts = actsForDelivery(row.state);
  if (acts === undefined) throw improper(row.state, "a delivery");
  const complete = await isComplete(tx, taking, row.id);
  for (const answer of acts) {
    const body =
      answer === "deliver"
        ? {
            complete,
            files: files.map(({ digest: sha256, size, name, media }) => ({ digest: sha256, size, name, media })),
          }
        : answer === "acknowledge"
          ? seenBody(taking)
          : {};
    await apply(tx, taking, { row, answer, body: asJson(body), ...(answer === "deliver" ? { files } : {}) });
  }
}

/** The last part has come, and none before it is missing. */
async function isComplete(tx: Tx, taking: Taking, request: string): Promise<boolean> {
  const { rows } = await sql<{ last: boolean }>`select bool_or(last) as last from hi1_object
    where peer = ${taking.peer} and request_id = ${request} and last is not null`.execute(tx);
  return rows[0]?.last === true && (await deliveredOf(tx, taking, request)) === "some";
}

async function requestOfDelivery(tx: Tx, taking: Taking, said: ObjectOf<"Delivery">): Promise<Row | undefined> {
  for (const id of said.AssociatedObjects?.AssociatedObject ?? []) {
    const found = await requestBy(tx, taking, id);
    if (found) return found.row;
  }
  return requestNamed(tx, taking, said["delivery:Reference"]?.["delivery:LDID"]);
}
