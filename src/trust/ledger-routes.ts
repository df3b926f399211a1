import { Refusal } from "../kernel/errors.ts";
import { type Route, type RouteCall, route } from "../kernel/page.ts";
import { witnessedNote } from "./cosignatures.ts";
import { latestCheckpoint, readTile } from "./ledger.ts";
import { readTilePath } from "./tiles.ts";

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
    path: "/ledger/tile/*",
    access: "public",
    handle: tile,
    summary: "A tile of the ledger's tree, or a bundle of its entries",
  }),
];
