import type { Selectable } from "kysely";
import { z } from "zod";
import { life } from "../kernel/life.ts";
import { subject } from "../kernel/subject.ts";
import type { DeliveryTable, EndpointTable } from "../kernel/tables.ts";

export type EndpointRow = Readonly<Selectable<EndpointTable>>;
export type DeliveryRow = Readonly<Selectable<DeliveryTable>>;

/** Deliveries go to an address while it is active; paused they wait; closed is the end. */
export type EndpointState = "active" | "paused" | "closed";

// prettier-ignore
const LIFE = life<EndpointState>()({
  rotate: { from: ["active", "paused"] },
  replay: { from: ["active", "paused"] },
  pause:  { from: ["active"],           to: "paused" },
  resume: { from: ["paused"],           to: "active" },
  close:  { from: ["active", "paused"], to: "closed" },
});

export const endpointSubject = subject<EndpointRow>()({
  name: "endpoint",
  plural: "endpoints",
  table: "endpoint",
  attributes: { state: "String", client_id: "String" },
  life: LIFE,
});

/** What a client can be told of. */
export const EVENTS = ["report.received", "report.state", "report.message", "alert.published"] as const;
export type Event = (typeof EVENTS)[number];

/** Most addresses of one client, and hours for which the secret before is still signed with after a rotation. */
export const ENDPOINTS_MAX = 10;
export const OVERLAP_HOURS_MAX = 168;
/** Days of failure after which deliveries to an address are paused, and after which one that only its receiver refuses is given up. */
export const PATIENCE_DAYS = 3;
/** Minutes for which the page of an address shows its new secret. */
export const SECRET_SHOWN_MINUTES = 10;

export const URL_LENGTH_MAX = 500;
export const endpointShape = {
  url: z.string().trim().min(1).max(URL_LENGTH_MAX),
  events: z.array(z.enum(EVENTS)).min(1).max(EVENTS.length),
} as const;

/** What the journal says of a report, as the event that its sender is told; `undefined` where it is no matter to them. Pure. */
export function eventOf(
  act: string,
  change: { readonly from: string | null; readonly to: string } | undefined,
): Event | undefined {
  if (act === "report.submit") return "report.received";
  if (act === "report.reply") return "report.message";
  if (act === "alert.publish" || act === "alert.update" || act === "alert.cancel") return "alert.published";
  if (act.startsWith("report.") && change && change.from !== change.to) return "report.state";
  return undefined;
}

const RETRY_FIRST_MS = 2_000;
const RETRY_MOST_MS = 15 * 60_000;

/** Milliseconds until the next try after so many failures: doubling up to a quarter of an hour, and by `chance` (0 to 1) up to half less, so that not all come at once. */
export const retryMs = (failures: number, chance: number): number =>
  Math.round(Math.min(RETRY_MOST_MS, RETRY_FIRST_MS * 2 ** Math.min(failures - 1, 20)) * (1 - chance / 2));
