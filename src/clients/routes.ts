import type { AnyAct } from "../kernel/act.ts";
import type { ApiClient } from "../kernel/actor.ts";
import { Refusal } from "../kernel/errors.ts";
import { type Route, route, type RouteCall } from "../kernel/page.ts";
import { perform } from "../kernel/pipeline.ts";
import { closeEndpoint, registerEndpoint, replayEndpoint, resumeEndpoint, rotateEndpoint } from "./acts-endpoint.ts";

function demandClient({ actor }: RouteCall): ApiClient {
  if (actor.kind !== "client") throw new Refusal("not-signed-in", "client-key-needed");
  return actor;
}

const BASE = "/api/v1/client/endpoints";

/** The same act that officers have on the desk, for the machine itself. */
const actRoute = (path: string, act: AnyAct, summary: string): Route =>
  route({
    role: "portal",
    method: "POST",
    path,
    access: "public",
    summary,
    handle: async (call) => {
      const actor = demandClient(call);
      const key = call.request.headers["idempotency-key"];
      const { id, state, entry, done, status } = await perform({
        node: call.node,
        actor,
        act,
        id: act.creates ? actor.client : (call.params["id"] ?? ""),
        input: call.body,
        ...(typeof key === "string" ? { idempotencyKey: key } : {}),
      });
      return { json: { id, ...(state === undefined ? {} : { state }), entry, ...done }, status };
    },
  });

export const clientRoutes: readonly Route[] = [
  actRoute(BASE, registerEndpoint, "Registers an address: {url, events}. The answer holds its secret, once."),
  actRoute(
    `${BASE}/:id/rotate`,
    rotateEndpoint,
    "Makes a new secret: {overlap_hours}. Both sign until the overlap is over.",
  ),
  actRoute(`${BASE}/:id/replay`, replayEndpoint, "Sends again from a time or a delivery on: {since} or {from}."),
  actRoute(`${BASE}/:id/resume`, resumeEndpoint, "Goes on with an address that was paused."),
  actRoute(`${BASE}/:id/close`, closeEndpoint, "Ends an address."),
];
