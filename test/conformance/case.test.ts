import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { env } from "node:process";
import { Readable } from "node:stream";
import { JsonLdParser } from "jsonld-streaming-parser";
import { DataFactory, Parser, type Quad, Store } from "n3";
import SHACLValidator from "rdf-validate-shacl";
import { beforeAll, describe, expect, test } from "vitest";
import { digestOf } from "../../src/kernel/journal.ts";
import { example, exampleFile } from "../../src/trust/package-example.ts";
import { bytesOf } from "../../src/trust/verify-bytes.ts";
import { readEntry, readZip } from "../../src/trust/verify-zip.ts";

/** The shapes of others: CASE and UCO 1.4, Apache-2.0. */
const ontology = join(env["COMITY_TEST_DATA"] ?? "../shared/data", "case/ontology");
const SPARQL = "http://www.w3.org/ns/shacl#sparql";
const IMPORTS = "http://www.w3.org/2002/07/owl#imports";
const SUBCLASS = "http://www.w3.org/2000/01/rdf-schema#subClassOf";

type Graph = { "@graph": Record<string, unknown>[] };

describe.skipIf(!existsSync(ontology))("the graph of a package, by the SHACL shapes of CASE and UCO 1.4", () => {
  let validator: SHACLValidator;
  let classes: Quad[];
  let graph: string;

  beforeAll(async () => {
    const shapes = new Store();
    const files = readdirSync(ontology, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ttl"));
    for (const [number, name] of files.entries())
      for (const quad of new Parser({ blankNodePrefix: `f${number}-` }).parse(
        readFileSync(join(ontology, name), "utf8"),
      ))
        // Constraints in SPARQL are of the profile of OWL that the ontology itself keeps to, and imports are all here.
        if (quad.predicate.value !== SPARQL && quad.predicate.value !== IMPORTS) shapes.addQuad(quad);
    classes = [...shapes.match(null, DataFactory.namedNode(SUBCLASS), null)] as Quad[];
    validator = new SHACLValidator(shapes);
    graph = await graphOfPackage();
  });

  async function graphOfPackage(): Promise<string> {
    const older = { md5: "da619dfbf5572fc749b1496b0fffd76a", sha1: "50500c5d8c700722a0c0ed671218b30d88e5e5d0" };
    const made = example([
      { number: "XA/2026/17-A", files: [exampleFile("photo.txt", "a photo"), exampleFile("صورة", "b")], events: 4 },
      { number: "XA/2026/17-B", files: [exampleFile("a.txt", "the content")], events: 3 },
    ]);
    const withheld = { by: "Camille Duval", at: "2026-11-23T11:00:00Z", reason: "names an informant" };
    const bytes = await made.build((options) => ({
      ...options,
      items: options.items.map((item, at) => ({
        ...item,
        files: item.files.map(({ name, sizeBytes, sha256, ...more }) =>
          at === 1 ? { name, sizeBytes, sha256, ...older, withheld } : { name, sizeBytes, sha256, ...more },
        ) as typeof item.files,
        custody: item.custody.map((entry, event) =>
          at === 0 && event === 2 && "record" in entry
            ? { digest: digestOf(entry.salt, entry.record), withheld, proof: entry.proof }
            : entry,
        ),
      })),
    }));
    const zip = await readZip(bytesOf(bytes));
    const entry = zip.entries.find(({ name }) => name === "case.jsonld");
    return ((entry && (await readEntry(zip, entry, 1 << 24))) ?? Buffer.alloc(0)).toString("utf8");
  }

  /** What the shapes find wrong: where and by which constraint; hints of less weight are left out. */
  async function wrongIn(text: string): Promise<string[]> {
    const data = new Store(classes);
    for await (const quad of Readable.from([text]).pipe(new JsonLdParser())) data.addQuad(quad as Quad);
    const { results } = await validator.validate(data);
    return results
      .filter(({ severity }) => severity?.value.endsWith("#Violation"))
      .map(
        ({ path, sourceConstraintComponent: by }) =>
          `${String(path?.value).replace(/.*\//, "")} ${String(by?.value).replace(/.*#/, "")}`,
      );
  }

  /** The graph with every node of a type, or every inner part of it, changed. */
  function changed(type: string, change: (node: Record<string, unknown>) => void): string {
    const whole = JSON.parse(graph) as Graph;
    let count = 0;
    const walk = (value: unknown): void => {
      if (typeof value !== "object" || value === null) return;
      if ("@type" in value && value["@type"] === type) {
        change(value as Record<string, unknown>);
        count++;
      }
      for (const inner of Object.values(value)) walk(inner);
    };
    walk(whole["@graph"]);
    expect(count).toBeGreaterThan(0);
    return JSON.stringify(whole);
  }

  test("it conforms, and so does every hint", async () => {
    expect(await wrongIn(graph)).toEqual([]);
    const data = new Store(classes);
    for await (const quad of Readable.from([graph]).pipe(new JsonLdParser())) data.addQuad(quad as Quad);
    expect(data.size - classes.length).toBeGreaterThan(100);
    expect((await validator.validate(data)).results.map(({ message }) => message.map(({ value }) => value))).toEqual(
      [],
    );
  });

  test.each([
    ["a size in words", "uco-observable:FileFacet", { "uco-observable:sizeInBytes": "eleven" }],
    ["two sizes of one file", "uco-observable:FileFacet", { "uco-observable:sizeInBytes": [1, 2] }],
    ["a name that is a number", "uco-observable:FileFacet", { "uco-observable:fileName": 7 }],
    ["a digest that is not hexadecimal", "uco-types:Hash", { "uco-types:hashValue": "the digest" }],
    ["a digest without its method", "uco-types:Hash", { "uco-types:hashMethod": undefined }],
    ["a time that is a text", "case-investigation:InvestigativeAction", { "uco-action:startTime": "yesterday" }],
    ["an actor that is a text", "case-investigation:InvestigativeAction", { "uco-action:performer": "somebody" }],
    ["two exhibit numbers", "case-investigation:ProvenanceRecord", { "case-investigation:exhibitNumber": ["1", "2"] }],
  ])("%s is refused", async (_, type, change) => {
    const wrong = await wrongIn(changed(type, (node) => Object.assign(node, change)));
    const property = Object.keys(change)[0]?.replace(/.*:/, "") ?? "";
    expect(wrong.join("\n")).toContain(property);
  });
});
