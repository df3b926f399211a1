import { Command } from "commander";
import { isZone, momentAt } from "../kernel/clock.ts";
import type { Node } from "../kernel/node.ts";
import type { Coming, Watched } from "./forecast.ts";
import { foreseen } from "./views-forecast.ts";
import { comingInWords, shownIn } from "./words.ts";

/**
 * The moment that somebody names: a day (to its end, where the node is), an hour of a day there, a moment with its offset, or a length of
 * time from now (`P60D`, `PT48H`). `undefined` where it is none of these.
 */
export function whenOf(
  text: string,
  { now, zone }: { readonly now: Temporal.Instant; readonly zone: string },
): Temporal.Instant | undefined {
  const attempts: (() => Temporal.Instant | undefined)[] = [
    () => now.toZonedDateTimeISO(zone).add(Temporal.Duration.from(text)).toInstant(),
    () => Temporal.Instant.from(text),
    () =>
      /^\d{4}-\d{2}-\d{2}$/.test(text)
        ? Temporal.PlainDate.from(text).add({ days: 1 }).toZonedDateTime(zone).toInstant()
        : momentAt(text, zone),
  ];
  for (const attempt of attempts)
    try {
      const found = attempt();
      if (found) return found;
    } catch {
      // The next form is tried.
    }
  return undefined;
}

/** Where the times of a clock are shown: here, and on the other side where that is somewhere else. */
const zonesOf = ({ peerZone }: Watched, here: string): string[] => [
  here,
  ...(peerZone !== null && peerZone !== here && isZone(peerZone) ? [peerZone] : []),
];

const placeOf = (zone: string): string => zone.split("/").at(-1)?.replaceAll("_", " ") ?? zone;

const inJson = (clock: Watched, at: Temporal.Instant | null, here: string) => ({
  at: at?.toString() ?? null,
  shown: at ? zonesOf(clock, here).map((zone) => at.toZonedDateTimeISO(zone).toString({ smallestUnit: "second" })) : [],
  kind: clock.kind,
  number: clock.number,
  rule: clock.rule,
  source: clock.source || null,
  startsAt: clock.startsAt.toString(),
  dueAt: clock.dueAt.toString(),
});

/** The command `comity clock`. */
export function clockCommand(
  onNode: <T>(work: (node: Node) => Promise<T>) => Promise<T>,
  out: (text: string) => void,
  say: (text: string) => void,
): Command {
  return new Command("clock")
    .description("show what clocks will do when, if nobody acts before: warnings, and what runs out, in order")
    .requiredOption(
      "--at <when>",
      "until when: a day, 2026-12-31T16:00 here, a moment with its offset, or a length of time, P60D",
    )
    .option("--request <number>", "of one request, or of any other thing with a number")
    .option("--office <office>", "of what one office holds, by its name or id")
    .option("--json", "print as JSON", false)
    .action(async (given: { at: string; request?: string; office?: string; json: boolean }) =>
      onNode(async (node) => {
        const zone = node.config.zone;
        const until = whenOf(given.at, { now: node.clock(), zone });
        if (!until) {
          say(
            `"${given.at}" is no moment. Give a day (2026-12-31), an hour of it (2026-12-31T16:00), a moment with its offset, or a length of time (P60D).`,
          );
          process.exitCode = 2;
          return;
        }
        const { items, standing: still } = await foreseen(node, {
          until,
          request: given.request,
          office: given.office,
        });
        if (given.json)
          out(
            JSON.stringify(
              {
                node: node.code,
                now: node.clock().toString(),
                until: until.toString(),
                zone,
                items: items.map(({ at, what, aheadMinutes, escalates, clock }) => ({
                  ...inJson(clock, at, zone),
                  what,
                  aheadMinutes,
                  escalates,
                })),
                standing: still.map((clock) => ({
                  ...inJson(clock, null, zone),
                  suspendedAt: clock.suspendedAt?.toString(),
                })),
              },
              null,
              2,
            ),
          );
        else for (const line of inLines(node, { items, standing: still, until })) out(line);
      }),
    );
}

function inLines(
  node: Node,
  {
    items,
    standing: still,
    until,
  }: {
    readonly items: readonly Coming<Watched>[];
    readonly standing: readonly Watched[];
    readonly until: Temporal.Instant;
  },
): string[] {
  const zone = node.config.zone;
  const t = node.translations.translate("en");
  const has = (key: string) => node.translations.has("en", key);
  const named = ({ kind, number, rule, source }: Watched) =>
    `${has(`thing.${kind}`) ? t(`thing.${kind}`) : kind} ${number}: ${has(`clock.${rule}`) ? t(`clock.${rule}`) : rule} (${[rule, source].filter((each) => each !== "").join("; ")})`;
  const end = `${shownIn(until, zone)} ${placeOf(zone)}`;
  if (items.length === 0 && still.length === 0) return [`Until ${end} no clock does anything.`];
  return [
    ...items.map((coming) => {
      const times = zonesOf(coming.clock, zone).map((each) => `${shownIn(coming.at, each)} ${placeOf(each)}`);
      return `${times.join(" = ")}\n  ${named(coming.clock)}\n  ${comingInWords(coming, { t, has })}`;
    }),
    ...still.map(
      (clock) => `stands still since ${shownIn(clock.suspendedAt ?? until, zone)} ${placeOf(zone)}\n  ${named(clock)}`,
    ),
    `Until ${end}, if nobody acts before.`,
  ];
}
