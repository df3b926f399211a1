import type { Actor } from "../kernel/actor.ts";
import { STEP_UP_MINUTES } from "../kernel/pipeline.ts";
import type { CedarValueJson, Uid } from "./cedar.ts";

/**
 * Attributes of each kind of principal, for the schema that packs are checked against. Another node is a `PeerNode`: `Peer` is the
 * thing that officers propose and confirm. A machine that reports is an `ApiClient`: `Client` is what officers register.
 */
export const PRINCIPALS = {
  Officer: {
    account: "String",
    office: "String",
    office_kind: "String",
    role: "String",
    node: "String",
    via: "String",
    stepped_up: "Bool",
  },
  Public: { node: "String" },
  Reporter: { report: "String", node: "String" },
  ApiClient: { client: "String", scopes: "Set", categories: "Set", any_category: "Bool", node: "String" },
  PeerNode: { code: "String", kind: "String", node: "String" },
  System: { job: "String", node: "String" },
} as const;

export interface Principal {
  readonly uid: Uid;
  readonly attributes: Readonly<Record<string, CedarValueJson>>;
}

/** True where the officer proved presence within the last minutes; whoever acts by token proves it with every call. */
const hasSteppedUp = (actor: Extract<Actor, { kind: "officer" }>, now: Temporal.Instant): boolean =>
  actor.via === "token" ||
  (actor.steppedUpAt !== null &&
    Temporal.Instant.compare(actor.steppedUpAt.add({ minutes: STEP_UP_MINUTES }), now) >= 0);

/** The actor as policies see it. `node` is the code of the node that decides. */
export function principalOf(actor: Actor, node: string, now: Temporal.Instant): Principal {
  switch (actor.kind) {
    case "officer":
      return {
        uid: { type: "Officer", id: actor.account },
        attributes: {
          account: actor.account,
          office: actor.office.id,
          office_kind: actor.office.kind,
          role: actor.role,
          node,
          via: actor.via,
          stepped_up: hasSteppedUp(actor, now),
        },
      };
    case "public":
      return { uid: { type: "Public", id: "public" }, attributes: { node } };
    case "reporter":
      return { uid: { type: "Reporter", id: actor.report }, attributes: { report: actor.report, node } };
    case "client":
      return {
        uid: { type: "ApiClient", id: actor.client },
        attributes: {
          client: actor.client,
          scopes: [...actor.scopes],
          categories: [...actor.categories],
          any_category: actor.categories.length === 0,
          node,
        },
      };
    case "peer":
      return {
        uid: { type: "PeerNode", id: actor.code },
        attributes: { code: actor.code, kind: actor.peerKind, node },
      };
    case "system":
      return { uid: { type: "System", id: actor.job }, attributes: { job: actor.job, node } };
  }
}
