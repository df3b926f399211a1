import { createPublicKey, type KeyObject } from "node:crypto";
import { type Database, sql, type Tx } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import { fingerprint } from "../trust/keys.ts";
import { type EndpointRow, namesOf } from "./endpoint.ts";
import type { EndpointId } from "./schema-base.ts";

/** An endpoint that two people have confirmed, with the name and languages of the provider that it is of. */
export interface TrustedEndpoint extends EndpointRow {
  readonly name: string;
  readonly languages: readonly string[];
}

const trusted = (db: Database | Tx, which: ReturnType<typeof sql<boolean>>) =>
  sql<TrustedEndpoint>`select e.*, c.name, c.languages from hi1_endpoint e join correspondent c on c.id = e.correspondent_id
    where e.state = 'trusted' and c.state = 'trusted' and ${which} order by e.peer`.execute(db);

/** Every endpoint in force. */
export const trustedEndpoints = async (db: Database | Tx): Promise<readonly TrustedEndpoint[]> =>
  (await trusted(db, sql<boolean>`true`)).rows;

/** Whoever is named so in messages; `undefined` for a stranger. */
export const endpointNamed = async (db: Database | Tx, id: EndpointId): Promise<TrustedEndpoint | undefined> =>
  (await trusted(db, sql<boolean>`e.country = ${id.CountryCode} and e.identifier = ${id.UniqueIdentifier}`)).rows[0];

export const keyOf = ({ public_key: pem }: Pick<EndpointRow, "public_key">): KeyObject => createPublicKey(pem);

/** True where a message is from or to that endpoint. */
export const isNamed = (endpoint: EndpointRow, id: EndpointId): boolean => {
  const { CountryCode, UniqueIdentifier } = namesOf(endpoint);
  return CountryCode === id.CountryCode && UniqueIdentifier === id.UniqueIdentifier;
};

/** The key that signs what this node says, and its name. */
export const ownKey = (node: Node): { readonly key: KeyObject; readonly kid: string } => {
  const key = node.services.keys.signing;
  return { key, kid: fingerprint(key) };
};

/** Somebody speaks in its name and is not believed: counted and shown, whoever it was. */
export const doubt = (node: Node, { id }: Pick<EndpointRow, "id">) =>
  sql`update hi1_endpoint set doubted = doubted + 1, doubted_at = ${node.clock()} where id = ${id}`.execute(node.db);
