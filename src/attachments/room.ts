import { readMail, type MailFacts } from "./mail.ts";

/** What was read in a file. `preview` is a picture drawn anew, as PNG in base 64. */
export interface Seen {
  readonly mail?: MailFacts;
  readonly picture?: {
    readonly width: number;
    readonly height: number;
    readonly format: string;
    readonly frames: number;
    readonly hasMetadata: boolean;
  };
  readonly pdf?: { readonly version: string; readonly active: readonly string[] };
  readonly preview?: string;
}

/** Longest side of a preview, and most points of a picture that is opened at all. */
const SIDE_MAX = 1_400;
const POINTS_MAX = 60_000_000;

/** Reads one file from standard input, of the kind that the first argument names, and writes what it saw as JSON. Runs in a process of its own. */
async function main(): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  process.stdout.write(JSON.stringify(await see(process.argv[2] ?? "", Buffer.concat(chunks))));
}

async function see(kind: string, bytes: Buffer): Promise<Seen> {
  if (kind === "mail") return { mail: await readMail(bytes) };
  if (kind === "picture") return seePicture(bytes);
  if (kind === "pdf") return seePdf(bytes);
  return {};
}

/** Opens a picture and draws it anew: of the bytes that came nothing is left but the points. */
async function seePicture(bytes: Buffer): Promise<Seen> {
  const { default: sharp } = await import("sharp");
  sharp.concurrency(1);
  sharp.cache(false);
  const picture = sharp(bytes, { limitInputPixels: POINTS_MAX, failOn: "error", pages: 1 });
  const { width, height, format, pages = 1, exif, xmp, iptc } = await picture.metadata();
  const drawn = await picture
    .rotate()
    .resize(SIDE_MAX, SIDE_MAX, { fit: "inside", withoutEnlargement: true })
    .png({ compressionLevel: 7 })
    .toBuffer();
  return {
    picture: {
      width,
      height,
      format,
      frames: pages,
      hasMetadata: exif !== undefined || xmp !== undefined || iptc !== undefined,
    },
    preview: drawn.toString("base64"),
  };
}

/** What a document could do when it is opened. Looked for in its plain bytes: what is packed away is not found, and not said to be absent. */
const ACTIVE: readonly (readonly [string, RegExp])[] = [
  ["script", /\/(?:JavaScript|JS)\b/],
  ["starts-something", /\/(?:OpenAction|AA|Launch)\b/],
  ["holds-files", /\/EmbeddedFiles?\b/],
  ["sends-data", /\/(?:SubmitForm|ImportData)\b/],
  ["leads-elsewhere", /\/URI\b/],
  ["is-locked", /\/Encrypt\b/],
];
function seePdf(bytes: Buffer): Seen {
  const text = bytes.toString("latin1");
  return {
    pdf: {
      version: /^%PDF-(\d\.\d)/.exec(text)?.[1] ?? "",
      active: ACTIVE.flatMap(([name, pattern]) => (pattern.test(text) ? [name] : [])),
    },
  };
}

await main();
