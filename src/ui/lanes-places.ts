import type { ComponentChildren } from "preact";
import type { Tone } from "./tag.tsx";

export type Side = "sender" | "receiver";

/** An act of a request's life. */
export interface Stop {
  readonly side: Side;
  readonly act: string;
  readonly at: Temporal.Instant;
  readonly who?: ComponentChildren;
  /** When the other node received it; `null` while it is on its way; absent where it stays on its own side. */
  readonly arrives?: Temporal.Instant | null;
  readonly tone?: Tone;
  readonly href?: string;
}

/** A clock of that life. It is drawn from the place where it began to the place where it was met, or is due. */
export interface LaneClock {
  readonly side: Side;
  readonly label: string;
  readonly from: Temporal.Instant;
  readonly due: Temporal.Instant;
  readonly ended?: Temporal.Instant | undefined;
  readonly suspended?: Temporal.Instant | undefined;
}

/** A place along the lanes. They stand at equal distances: minutes and months would not fit one scale. */
export type Place =
  | { readonly kind: "stop"; readonly at: Temporal.Instant; readonly stop: Stop }
  | { readonly kind: "now"; readonly at: Temporal.Instant }
  | { readonly kind: "due"; readonly at: Temporal.Instant; readonly clock: LaneClock };

/** Acts, the present, and what is due, in order of time. A clock that was met has no place of its own: the act that met it has. */
export function placesOf(
  stops: readonly Stop[],
  clocks: readonly LaneClock[],
  { now, closed }: { readonly now: Temporal.Instant; readonly closed: boolean },
): Place[] {
  const places: Place[] = [
    ...stops.map((stop): Place => ({ kind: "stop", at: stop.at, stop })),
    ...(closed ? [] : [{ kind: "now", at: now } as const]),
    ...(closed
      ? []
      : clocks.filter(({ ended }) => !ended).map((clock): Place => ({ kind: "due", at: clock.due, clock }))),
  ];
  return places.sort((a, b) => Temporal.Instant.compare(a.at, b.at));
}

/** Index of the last place at or before a moment; the first where all are later. */
export function placeAt(places: readonly Place[], at: Temporal.Instant): number {
  return Math.max(
    0,
    places.findLastIndex((place) => Temporal.Instant.compare(place.at, at) <= 0),
  );
}
