import { type Database, sql, type Tx } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import { seal, unseal } from "../trust/seal.ts";

const placeOf = (request: string): string => `request:${request}:document`;

/** Keeps the document of a request as it is sent, so that its digest in the journals stays that of a file that can be shown. */
export async function keepDocument(tx: Tx, { services }: Node, request: string, pdf: Buffer): Promise<void> {
  const document = seal(services.keys.seal, pdf, placeOf(request));
  await sql`insert into request_document (request, document) values (${request}, ${document})`.execute(tx);
}

/** The document as it was sent from this node, PDF; `undefined` where it was not. */
export async function keptDocument(
  db: Database | Tx,
  { services }: Node,
  request: string,
): Promise<Buffer | undefined> {
  const { rows } = await sql<{
    document: Buffer;
  }>`select document from request_document where request = ${request}`.execute(db);
  return rows[0] && unseal(services.keys.seal, rows[0].document, placeOf(request));
}
