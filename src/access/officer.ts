import type { Officer } from "../kernel/actor.ts";
import type { Database, Tx } from "../kernel/database.ts";
import { isRole } from "./account.ts";

/** Accounts in force with their offices: what an `Officer` is made from. */
const activeAccounts = (db: Database | Tx) =>
  db
    .selectFrom("account")
    .innerJoin("office", "office.id", "account.office")
    .where("account.state", "=", "active")
    .select([
      "account.id as account",
      "account.name",
      "account.role",
      "account.language",
      "account.username",
      "office.id as office_id",
      "office.name as office_name",
      "office.kind as office_kind",
      "office.zone",
    ]);

interface Found {
  readonly account: string;
  readonly name: string;
  readonly role: string;
  readonly language: string;
  readonly office_id: string;
  readonly office_name: string;
  readonly office_kind: string;
  readonly zone: string;
}

/** By what the officer is recognised. */
export type Credential = Pick<Officer, "via" | "credential" | "steppedUpAt">;

function officerFrom(found: Found, { via, credential, steppedUpAt }: Credential): Officer {
  if (!isRole(found.role)) throw new Error(`account ${found.account} has the unknown role ${found.role}`);
  return {
    kind: "officer",
    account: found.account,
    name: found.name,
    role: found.role,
    office: {
      id: found.office_id,
      name: found.office_name,
      kind: found.office_kind as Officer["office"]["kind"],
      zone: found.zone,
    },
    locale: found.language,
    via,
    credential,
    steppedUpAt,
  };
}

/** The holder of an active account; `undefined` where it isn't, or is no longer. */
export async function findOfficer(db: Database | Tx, account: string, by: Credential): Promise<Officer | undefined> {
  const found = await activeAccounts(db).where("account.id", "=", account).executeTakeFirst();
  return found && officerFrom(found, by);
}

/** The officer of a demo or import command, by username. */
export async function officerNamed(db: Database | Tx, username: string): Promise<Officer | undefined> {
  const found = await activeAccounts(db).where("account.username", "=", username).executeTakeFirst();
  return found && officerFrom(found, { via: "token", credential: found.account, steppedUpAt: null });
}

/** The officer whose order the node carries out later, as they are then; `undefined` where they are no longer at work. */
export const officerOf = (db: Database | Tx, account: string): Promise<Officer | undefined> =>
  findOfficer(db, account, { via: "token", credential: account, steppedUpAt: null });

/** An officer to choose from, or to name. */
export interface NamedOfficer {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly office: string;
  readonly officeName: string;
}

/** Active officers by name, of one office or of all, with one of the roles or any. */
export async function officersOf(
  db: Database | Tx,
  which: { readonly office?: string; readonly roles?: readonly string[] } = {},
): Promise<NamedOfficer[]> {
  let query = activeAccounts(db).orderBy("account.name");
  if (which.office !== undefined) query = query.where("account.office", "=", which.office);
  if (which.roles !== undefined) query = query.where("account.role", "in", [...which.roles]);
  const rows = await query.execute();
  return rows.map((row) => ({
    id: row.account,
    name: row.name,
    role: row.role,
    office: row.office_id,
    officeName: row.office_name,
  }));
}

/** Offices by name, of one kind or of all. */
export async function officesOf(
  db: Database | Tx,
  kind?: string,
): Promise<{ id: string; name: string; kind: string; zone: string; language: string }[]> {
  let query = db.selectFrom("office").select(["id", "name", "kind", "zone", "language"]).orderBy("name");
  if (kind !== undefined) query = query.where("kind", "=", kind);
  return query.execute();
}
