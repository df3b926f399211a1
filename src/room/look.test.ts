import { Readable } from "node:stream";
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { thorough } from "../../test/thorough.ts";
import { writeZip } from "../trust/zip.ts";
import { type Look, look } from "./look.ts";
import { isolation, readApart, sourceOf, type Source } from "./slice.ts";

const seen = async (bytes: Buffer | string, more: { page?: number; hex?: boolean; name?: string } = {}) => {
  const { answer, picture } = await look(
    { ask: "preview", bytes: bytes.length, ...more },
    sourceOf(Buffer.from(bytes)),
  );
  return { ...(answer as Look), ...(picture ? { drawn: picture } : {}) } as Look & { drawn?: Buffer };
};

describe("text", () => {
  test.each([
    ["UTF-8", Buffer.from("Été à Port-Louis, مرحبا"), "utf-8", false, "Été à Port-Louis, مرحبا"],
    ["UTF-8 with its mark", Buffer.from("\ufeffÉté"), "utf-8", false, "Été"],
    [
      "UTF-16 with its mark",
      Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from("Été", "utf16le")]),
      "utf-16le",
      false,
      "Été",
    ],
    ["UTF-16 without", Buffer.from("an ordinary line", "utf16le"), "utf-16le", true, "an ordinary line"],
    [
      "Cyrillic of one byte",
      Buffer.from("cff0e8e2e5f22c20eae0ea20e4e5ebe03f20dfefeee3e7e2eeedfefee7e6e5", "hex"),
      "windows-1251",
      true,
      /^Привет/,
    ],
    ["nothing", Buffer.alloc(0), "utf-8", false, ""],
  ])("of %s is read", async (_, bytes, encoding, guessed, text) => {
    const found = await seen(bytes);
    expect(found).toMatchObject({
      kind: "text",
      encoding,
      guessed,
      text: typeof text === "string" ? text : expect.stringMatching(text),
    });
  });

  test("hides nothing: controls and marks of direction are shown", async () => {
    expect(await seen("a\u001b[31m \u202etxt.exe\u200b")).toMatchObject({ text: "a␛[31m ⟨U+202E⟩txt.exe⟨U+200B⟩" });
  });

  test("comes by pages that end with a line; all of them give the whole, and only theirs is read", async () => {
    const whole = Array.from({ length: 9_000 }, (_, n) => `line ${n} of the log, é\n`).join("");
    const bytes = Buffer.from(whole);
    let read = 0;
    const counting: Source = {
      bytes: bytes.length,
      read: async (from, to) => ((read += Math.min(to, bytes.length) - from), bytes.subarray(from, to)),
    };
    let text = "";
    for (let page = 1; ; page += 1) {
      const { answer } = await look({ ask: "preview", bytes: bytes.length, page }, counting);
      const at = answer as Extract<Look, { kind: "text" }>;
      if (page === 1) expect(read).toBeLessThan(210_000);
      text += at.text;
      if (page >= at.pages) break;
    }
    expect(text).toBe(whole);
  });

  test("of markup is shown as it is written", async () => {
    expect(await seen("<html><script>alert(1)</script>")).toMatchObject({
      kind: "text",
      text: "<html><script>alert(1)</script>",
    });
    expect(await seen("<svg xmlns='http://www.w3.org/2000/svg'><image href='http://x.example/'/></svg>")).toMatchObject(
      { kind: "text" },
    );
  });
});

test("other bytes are shown by rows of sixteen with their offset, of a hundred gigabytes as of ten", async () => {
  const far = 100 * 1_024 ** 3;
  const asked: number[] = [];
  const source: Source = {
    bytes: far,
    read: async (from, to) => (asked.push(to - from), Buffer.alloc(Math.min(to, far) - from, 0x41).fill(0, 0, 1)),
  };
  const { answer } = await look({ ask: "preview", bytes: far, hex: true, page: 3 }, source);
  expect((answer as Extract<Look, { kind: "hex" }>).rows[0]).toBe(
    `0000002000  00 ${"41 ".repeat(15).trim()}  .${"A".repeat(15)}`,
  );
  expect(asked.reduce((sum, each) => sum + each, 0)).toBeLessThan(100_000);
});

test("a picture says when and where it was taken, and is drawn without it", async () => {
  const bytes = await sharp({ create: { width: 40, height: 30, channels: 3, background: "teal" } })
    .withExif({
      IFD0: { Make: "Kamera", Model: "K\u202e1" },
      IFD2: { DateTimeOriginal: "2026:11:26 09:58:58", BodySerialNumber: "SN-77" },
      IFD3: { GPSLatitudeRef: "S", GPSLatitude: "20/1 9/1 36/1", GPSLongitudeRef: "E", GPSLongitude: "57/1 30/1 0/1" },
    })
    .jpeg()
    .toBuffer();
  const { drawn, ...found } = await seen(bytes);
  expect(found).toMatchObject({
    kind: "picture",
    picture: {
      width: 40,
      height: 30,
      hasMetadata: true,
      taken: "2026:11:26 09:58:58",
      place: { latitude: -20.16, longitude: 57.5 },
    },
  });
  expect(JSON.stringify(found)).toContain("SN-77");
  expect((await sharp(drawn).metadata()).exif).toBeUndefined();
});

