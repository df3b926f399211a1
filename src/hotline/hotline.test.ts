import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { validateXML } from "xmllint-wasm";
import { type Machines, type Registered, startMachines } from "../../test/machines.ts";
import { sql } from "../kernel/database.ts";
import { readerOf, readView } from "../kernel/reader.ts";
import { type ReportFound, reportPage } from "../reports/views.ts";
import { expiry } from "./acts.ts";
import { SCHEMA } from "./schema.ts";
import { hotline } from "./slice.ts";
import { INCIDENTS } from "./tip.ts";
import { readXml, XML_BYTES_MAX } from "./xml.ts";

let world: Machines;
let platform: Registered;
beforeAll(async () => {
  world = await startMachines([hotline]);
  platform = await world.register("Platform");
});
afterAll(() => world.close());

const call = (method: "GET" | "POST", path: string, payload?: string | Buffer, headers: Record<string, string> = {}) =>
  world.portal.inject({
    method,
    url: `/hotline/v1${path}`,
    ...(payload === undefined ? {} : { payload }),
    headers: {
      ...platform.bearer,
      ...(payload === undefined ? {} : { "content-type": "text/xml; charset=utf-8" }),
      ...headers,
    },
  });
const form = { "content-type": "application/x-www-form-urlencoded" };
const codeIn = (xml: string) => Number(/<responseCode>(\d+)<\/responseCode>/.exec(xml)?.[1] ?? Number.NaN);
const numberIn = (xml: string) => Number(/<reportId>(\d+)<\/reportId>/.exec(xml)?.[1] ?? Number.NaN);
const SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const PDQ = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22";

const document = (
  more: { type?: string; at?: string; reporter?: string; extra?: string } = {},
) => `<?xml version="1.0" encoding="UTF-8"?>
<report xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="https://aruna.example/hotline/v1/xsd">
  <incidentSummary>
    <incidentType>${more.type ?? "Child Pornography (possession, manufacture, and distribution)"}</incidentType>
    <incidentDateTime>${more.at ?? "2026-05-04T10:00:00Z"}</incidentDateTime>
  </incidentSummary>
  <internetDetails><webPageIncident><url>https://bad-host.example/album/77</url></webPageIncident></internetDetails>
  ${more.reporter ?? "<reporter><reportingPerson><firstName>Ines</firstName><lastName>Moreau</lastName><email>trust@platform.example</email></reportingPerson></reporter>"}
  <personOrUserReported>
    <espIdentifier>user-9912</espIdentifier><screenName>moth&amp;lamp</screenName>
    <ipCaptureEvent><ipAddress>93.184.215.14</ipAddress><eventName>Login</eventName><dateTime>2026-05-04T09:58:00Z</dateTime></ipCaptureEvent>
  </personOrUserReported>
  ${more.extra ?? "<additionalInfo>Found by matching; “viewed” &lt;by nobody&gt;</additionalInfo>"}
</report>`;
const details = (
  number: number,
  more = "",
) => `<fileDetails><reportId>${number}</reportId><originalFileName>a.jpg</originalFileName>
  <locationOfFile>https://cdn.bad-host.example/a.jpg</locationOfFile><fileViewedByEsp>false</fileViewedByEsp>
  <originalFileHash hashType="SHA256">${SHA256}</originalFileHash><originalFileHash hashType="PDQ">${PDQ}</originalFileHash>${more}</fileDetails>`;

const opened = async (xml = document()) => {
  const { body, statusCode } = await call("POST", "/submit", xml);
  expect(statusCode, body).toBe(200);
  return numberIn(body);
};
async function validAgainstSchema(xml: string): Promise<readonly string[]> {
  const { errors } = await validateXML({
    xml: [{ fileName: "d.xml", contents: xml }],
    schema: [{ fileName: "s.xsd", contents: SCHEMA }],
  });
  return errors.map(({ message }) => message);
}

