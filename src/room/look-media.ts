import type { Look } from "./look.ts";
import type { Looked } from "./program.ts";
import type { Source } from "./source.ts";

const MEDIA_BYTES = 8 * 1_024 ** 2;
const VALUE_MAX = 300;

/** Facts of a sound or a film. Neither is played. */
export async function lookAtMedia(head: Buffer, source: Source, media: string): Promise<Looked> {
  const { parseBuffer } = await import("music-metadata");
  const bytes = source.bytes <= head.length ? head : await source.read(0, MEDIA_BYTES);
  const facts: (readonly [string, string])[] = [];
  const say = (name: string, value: unknown): void => {
    const text =
      typeof value === "number" ? String(Math.round(value * 100) / 100) : typeof value === "string" ? value : "";
    const said = text
      .replaceAll(/\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu, " ")
      .trim()
      .slice(0, VALUE_MAX)
      .toWellFormed();
    if (said !== "") facts.push([name, said]);
  };
  try {
    const { format, common } = await parseBuffer(bytes, { mimeType: media, size: source.bytes }, { skipCovers: true });
    say("container", format.container);
    say("codec", format.codec);
    say("seconds", format.duration);
    say("channels", format.numberOfChannels);
    say("hertz", format.sampleRate);
    say("created", format.creationTime?.toISOString());
    say("tool", format.tool ?? common.encodedby);
    say("title", common.title);
    say("artist", common.artist);
    say("date", common.date);
  } catch {
    // What lies at the end of a long film, or is of a form that nobody knows, is left out: its type is a fact still.
  }
  return { answer: { kind: "media", media, facts } satisfies Look };
}