/** A document of one page with this content, and a word on it. */
const pdfOf = (content: string): Buffer => {
  const packed = deflateSync(Buffer.from(content));
  const objects = [
    "<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>",
    "<</Type/Pages/Kids[3 0 R]/Count 1>>",
    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>",
  ].map((each, index) => Buffer.from(`${index + 1} 0 obj ${each} endobj\n`));
  const stream = Buffer.concat([
    Buffer.from(`4 0 obj <</Length ${packed.length}/Filter/FlateDecode>> stream\n`),
    packed,
    Buffer.from("\nendstream endobj\n"),
  ]);
  return Buffer.concat([Buffer.from("%PDF-1.7\n"), ...objects, stream, Buffer.from("trailer <</Root 1 0 R>>\n%%EOF")]);
};

test("a document is drawn page by page, with its text beside it and what it could do", async () => {
  const { drawn, ...found } = await seen(pdfOf("BT /F 24 Tf 20 100 Td (Account 4711) Tj ET"), { page: 9 });
  expect(found).toMatchObject({
    kind: "pdf",
    page: 1,
    pages: 1,
    version: "1.7",
    active: ["script", "starts-something"],
    text: expect.stringContaining("Account 4711"),
  });
  const { width, height } = await sharp(drawn).metadata();
  expect([width, height]).toEqual([600, 400]);
  expect((await sharp(drawn).stats()).isOpaque).toBe(true);
});

test("a mailbox lists its messages and shows one of them", async () => {
  const messages = [1, 2, 3].map(
    (n) => `From a@b.example Thu Nov 26 10:00:00 2026\nFrom: a${n}@b.example\nSubject: Number ${n}\n\nBody ${n}\n`,
  );
  expect(await seen(messages.join("\n"), { page: 2 })).toMatchObject({
    kind: "mailbox",
    pages: 3,
    whole: true,
    list: [{ subject: "Number 1" }, { subject: "Number 2" }, { subject: "Number 3" }],
    mail: { subject: "Number 2", from: "a2@b.example", text: expect.stringContaining("Body 2") },
  });
});

describe("an archive", () => {
  test("is listed without being unpacked: names that lead out, entries that unfold a thousand times", async () => {
    const files = [
      { name: "../../etc/passwd", content: Buffer.from("x") },
      { name: "zeros", content: Buffer.alloc(4 * 1_024 ** 2) },
    ];
    const zip = Buffer.concat(await Readable.from(writeZip(files)).toArray());
    expect(await seen(zip)).toMatchObject({
      kind: "archive",
      format: "zip",
      count: 2,
      whole: true,
      entries: [{ name: "../../etc/passwd" }, { name: "zeros", bytes: 4 * 1_024 ** 2 }],
    });
  });
  test("of tape is read by its headers alone", async () => {
    const header = (name: string, size: number): Buffer => {
      const block = Buffer.alloc(512);
      block.write(name, 0);
      block.write(size.toString(8).padStart(11, "0"), 124);
      block.write("00000000000", 136);
      block.write("        ", 148);
      block.write("0ustar\0", 156, "latin1");
      block.write(
        `${block
          .reduce((sum, byte) => sum + byte, 0)
          .toString(8)
          .padStart(6, "0")}\0 `,
        148,
      );
      return block;
    };
    const tar = Buffer.concat([header("a.txt", 700), Buffer.alloc(1_024), header("b/c.bin", 0), Buffer.alloc(1_024)]);
    expect(await seen(tar)).toMatchObject({
      kind: "archive",
      format: "tar",
      count: 2,
      bytes: 700,
      entries: [{ name: "a.txt", bytes: 700 }, { name: "b/c.bin" }],
    });
  });
});

test("any bytes, and any with a known beginning, are shown or refused, and give storable text only", async () => {
  const beginnings = [
    "",
    "%PDF-1.4\n",
    "PK\u0003\u0004",
    "From a@b\nFrom: a\n\n",
    "\u0089PNG\r\n\u001a\n",
    "RIFF\u0000\u0000\u0000\u0000WAVE",
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...beginnings),
      fc.uint8Array({ maxLength: 600 }),
      fc.nat({ max: 5 }),
      async (begin, bytes, page) => {
        const found = await seen(Buffer.concat([Buffer.from(begin, "latin1"), bytes]), { page }).catch(
          (error: unknown) => {
            if (error instanceof Error) return undefined;
            throw error;
          },
        );
        const text = JSON.stringify({ ...found, drawn: null });
        expect(text.isWellFormed() && !text.includes(String.raw`\u0000`)).toBe(true);
      },
    ),
    { numRuns: thorough(40, 4_000) },
  );
});

describe("in the room", () => {
  test("what would keep a reader busy for ever is stopped, and the answer says so", async () => {
    const busy = pdfOf("0 0 m 300 200 l 10 w S\n".repeat(1_500_000));
    expect(busy.length).toBeLessThan(300_000);
    expect(await readApart({ ask: "preview", source: sourceOf(busy), seconds: 1 })).toEqual({ failed: "too-long" });
  });

  test("a file is read by ranges, and neither the machine's files nor its network are there", async () => {
    expect(["apart", "without-network", "permissions-only"]).toContain(isolation());
    const bytes = Buffer.from("from the other side");
    expect(await readApart({ ask: "preview", source: sourceOf(bytes), hidden: ["/root"] })).toMatchObject({
      answer: { kind: "text", text: "from the other side" },
    });
  });
});