describe("a report of a platform", () => {
  test("is opened, told of files, and finished: then it is a child's report with the office, first of all, with what it is linked by", async () => {
    expect(codeIn((await call("GET", "/status")).body)).toBe(0);
    const number = await opened();
    const { rows: before } = await sql<{ n: number }>`select count(*)::int as n from report`.execute(world.at.node.db);
    const described = await call("POST", "/fileinfo", details(number));
    const file = /<fileId>([\da-f]{32})<\/fileId>/.exec(described.body)?.[1];
    expect([codeIn(described.body), file]).toEqual([0, expect.any(String)]);
    expect(
      codeIn(
        (
          await call(
            "POST",
            "/fileinfo",
            details(number, "").replace("<reportId>", `<fileId>${file}</fileId><reportId>`),
          )
        ).body,
      ),
    ).toBe(0);
    const finished = await call("POST", "/finish", `id=${number}`, form);
    expect(finished.body).toContain(
      `<reportDoneResponse><responseCode>0</responseCode><reportId>${number}</reportId><files><fileId>${file}</fileId></files></reportDoneResponse>`,
    );
    const { rows: after } = await sql<{ n: number }>`select count(*)::int as n from report`.execute(world.at.node.db);
    expect((after[0]?.n ?? 0) - (before[0]?.n ?? 0)).toBe(1);
    const { id } = await world.at.node.db
      .selectFrom("report")
      .select("id")
      .where("reference", "=", String(finished.headers["comity-reference"]))
      .executeTakeFirstOrThrow();
    const reader = readerOf(world.at.node, world.at.officer("investigator"));
    const found = (await readView(reportPage, reader, { id })) as ReportFound;
    expect(found).toMatchObject({
      category: "C1",
      priority: 0,
      channel: "hotline",
      client_id: platform.id,
      anonymous: false,
    });
    const keys = found.observables.map(({ key }) => key);
    expect(keys).toEqual(expect.arrayContaining([`hash:${SHA256}`, `pdq:${PDQ}`]));
    expect(keys.some((key) => key.includes("bad-host.example"))).toBe(true);
    expect(keys.some((key) => key.includes("93.184.215.14"))).toBe(true);
    expect(
      keys.some((key) => key.includes("trust@platform.example")),
      "whoever reports is no trace",
    ).toBe(false);
    expect(found.description).toContain("moth&lamp");
    expect(found.description).toContain("2026-05-04T09:58:00Z");
    const { rows: left } = await sql<{
      sealed: Buffer | null;
    }>`select sealed from hotline_report where number = ${number}
      union all select f.sealed from hotline_file f join hotline_report h on h.id = f.hotline_report_id where h.number = ${number}`.execute(
      world.at.node.db,
    );
    expect(
      left.every(({ sealed }) => sealed === null),
      "what was sent is kept once, in the report",
    ).toBe(true);
    expect(codeIn((await call("POST", "/finish", `id=${number}`, form)).body)).toBe(5102);
    expect(codeIn((await call("POST", "/fileinfo", details(number))).body)).toBe(5102);
    expect(codeIn((await call("POST", "/retract", `id=${number}`, form)).body)).toBe(5102);
  });
  test("finished by two calls at once is one report", async () => {
    const number = await opened();
    const boundary = "x1";
    const multipart = `--${boundary}\r\ncontent-disposition: form-data; name="id"\r\n\r\n${number}\r\n--${boundary}--\r\n`;
    const both = await Promise.all([
      call("POST", "/finish", multipart, { "content-type": `multipart/form-data; boundary=${boundary}` }),
      call("POST", "/finish", `id=${number}`, form),
    ]);
    expect(both.map(({ body }) => codeIn(body)).filter((code) => code === 0).length).toBeGreaterThanOrEqual(1);
    const { rows } = await sql<{
      n: number;
    }>`select count(*)::int as n from journal where act = 'hotline-report.finish' and subject_id = (select id from hotline_report where number = ${number})`.execute(
      world.at.node.db,
    );
    expect(rows[0]?.n).toBe(1);
  });
  test("may be retracted before it is finished, and is forgotten where nobody finishes it within a day", async () => {
    const [gone, late] = [await opened(), await opened()];
    expect(codeIn((await call("POST", "/retract", `id=${gone}`, form)).body)).toBe(0);
    expect(codeIn((await call("POST", "/finish", `id=${gone}`, form)).body)).toBe(5101);
    world.pass({ hours: 23 });
    await expiry.run(world.at.node);
    expect(codeIn((await call("POST", "/fileinfo", details(late))).body)).toBe(0);
    world.pass({ hours: 2 });
    await expiry.run(world.at.node);
    expect(codeIn((await call("POST", "/finish", `id=${late}`, form)).body)).toBe(5001);
    const { rows } = await sql<{
      n: number;
    }>`select count(*)::int as n from hotline_report where sealed is not null`.execute(world.at.node.db);
    expect(rows[0]?.n).toBe(0);
  });
  test("is nobody else's, and needs the scope; HTTP Basic does as well as Bearer", async () => {
    const number = await opened();
    const other = await world.register("Other platform");
    expect(codeIn((await call("POST", "/finish", `id=${number}`, { ...form, ...other.bearer })).body)).toBe(5001);
    const bank = await world.register("No hotline", { scopes: ["report.submit"] });
    const refused = await call("POST", "/submit", document(), bank.bearer);
    expect([refused.statusCode, codeIn(refused.body)]).toEqual([403, 3000]);
    const basic = { authorization: `Basic ${Buffer.from(`platform:${platform.key}`).toString("base64")}` };
    expect(codeIn((await call("GET", "/status", undefined, basic)).body)).toBe(0);
    for (const authorization of ["Basic bm86bm8=", "Bearer comity_no", "Basic ???"]) {
      const unknown = await call("GET", "/status", undefined, { authorization });
      expect([unknown.statusCode, codeIn(unknown.body), unknown.headers["www-authenticate"]]).toEqual([
        401,
        2000,
        expect.stringContaining("Basic"),
      ]);
    }
  });
  test("brings no file: its bytes are refused with a sentence, and are nowhere afterwards", async () => {
    const number = await opened();
    const bytes = Buffer.concat([
      Buffer.from(
        `--x\r\ncontent-disposition: form-data; name="id"\r\n\r\n${number}\r\n--x\r\ncontent-disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n`,
      ),
      Buffer.alloc(3_000_000, 0xab),
      Buffer.from("\r\n--x--\r\n"),
    ]);
    const answer = await call("POST", "/upload", bytes, { "content-type": "multipart/form-data; boundary=x" });
    expect([answer.statusCode, codeIn(answer.body)]).toEqual([400, 4000]);
    expect(answer.body).toContain("/fileinfo");
    const { rows } = await sql<{
      n: number;
    }>`select count(*)::int as n from hotline_file f join hotline_report h on h.id = f.hotline_report_id where h.number = ${number}`.execute(
      world.at.node.db,
    );
    expect(rows[0]?.n).toBe(0);
  });
  test.each(Object.entries(INCIDENTS))("of the type “%s” becomes one of category %s", async (type, category) => {
    const number = await opened(document({ type }));
    const { headers } = await call("POST", "/finish", `id=${number}`, form);
    const { rows } = await sql<{
      category: string;
      priority: number;
    }>`select category, priority from report where reference = ${String(headers["comity-reference"])}`.execute(
      world.at.node.db,
    );
    expect(rows[0]).toEqual({ category, priority: 0 });
  });
});

