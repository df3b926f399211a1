import { Refusal } from "../kernel/errors.ts";
import { type Route, type RouteCall, route } from "../kernel/page.ts";
import { witnessedNote } from "./cosignatures.ts";
import { latestCheckpoint, readTile } from "./ledger.ts";
import { readTilePath } from "./tiles.ts";
import { chainFile } from "./timestamp.ts";
import { chainOf, stampedWithin } from "./timestamps.ts";

const notFound = () => new Refusal("not-found", "not-found");

/** What is public may be read from any page. */
const OPEN = { "access-control-allow-origin": "*" } as const;

async function checkpoint({ node }: RouteCall) {
  const latest = await latestCheckpoint(node.db);
  if (!latest) throw notFound();
  return {
    text: (await witnessedNote(node.db, latest)).note,
    headers: { ...OPEN, "cache-control": "public, max-age=2" },
  };
}

async function tile({ node, params, reply }: RouteCall) {
  const name = readTilePath(`tile/${params["*"] ?? ""}`);
  const bytes = name && (await readTile(node.db, name));
  if (!bytes) throw notFound();
  reply
    .type("application/octet-stream")
    .headers({ ...OPEN, "cache-control": "public, max-age=31536000, immutable" })
    .send(bytes);
  return undefined;
}

/** The chain of RFC 3161 tokens over the latest checkpoint that has any, or over that of the size asked for. */
async function timestamps({ node, query }: RouteCall) {
  const asked = /^\d{1,15}$/.test(query["size"] ?? "") ? Number(query["size"]) : Number.MAX_SAFE_INTEGER;
  const stamped = await stampedWithin(node.db, asked);
  if (!stamped) throw notFound();
  return {
    json: chainFile({ checkpoint: stamped.note, links: await chainOf(node.db, stamped.size) }),
    headers: { ...OPEN, "cache-control": "public, max-age=60" },
  };
}

/** How anybody reads the log: its checkpoint, its tiles, its entries, which disclose nothing. @source C2SP tlog-tiles */
export const ledgerRoutes: readonly Route[] = [
  route({
    role: "portal",
    method: "GET",
    path: "/ledger/checkpoint",
    access: "public",
    handle: checkpoint,
    summary: "The ledger's latest checkpoint, a signed note with the cosignatures of its witnesses",
  }),
  route({
    role: "portal",
    method: "GET",
    path: "/ledger/timestamps",
    access: "public",
    handle: timestamps,
    summary:
      "A checkpoint with the time-stamps on it, each later one renewing those before; ?size= for one of at most so many entries",
  }),
  route({
    role: "portal",
    method: "GET",
    path: "/ledger/tile/*",
    access: "public",
    handle: tile,
    summary: "A tile of the ledger's tree, or a bundle of its entries",
  }),
];
