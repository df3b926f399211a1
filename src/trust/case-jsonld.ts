import { createHash } from "node:crypto";
import type { JournalRecord } from "../kernel/journal.ts";
import type { ItemFacts, ItemFile } from "./verify-package-form.ts";

/** What the graph is drawn from. `laid` are the items as they lie in the package; `records`, in the same order, their events whose words are given. */
export interface CaseFacts {
  readonly node: { readonly code: string; readonly name: string };
  readonly at: Temporal.Instant;
  readonly records: readonly (readonly JournalRecord[])[];
  readonly laid: readonly ItemFacts[];
}

const UCO = "https://ontology.unifiedcyberontology.org/uco/";
const CONTEXT = {
  "case-investigation": "https://ontology.caseontology.org/case/investigation/",
  "uco-action": `${UCO}action/`,
  "uco-core": `${UCO}core/`,
  "uco-identity": `${UCO}identity/`,
  "uco-observable": `${UCO}observable/`,
  "uco-types": `${UCO}types/`,
  xsd: "http://www.w3.org/2001/XMLSchema#",
} as const;

/** An identifier that the same thing always gets: a UUID of version 8 out of what names it. @source RFC 9562 §5.8 */
function idOf(...names: readonly string[]): string {
  const bytes = createHash("sha256").update(names.join("\n")).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const ref = (id: string) => ({ "@id": id });
const moment = (at: string) => ({ "@type": "xsd:dateTime", "@value": at });
/** Something of the graph, under its own identifier. */
interface GraphNode {
  readonly "@id": string;
  readonly "@type": string;
}

/** What a file is told apart by: where it lies, or what it was called where its bytes are withheld. */
const placeOf = ({ path, name }: ItemFile): string => path ?? name;

const hashesOf = (file: ItemFile) =>
  (
    [
      ["SHA256", file.sha256],
      ["SHA1", file.sha1],
      ["MD5", file.md5],
    ] as const
  ).flatMap(([method, value]) =>
    value === undefined
      ? []
      : [
          {
            "@id": idOf("hash", placeOf(file), value),
            "@type": "uco-types:Hash",
            "uco-types:hashMethod": method,
            "uco-types:hashValue": { "@type": "xsd:hexBinary", "@value": value },
          },
        ],
  );

/** A payload file with its name, size, type and digest. */
const fileNode = (file: ItemFile): GraphNode & Record<string, unknown> => ({
  "@id": idOf("file", placeOf(file), file.sha256),
  "@type": "uco-observable:File",
  "uco-core:hasFacet": [
    {
      "@id": idOf("file facet", placeOf(file), file.sha256),
      "@type": "uco-observable:FileFacet",
      "uco-observable:fileName": file.name,
      ...(file.path === null ? {} : { "uco-observable:filePath": file.path }),
      "uco-observable:sizeInBytes": file.sizeBytes,
    },
    {
      "@id": idOf("content facet", placeOf(file), file.sha256),
      "@type": "uco-observable:ContentDataFacet",
      "uco-observable:mimeType": file.mediaType,
      "uco-observable:sizeInBytes": file.sizeBytes,
      "uco-observable:hash": hashesOf(file),
    },
  ],
});

function itemNodes(item: ItemFacts, records: readonly JournalRecord[]): GraphNode[] {
  const files = item.files.map(fileNode);
  const provenance = {
    "@id": idOf("provenance", item.subject.kind, item.subject.id),
    "@type": "case-investigation:ProvenanceRecord",
    "case-investigation:exhibitNumber": item.number,
    "uco-core:description": item.description,
    "uco-core:object": files.map((file) => ref(file["@id"])),
  };
  const actionId = (record: JournalRecord): string => idOf("action", record.id);
  const actions = records.map((record, index) => {
    const before = records[index - 1];
    return {
      "@id": actionId(record),
      "@type": "case-investigation:InvestigativeAction",
      "uco-core:name": record.act,
      "uco-action:startTime": moment(record.at),
      "uco-action:endTime": moment(record.at),
      "uco-action:performer": ref(idOf("actor", record.actor.id)),
      "uco-action:object": ref(provenance["@id"]),
      ...(before ? { "case-investigation:wasInformedBy": ref(actionId(before)) } : {}),
    };
  });
  return [...files, provenance, ...actions];
}

/** Everyone who acted, once each. */
function actorNodes(records: readonly JournalRecord[]): GraphNode[] {
  const actors = new Map<string, GraphNode>();
  for (const { actor } of records) {
    const id = idOf("actor", actor.id);
    const role = [actor.role, actor.officeName ?? actor.office].filter((part) => part !== undefined);
    actors.set(id, {
      "@id": id,
      "@type": "uco-identity:Identity",
      ...{ "uco-core:name": actor.name ?? actor.id },
      ...(role.length > 0 ? { "uco-core:description": role.join(", ") } : {}),
    });
  }
  return [...actors.values()];
}

/** The package's items, files and custody events as a CASE 1.4 graph in JSON-LD. @source CASE 1.4.0 */
export function caseGraph({ node, at, records, laid }: CaseFacts): object {
  const organization = {
    "@id": idOf("node", node.code),
    "@type": "uco-identity:Organization",
    "uco-core:name": node.name,
  };
  const nodes = laid.flatMap((item, index) => itemNodes(item, records[index] ?? []));
  const investigation = {
    "@id": idOf("package", node.code, at.toString()),
    "@type": "uco-core:Bundle",
    "uco-core:createdBy": ref(organization["@id"]),
    "uco-core:objectCreatedTime": moment(at.toString()),
    "uco-core:object": nodes.map((each) => ref(each["@id"])),
  };
  return { "@context": CONTEXT, "@graph": [investigation, organization, ...actorNodes(records.flat()), ...nodes] };
}
