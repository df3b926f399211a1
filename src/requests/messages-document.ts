import { type Database, sql, type Tx } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import { peerNames } from "../exchange/slice.ts";
import { seal, unseal } from "../trust/seal.ts";
import { keptPlace, requestDocument } from "./document.ts";
import type { RequestRow } from "./request.ts";

/** Keeps the English document of a request as it was sent: its digest stays that of a file that can be shown, whatever is amended later. */
export async function keepDocument(tx: Tx, { services }: Node, request: string, pdf: Buffer): Promise<void> {
  const document = seal(services.keys.seal, pdf, keptPlace(request));
  await tx.insertInto("request_document").values({ request, document }).execute();
}

/**
 * Makes the English document of a request that has come in, and keeps it where it is the one whose digest (SHA-256, hex) the sender states.
 * False where it is another: made of the same facts by another version of the program.
 */
export async function keepSameDocument(tx: Tx, node: Node, request: string, stated: string): Promise<boolean> {
  const { rows } = await sql<RequestRow>`select * from request where id = ${request}`.execute(tx);
  const [row] = rows;
  if (!row) return false;
  const { pdf, digest } = requestDocument(node, { row, language: "en", names: await peerNames(tx) });
  if (digest === stated) await keepDocument(tx, node, request, pdf);
  return digest === stated;
}

/** The document of a request as it was sent, PDF; `undefined` where this node does not hold it. */
export async function keptDocument(
  db: Database | Tx,
  { services }: Node,
  request: string,
): Promise<Buffer | undefined> {
  const { rows } = await sql<{
    document: Buffer;
  }>`select document from request_document where request = ${request}`.execute(db);
  return rows[0] && unseal(services.keys.seal, rows[0].document, keptPlace(request));
}

/** True where this node holds it. */
export async function isDocumentKept(db: Database | Tx, request: string): Promise<boolean> {
  const { rows } = await sql`select 1 from request_document where request = ${request}`.execute(db);
  return rows.length > 0;
}
