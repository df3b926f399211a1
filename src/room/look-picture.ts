import type { Look } from "./look.ts";
import type { Looked } from "./program.ts";
import { pdq, LUMA_SIDE_MAX } from "./pdq.ts";
import type { Source } from "./source.ts";

/** What a picture is and says of itself. */
export interface PictureSeen {
  readonly width: number;
  readonly height: number;
  readonly format: string;
  readonly frames: number;
  readonly hasMetadata: boolean;
  /** When it says that it was taken, as its camera wrote it: `2026:11:26 09:58:58`, with the zone where that is there. */
  readonly taken?: string;
  /** Where it says that it was taken, in degrees, north and east. @source EXIF 2.32 §4.6.6 */
  readonly place?: { readonly latitude: number; readonly longitude: number; readonly altitude?: number };
  /** Maker, model, lens, programs, serial numbers and names, by the name of the tag. */
  readonly said: readonly (readonly [string, string])[];
}

/** Longest side of a preview, and most points of a picture that is opened at all. */
const SIDE_MAX = 1_400;
const POINTS_MAX = 60_000_000;
const SAID_MAX = 300;
/** Tags that tell whose and which device it was, and what was done to it. */
const SAID = [
  "Make", "Model", "BodySerialNumber", "SerialNumber", "LensModel", "Software", "CreatorTool", "Artist", "OwnerName",
  "CameraOwnerName", "Copyright", "ImageDescription", "UserComment", "DateTime", "HostComputer",
] as const; // prettier-ignore

async function opened(bytes: Buffer) {
  const { default: sharp } = await import("sharp");
  sharp.concurrency(1);
  sharp.cache(false);
  return sharp(bytes, { limitInputPixels: POINTS_MAX, failOn: "error", pages: 1 });
}

/** Opens a picture and draws it anew: of the bytes that came nothing is left but the points. */
export async function drawPicture(bytes: Buffer): Promise<{ seen: PictureSeen; drawn: Buffer }> {
  const picture = await opened(bytes);
  const { width, height, format, pages = 1, exif, xmp, iptc } = await picture.metadata();
  const drawn = await picture
    .rotate()
    .resize(SIDE_MAX, SIDE_MAX, { fit: "inside", withoutEnlargement: true })
    .png({ compressionLevel: 7 })
    .toBuffer();
  const hasMetadata = exif !== undefined || xmp !== undefined || iptc !== undefined;
  return {
    seen: { width, height, format, frames: pages, hasMetadata, ...(hasMetadata ? await saidIn(bytes) : { said: [] }) },
    drawn,
  };
}

export async function lookAtPicture(bytes: Buffer, media: string): Promise<Looked> {
  const { seen, drawn } = await drawPicture(bytes);
  return { answer: { kind: "picture", media, picture: seen } satisfies Look, picture: drawn };
}

/** What cameras and programs wrote into the picture; nothing where it can't be read. */
async function saidIn(bytes: Buffer): Promise<Pick<PictureSeen, "taken" | "place" | "said">> {
  const { default: exif } = await import("exifreader");
  try {
    const tags = exif.load(bytes, { expanded: true });
    const word = (name: string): string | undefined => {
      const tag =
        (tags.exif as Record<string, unknown> | undefined)?.[name] ??
        (tags.xmp as Record<string, unknown> | undefined)?.[name];
      const description = typeof tag === "object" && tag !== null && "description" in tag ? tag.description : undefined;
      return typeof description === "string" && description.trim() !== "" ? line(description) : undefined;
    };
    const taken = [word("DateTimeOriginal") ?? word("CreateDate"), word("OffsetTimeOriginal")]
      .filter(Boolean)
      .join(" ");
    const { Latitude: latitude, Longitude: longitude, Altitude: altitude } = tags.gps ?? {};
    return {
      ...(taken === "" ? {} : { taken }),
      ...(isDegrees(latitude, 90) && isDegrees(longitude, 180)
        ? { place: { latitude, longitude, ...(isDegrees(altitude, 100_000) ? { altitude } : {}) } }
        : {}),
      said: SAID.flatMap((name) => {
        const value = word(name);
        return value === undefined ? [] : [[name, value] as const];
      }),
    };
  } catch {
    return { said: [] };
  }
}

const isDegrees = (value: unknown, max: number): value is number =>
  typeof value === "number" && Number.isFinite(value) && Math.abs(value) <= max;
const line = (text: string): string =>
  text
    .replaceAll(/\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu, " ")
    .trim()
    .slice(0, SAID_MAX)
    .toWellFormed();

/** The perceptual hash of a picture: 256 bits in hex, and how far it is to be trusted (0 to 100). */
export async function pdqOf(source: Source): Promise<Looked> {
  const picture = await opened(await source.read(0, source.bytes));
  const { data, info } = await picture
    .flatten({ background: "#ffffff" })
    .toColourspace("srgb")
    .resize(LUMA_SIDE_MAX, LUMA_SIDE_MAX, { fit: "fill", withoutEnlargement: true, kernel: "cubic" })
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { answer: pdq(data, info) };
}
