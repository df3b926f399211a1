import type { ComponentChildren } from "preact";
import { useTools } from "../kernel/tools.ts";
import { clockState, leftInWords, partOf } from "./clock.tsx";
import { Dial } from "./dial.tsx";
import { Island } from "./island.tsx";
import { type LaneClock, type Place, placesOf, type Side, type Stop } from "./lanes-places.ts";
import { LaneArcs } from "./lanes-arcs.tsx";
import { When } from "./when.tsx";

/** A side: its name, and the office that acts there. */
export interface Lane {
  readonly name: string;
  readonly office?: string;
}

/**
 * The two-lane life of a request: the sender's lane above, the receiver's below, acts as stops, each message the line that
 * crosses, clocks as arcs that fill. It is one ordered list, drawn: narrow screens turn it upright, and who cannot see it
 * hears whose act, what, when, and when it arrived.
 */
export function Lanes({
  sender,
  receiver,
  stops,
  clocks = [],
  closed = false,
  label,
}: {
  readonly sender: Lane;
  readonly receiver: Lane;
  /** In any order; drawn by time. */
  readonly stops: readonly Stop[];
  readonly clocks?: readonly LaneClock[];
  /** True where the life has ended: then the lanes do, too. */
  readonly closed?: boolean;
  readonly label?: string;
}) {
  const { t, now } = useTools();
  const places = placesOf(stops, clocks, { now, closed });
  const names = { sender: sender.name, receiver: receiver.name };
  return (
    <div class="lanes">
      <div
        class="lanes-scroll"
        role="group"
        aria-label={label ?? t("ui.lanes", names)}
        tabindex={0}
        data-scroll-to=".now"
      >
        <div class="lanes-grid">
          <LaneName lane={sender} side="sender" />
          <LaneName lane={receiver} side="receiver" />
          <LaneArcs places={places} clocks={clocks} now={now} />
          <ol role="list">
            {places.map((place, index) => (
              <PlaceItem key={index} place={place} names={names} clocks={clocks} />
            ))}
          </ol>
        </div>
      </div>
      <Island name="scroll" />
    </div>
  );
}

function LaneName({ lane: { name, office }, side }: { readonly lane: Lane; readonly side: Side }) {
  const { t } = useTools();
  return (
    <p class={`lane-name ${side}`}>
      <b>{name}</b>
      <span>{office ?? t(`ui.lanes.${side}`)}</span>
    </p>
  );
}

type Names = Readonly<Record<Side, string>>;

function PlaceItem({
  place,
  names,
  clocks,
}: {
  readonly place: Place;
  readonly names: Names;
  readonly clocks: readonly LaneClock[];
}) {
  const { t, now } = useTools();
  if (place.kind === "now")
    return (
      <li class="place now">
        <p class="place-words">
          <b>{t("ui.lanes.now")}</b> <When at={now} />
        </p>
      </li>
    );
  if (place.kind === "due") return <DueItem clock={place.clock} names={names} />;
  const { side, act, at, who, arrives, tone = "plain", href } = place.stop;
  const begun = clocks.filter((clock) => Temporal.Instant.compare(clock.from, at) === 0 && clock.side === side);
  return (
    <li class={`place stop ${side} ${tone}`}>
      <span class="stop-dot" />
      {arrives !== undefined && <Crossing side={side} arrived={arrives !== null} />}
      <div class="place-words">
        <p>
          <span class="hidden">{names[side]}: </span>
          <b>{href ? <a href={href}>{act}</a> : act}</b>
        </p>
        <p>
          <When at={at} />
        </p>
        {who && <p>{who}</p>}
        {begun.map((clock, index) => (
          <Begun key={index} clock={clock} />
        ))}
      </div>
      {arrives !== undefined && <Arrival arrives={arrives} since={at} at={other(side, names)} />}
    </li>
  );
}

const isSameDay = (a: Temporal.Instant, b: Temporal.Instant, zone: string): boolean =>
  a.toZonedDateTimeISO(zone).toPlainDate().equals(b.toZonedDateTimeISO(zone).toPlainDate());

const other = (side: Side, names: Names): string => (side === "sender" ? names.receiver : names.sender);

function Arrival({
  arrives,
  since,
  at,
}: {
  readonly arrives: Temporal.Instant | null;
  readonly since: Temporal.Instant;
  readonly at: string;
}) {
  const { t, zone } = useTools();
  return (
    <p class="arrival">
      {arrives ? (
        <>
          <span class="hidden">{t("ui.lanes.arrived", { place: at })} </span>
          <span aria-hidden="true">{t("ui.lanes.received")}</span>{" "}
          <When at={arrives} precision={isSameDay(arrives, since, zone) ? "time" : "short"} />
        </>
      ) : (
        t("ui.lanes.on-its-way", { place: at })
      )}
    </p>
  );
}

function Begun({ clock }: { readonly clock: LaneClock }) {
  const { now } = useTools();
  const state = clockState({ ...clock, now });
  return (
    <p class={`begun ${state}`}>
      <Dial size={16} part={partOf(clock.from, clock.due, clock.ended ?? now)} late={state === "late"} /> {clock.label}
    </p>
  );
}

function DueItem({ clock, names }: { readonly clock: LaneClock; readonly names: Names }) {
  const tools = useTools();
  const state = clockState({ ...clock, now: tools.now });
  return (
    <li class={`place due ${clock.side} ${state}`}>
      <span class="stop-dot" />
      <div class="place-words">
        <p>
          <span class="hidden">{names[clock.side]}: </span>
          <b>{clock.label}</b>
        </p>
        <p>
          {tools.t("ui.lanes.due")} <When at={clock.due} />
        </p>
        <p class="due-left">{leftInWords(clock.due, { ...tools, ended: clock.ended, suspended: clock.suspended })}</p>
      </div>
    </li>
  );
}

/** The message: from the stop to the other lane, where it is received; half the way and dashed while it is under way. */
function Crossing({ side, arrived }: { readonly side: Side; readonly arrived: boolean }): ComponentChildren {
  return (
    <>
      <svg class="crossing" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true" focusable="false">
        <path
          d={side === "sender" ? (arrived ? "M0 0L100 100" : "M0 0L50 50") : arrived ? "M0 100L100 0" : "M0 100L50 50"}
          fill="none"
          stroke="currentColor"
          stroke-width="2"
          vector-effect="non-scaling-stroke"
          {...(arrived ? {} : { "stroke-dasharray": "3 5" })}
        />
      </svg>
      {arrived && <span class="crossing-end" />}
    </>
  );
}