describe("a document", () => {
  test("of our examples is what the schema that we serve says, and one that the schema refuses is refused", async () => {
    expect(await validAgainstSchema(document())).toEqual([]);
    expect(await validAgainstSchema(details(7))).toEqual([]);
    for (const wrong of [document({ type: "Theft" }), document({ at: "yesterday" }), document({ reporter: "" })]) {
      expect(await validAgainstSchema(wrong)).not.toEqual([]);
      const answer = await call("POST", "/submit", wrong);
      expect([answer.statusCode, codeIn(answer.body)]).toEqual([422, 4100]);
    }
  });
  test("with a digest that is none, or a time that has not come, is refused beside the element", async () => {
    const number = await opened();
    const short = await call("POST", "/fileinfo", details(number).replace(SHA256, "abc"));
    expect([codeIn(short.body), short.body.includes("originalFileHash.0")]).toEqual([4100, true]);
    const early = await call("POST", "/submit", document({ at: "2999-01-01T00:00:00Z" }));
    expect([codeIn(early.body), early.body.includes("incidentDateTime")]).toEqual([4100, true]);
  });
  test.each([
    ["an external entity", '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><report>&x;</report>'],
    ["an external document type", '<!DOCTYPE report SYSTEM "https://attacker.example/x.dtd"><report/>'],
    [
      "a billion laughs",
      `<!DOCTYPE l [<!ENTITY a "ha">${Array.from({ length: 9 }, (_, n) => `<!ENTITY a${n} "&a${n - 1};&a${n - 1};">`).join("")}]><report>&a8;</report>`,
    ],
    ["an entity that nobody declared", "<report>&constructor;&x;</report>"],
    ["a reference to no character", "<report>&#0;</report>"],
    ["a surrogate", "<report>&#xD800;</report>"],
    ["an instruction", "<?xml-stylesheet href='x'?><report/>"],
    [
      "an inclusion",
      '<report xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///etc/passwd"/></report>',
    ],
    ["nesting without end", "<a>".repeat(50_000)],
    ["two roots", "<report/><report/>"],
    ["a wrong end", "<report><a></b></report>"],
    ["an attribute twice", '<report a="1" a="2"/>'],
    ["another encoding", '<?xml version="1.0" encoding="UTF-16"?><report/>'],
    ["a comment without end", "<report><!-- x</report>"],
    ["CDATA without end", "<report><![CDATA[ x</report>"],
    ["no XML", '{"report":1}'],
    ["nothing", " "],
  ])("with %s is refused as malformed", async (_, xml) => {
    const answer = await call("POST", "/submit", xml);
    expect([answer.statusCode, codeIn(answer.body)]).toEqual([400, 4110]);
    expect(answer.body).not.toContain("root:");
  });
  test("that is too long, packed, not UTF-8, or has a character that cannot be kept, is refused", async () => {
    const long = await call(
      "POST",
      "/submit",
      document({ extra: `<additionalInfo>${"x".repeat(XML_BYTES_MAX)}</additionalInfo>` }),
    );
    expect([long.statusCode, codeIn(long.body)]).toEqual([413, 4000]);
    expect((await call("POST", "/submit", document(), { "content-encoding": "gzip" })).statusCode).toBe(400);
    expect(
      codeIn(
        (
          await call(
            "POST",
            "/submit",
            Buffer.concat([Buffer.from("<report>"), Buffer.from([0xff]), Buffer.from("</report>")]),
          )
        ).body,
      ),
    ).toBe(4110);
    expect(codeIn((await call("POST", "/submit", "<report>\u0000</report>")).body)).toBe(4110);
  });
  test("whatever its bytes, is read or refused as malformed, soon, and nothing else", () => {
    const parts = fc.constantFrom(
      "<",
      ">",
      "</",
      "/>",
      "<report>",
      "</report>",
      "<a b='",
      "'",
      '"',
      "&amp;",
      "&",
      ";",
      "<!--",
      "-->",
      "<![CDATA[",
      "]]>",
      "<?xml ",
      "?>",
      "x",
      " ",
      "&#x41;",
      "<!DOCTYPE ",
    );
    const texts = fc.array(parts, { maxLength: 30 }).map((some) => Buffer.from(some.join("")));
    fc.assert(
      fc.property(
        fc.oneof(
          texts,
          fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
        ),
        (bytes) => {
          try {
            readXml(bytes);
          } catch (error) {
            expect((error as Error).name).toBe("Malformed");
          }
        },
      ),
      { numRuns: 3_000 },
    );
    const texted = fc.string({ unit: "binary", maxLength: 200 }).map((text) =>
      text
        .toWellFormed()
        .replaceAll(/[^\t\n\u0020-\ud7ff\ue000-\ufffd]/g, "")
        .trim(),
    );
    fc.assert(
      fc.property(texted, (text) => {
        const written = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
        expect(readXml(Buffer.from(`<a>${written}</a>`)).text).toBe(text);
      }),
      { numRuns: 500 },
    );
  });
});
