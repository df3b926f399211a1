import { randomUUID } from "node:crypto";
import type { Officer } from "../kernel/actor.ts";
import { system } from "../kernel/actor.ts";
import { Refusal } from "../kernel/errors.ts";
import type { Node } from "../kernel/node.ts";
import { perform } from "../kernel/pipeline.ts";
import { lookupKey, unseal } from "../trust/seal.ts";
import { acceptInvitation, beginSession, totpPlace } from "./acts.ts";
import { isInvitationCode, invitedSecret } from "./invitation.ts";
import { findOfficer } from "./officer.ts";
import { looksLikeCode, matchingStep } from "./one-time-code.ts";
import { hashPassword, isPassword } from "./password.ts";
import { type Counted, countTry, networkOf, takeBack } from "./throttle.ts";

/** Where a try comes from: its address, and the cookie of a browser that has signed in before. */
export interface Whence {
  readonly address: string;
  readonly device: string | undefined;
}

/** Mark of a browser that has signed in with this account: `nonce.proof`. Guessing elsewhere can't shut it out. */
export const deviceMark = (node: Node, account: string, nonce: string = randomUUID()): string =>
  `${nonce}.${lookupKey(node.services.keys.lookup, "device", account, nonce).toString("base64url")}`;

const isKnownDevice = (node: Node, account: string, mark: string): boolean =>
  mark.length < 200 && deviceMark(node, account, mark.split(".")[0]) === mark;

/**
 * First step of signing in. Gives the account's id; refuses with one and the same words whether the name or the password is
 * wrong, after the same work. Throws `too-many` where too much was tried.
 */
export async function checkPassword(
  node: Node,
  given: { readonly username: string; readonly password: string },
  { address, device }: Whence,
): Promise<string> {
  const username = given.username.trim().toLowerCase().slice(0, 100);
  const found = await node.db
    .selectFrom("account")
    .select(["id", "password", "state"])
    .where("username", "=", username)
    .executeTakeFirst();
  const known = found && device !== undefined && isKnownDevice(node, found.id, device) ? device : undefined;
  const network = networkOf(address);
  const counted: readonly Counted[] =
    known === undefined
      ? [
          { bucket: "pair", what: `${username}\n${network}` },
          { bucket: "name", what: username },
          { bucket: "network", what: network },
        ]
      : [{ bucket: "device", what: known }];
  const tried = await countTry(node.db, node.services.keys.lookup, counted, node.clock());
  const isRight = await isPassword(given.password.slice(0, 1_000), found?.state === "active" ? found.password : null);
  if (!found || !isRight) throw new Refusal("not-signed-in", "sign-in-wrong");
  await takeBack(node.db, tried);
  return found.id;
}

/** True where the code is the account's, now, and was never used: a code read over a shoulder is worth nothing. @source RFC 6238 §5.2 */
async function takeCode(node: Node, account: string, code: string): Promise<boolean> {
  const found = await node.db
    .selectFrom("account")
    .select("totp")
    .where("id", "=", account)
    .where("state", "=", "active")
    .executeTakeFirst();
  if (!found?.totp) return false;
  const secret = unseal(node.services.keys.seal, found.totp, totpPlace(account));
  const step = matchingStep(secret, code, node.clock());
  if (step === undefined) return false;
  const { numInsertedOrUpdatedRows = 0n } = await node.db
    .insertInto("used_code")
    .values({ account, step })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows > 0n;
}

/** Second step: the one-time code. Gives the officer and the browser's secret of a new session; `undefined` where the code is wrong. */
export async function signIn(
  node: Node,
  given: { readonly account: string; readonly code: string; readonly device: string },
): Promise<{ officer: Officer; secret: string } | undefined> {
  const { account, code, device } = given;
  const tried = await countTry(node.db, node.services.keys.lookup, [{ bucket: "code", what: account }], node.clock());
  if (!(await takeCode(node, account, code))) return undefined;
  const officer = await findOfficer(node.db, account, {
    via: "session",
    credential: account,
    steppedUpAt: node.clock(),
  });
  if (!officer) return undefined;
  await takeBack(node.db, tried);
  const { id, done } = await perform({
    node,
    actor: officer,
    act: beginSession,
    input: { device: device.slice(0, 200) },
  });
  return { officer: { ...officer, credential: id }, secret: String(done["secret"]) };
}

/** Proves presence for a sensitive act, by one-time code or password, and remembers it in the session. Throws `too-many`. */
export async function stepUp(node: Node, officer: Officer, proof: string): Promise<boolean> {
  const tried = await countTry(
    node.db,
    node.services.keys.lookup,
    [{ bucket: "code", what: officer.account }],
    node.clock(),
  );
  const isProved = looksLikeCode(proof)
    ? await takeCode(node, officer.account, proof)
    : await isOwnPassword(node, officer.account, proof);
  if (!isProved) return false;
  await takeBack(node.db, tried);
  await node.db
    .updateTable("session")
    .set({ stepped_up_at: node.clock() })
    .where("id", "=", officer.credential)
    .execute();
  return true;
}

async function isOwnPassword(node: Node, account: string, password: string): Promise<boolean> {
  const found = await node.db
    .selectFrom("account")
    .select("password")
    .where("id", "=", account)
    .where("state", "=", "active")
    .executeTakeFirst();
  return isPassword(password.slice(0, 1_000), found?.password ?? null);
}

/** An invitation that its code has opened. */
export interface Invited {
  readonly account: string;
  readonly username: string;
  readonly name: string;
  /** Shared secret of one-time codes, to be shown and confirmed. */
  readonly secret: Buffer;
}

/** Opens an invitation by username and code. Refuses alike whatever is wrong. Throws `too-many`. */
export async function openInvitation(
  node: Node,
  given: { readonly username: string; readonly code: string },
  { address }: Pick<Whence, "address">,
): Promise<Invited> {
  const username = given.username.trim().toLowerCase().slice(0, 100);
  const counted: readonly Counted[] = [
    { bucket: "pair", what: `${username}\n${networkOf(address)}` },
    { bucket: "network", what: networkOf(address) },
  ];
  const tried = await countTry(node.db, node.services.keys.lookup, counted, node.clock());
  const found = await node.db
    .selectFrom("account")
    .select(["id", "name", "invitation"])
    .where("username", "=", username)
    .where("state", "=", "invited")
    .where("invited_until", ">", node.clock())
    .executeTakeFirst();
  const invitation = found?.invitation ? { account: found.id, nonce: found.invitation } : undefined;
  if (!found || !invitation || !isInvitationCode(node, invitation, given.code))
    throw new Refusal("not-signed-in", "invitation-wrong");
  await takeBack(node.db, tried);
  return { account: found.id, username, name: found.name, secret: invitedSecret(node, invitation) };
}

/** Takes up an account with a password and a first one-time code; false where the code doesn't fit the secret. */
export async function takeUp(
  node: Node,
  { account, secret }: Invited,
  given: { readonly password: string; readonly code: string },
): Promise<boolean> {
  const step = matchingStep(secret, given.code, node.clock());
  if (step === undefined) return false;
  const password = await hashPassword(given.password);
  await perform({
    node,
    actor: system("invitation"),
    act: acceptInvitation,
    id: account,
    input: { password, totp: secret.toString("base64url") },
  });
  await node.db
    .insertInto("used_code")
    .values({ account, step })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return true;
}
