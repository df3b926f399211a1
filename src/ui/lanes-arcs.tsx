import { clockState, partOf } from "./clock.tsx";
import { type LaneClock, type Place, placeAt, type Side } from "./lanes-places.ts";

/** Where in its column a stop stands, as part of the column's width: lanes.css puts the dots there. */
const DOT = 0.06;
/** Where the line that crosses arrives. */
const ARRIVAL = 0.75;
const HEIGHT = 40;
const UNIT = 100;

/** The clocks as arcs over their own lane, from where each began to where it was met or is due; the used part is drawn strong. */
export function LaneArcs({
  places,
  clocks,
  now,
}: {
  readonly places: readonly Place[];
  readonly clocks: readonly LaneClock[];
  readonly now: Temporal.Instant;
}) {
  return (
    <>
      {(["sender", "receiver"] as const).map((side) => (
        <svg
          key={side}
          class={`arcs ${side}`}
          viewBox={`0 0 ${places.length * UNIT} ${HEIGHT}`}
          preserveAspectRatio="none"
          aria-hidden="true"
          focusable="false"
        >
          {clocks
            .filter((clock) => clock.side === side)
            .map((clock, index) => (
              <Arc key={index} clock={clock} places={places} now={now} />
            ))}
        </svg>
      ))}
    </>
  );
}

function Arc({
  clock,
  places,
  now,
}: {
  readonly clock: LaneClock;
  readonly places: readonly Place[];
  readonly now: Temporal.Instant;
}) {
  const begun = placeAt(places, clock.from);
  const from = (begun + (startsOnReceipt(places[begun], clock) ? ARRIVAL : DOT)) * UNIT;
  const to =
    ((clock.ended
      ? placeAt(places, clock.ended)
      : places.findIndex((place) => place.kind === "due" && place.clock === clock)) +
      DOT) *
    UNIT;
  if (to <= from) return null;
  const part = partOf(clock.from, clock.due, clock.ended ?? clock.suspended ?? now);
  const state = clockState({ ...clock, now });
  return (
    <g class={`arc ${state}`}>
      <path class="arc-whole" d={halfEllipse(from, to, 1, clock.side)} fill="none" vector-effect="non-scaling-stroke" />
      <path
        class="arc-used"
        d={halfEllipse(from, to, clock.ended ? 1 : part, clock.side)}
        fill="none"
        vector-effect="non-scaling-stroke"
      />
    </g>
  );
}

/** True where the clock began when the other side's message came, and not by an act of its own side. */
const startsOnReceipt = (place: Place | undefined, { from, side }: LaneClock): boolean =>
  place?.kind === "stop" &&
  place.stop.side !== side &&
  place.stop.arrives !== undefined &&
  place.stop.arrives !== null &&
  Temporal.Instant.compare(place.stop.arrives, from) <= 0;

/** The first `part` of a half ellipse that stands on the lane: upwards for the sender, downwards for the receiver. */
function halfEllipse(from: number, to: number, part: number, side: Side): string {
  const rx = (to - from) / 2;
  const ry = HEIGHT - 3;
  const angle = Math.PI * (1 - part);
  const up = side === "sender";
  const x = from + rx + rx * Math.cos(angle);
  const y = up ? HEIGHT - ry * Math.sin(angle) : ry * Math.sin(angle);
  return `M${from.toFixed(1)} ${up ? HEIGHT : 0}A${rx.toFixed(1)} ${ry} 0 0 ${up ? 1 : 0} ${x.toFixed(1)} ${y.toFixed(1)}`;
}
