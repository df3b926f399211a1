import { Readable } from "node:stream";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hashesIn, NoList, type Reading } from "./lists.ts";

const MD5 = "d41d8cd98f00b204e9800998ecf8427e";
const SHA1 = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
const SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** The list in pieces of seven bytes: nothing may hang on where a piece ends. */
async function read(text: string, reading: Reading = {}): Promise<string[]> {
  const bytes = Buffer.from(text);
  const pieces = Array.from({ length: Math.ceil(bytes.length / 7) }, (_, n) => bytes.subarray(n * 7, n * 7 + 7));
  // The first piece is what a list is told by.
  const whole = [Buffer.concat(pieces.slice(0, 30)), ...pieces.slice(30)].filter((each) => each.length > 0);
  const found: string[] = [];
  for await (const { kind, bytes: hash } of hashesIn(Readable.from(whole), reading))
    found.push(`${kind} ${hash.toString("hex")}`);
  return found;
}

describe("a list", () => {
  test.each<[string, string, string[], Reading?]>([
    [
      "of one hash a line",
      `${MD5}\r\n\n${SHA1.toUpperCase()}\n${SHA256}`,
      [`md5 ${MD5}`, `sha1 ${SHA1}`, `sha256 ${SHA256}`],
    ],
    [
      "as sha256sum writes it, with a comment",
      `# known\n${SHA256}  a file.txt\n\\${SHA256} *odd\\nname`,
      [`sha256 ${SHA256}`, `sha256 ${SHA256}`],
    ],
    ["of perceptual hashes", `${SHA256},100,a.jpg\n`, [`pdq ${SHA256}`], { perceptual: true }],
    [
      "of NIST, whose file names may look like hashes",
      `"SHA-1","MD5","CRC32","FileName","FileSize","ProductCode","OpSystemCode","SpecialCode"\r\n"${SHA1.toUpperCase()}","${MD5.toUpperCase()}","00000000","${SHA256}",0,1,"358",""\r\n"short","","","x",0,1,"",""\r\n`,
      [`sha1 ${SHA1}`, `md5 ${MD5}`],
    ],
    [
      "of hashdeep, whose names may hold commas",
      `%%%% HASHDEEP-1.0\n%%%% size,md5,sha256,filename\n## Invoked from: /\n0,${MD5},${SHA256},/a,${SHA1}\n`,
      [`md5 ${MD5}`, `sha256 ${SHA256}`],
    ],
    [
      "of Project VIC, by category",
      JSON.stringify({
        "@odata.context": "http://github.com/ICMEC/ProjectVic/DataModels/2.0.xml/US/$metadata#Media",
        value: [
          {
            MediaID: 1,
            Category: 1,
            MD5: MD5.toUpperCase(),
            SHA1,
            MediaSize: 4,
            Exifs: [{ PropertyName: 'a{"', PropertyValue: "}" }],
          },
          { MediaID: 2, Category: 4, MD5: "0".repeat(32) },
          { MediaID: 3, Category: 2, Hashes: [{ HashName: "PDQ", HashValue: SHA256 }] },
        ],
      }),
      [`md5 ${MD5}`, `sha1 ${SHA1}`, `pdq ${SHA256}`],
      { categories: [1, 2] },
    ],
  ])("%s is read", async (_, text, expected, reading = {}) => {
    expect(await read(text, reading)).toEqual(expected);
  });

  test.each([
    ["nothing", ""],
    ["a letter", "Dear colleague, please find the list below."],
    ["a table without hashes", "name,size\na,1\n"],
  ])("that is %s is refused with a sentence", async (_, text) => {
    await expect(read(text)).rejects.toBeInstanceOf(NoList);
  });

  test("that is anything gives whole hashes, or a refusal", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("", `${MD5}\n`, "%%%% HASHDEEP-1.0\n%%%% size,md5\n", "MD5,SHA1\n", "{"),
        fc.string({ maxLength: 200 }),
        async (begin, rest) => {
          const found = await read(begin + rest).catch((error: unknown) => {
            if (error instanceof NoList) return [];
            throw error;
          });
          expect(found.every((each) => /^(?:md5 .{32}|sha1 .{40}|sha256 .{64}|pdq .{64})$/.test(each))).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("tells how far it has come", async () => {
    let last = { bytes: 0, lines: 0, passedOver: 0 };
    await read(`${MD5}\nno hash\n${MD5}`, { onProgress: (progress) => void (last = progress) });
    expect(last).toEqual({ bytes: 73, lines: 3, passedOver: 1 });
  });
});
