import { randomBytes } from "node:crypto";
import type { Node } from "../kernel/node.ts";
import { newId } from "../kernel/receive.ts";

/** What is known of a report besides its words. */
export interface Told {
  readonly category: string;
  readonly district?: string;
  readonly age_band?: string;
  readonly loss?: number;
  readonly quarantine?: string;
  readonly language?: string;
  readonly respond_by?: Temporal.Instant;
  readonly responded_at?: Temporal.Instant;
  readonly state?: string;
  readonly opened_at?: Temporal.Instant;
  readonly climbed?: number;
  readonly folded?: boolean;
}
/** Reports as they stand after intake, received at noon of that day. */
export async function receivedOn(node: Node, day: string, times: number, { loss, ...told }: Told): Promise<void> {
  const { db, clock } = node;
  for (let n = 0; n < times; n += 1) {
    const id = newId();
    await db
      .insertInto("report")
      .values({
        id,
        reference: `R-${id.slice(-5)}-${randomBytes(3).toString("hex").slice(0, 5)}`.toUpperCase(),
        state: told.state ?? "received",
        priority: 2,
        reasons: ["category"],
        channel: "portal",
        language: "en",
        anonymous: true,
        received_at: Temporal.Instant.from(`${day}T12:00:00Z`),
        turn_at: clock(),
        code: randomBytes(32),
        ...told,
        ...(loss === undefined ? {} : { loss_minor: loss, loss_currency: "MUR" }),
      })
      .execute();
  }
}
