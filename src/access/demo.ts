import { randomBytes } from "node:crypto";
import { type OfficeKind, type Role, system } from "../kernel/actor.ts";
import type { Node } from "../kernel/node.ts";
import { perform } from "../kernel/pipeline.ts";
import { OFFICE_OF } from "./account.ts";
import { acceptInvitation, createAccount, createToken, openOffice, resetAccount } from "./acts.ts";
import { findOfficer } from "./officer.ts";
import { base32 } from "./one-time-code.ts";
import { hashPassword } from "./password.ts";

/** An account of the demo world with its secrets, as `world.json` lists it. */
export interface DemoAccount {
  readonly username: string;
  readonly name: string;
  readonly password: string;
  /** Base32, for an authenticator. */
  readonly totp: string;
  /** Bearer token of the API. */
  readonly token: string;
  readonly office: OfficeKind;
  readonly role: Role;
}

/** Fictional people, by node: names of no real place. */
const STATE_STAFF: readonly (readonly [Role, string, string])[] = [
  ["investigator", "Nadia Veloso", "Ramil Castano"],
  ["unit-head", "Idris Kamande", "Lourdes Bantay"],
  ["examiner", "Priya Anand", "Jomar Isidro"],
  ["prosecutor", "Camille Duval", "Teresa Almonte"],
  ["judge", "Samuel Okello", "Benigno Sarte"],
  ["duty-officer", "Yusuf Rahman", "Corazon Lim"],
  ["central-authority", "Helene Morin", "Vicente Abad"],
  ["data-protection-officer", "Amara Diallo", "Pilar Reyes"],
  ["overseer", "Naledi Mokoena", "Isagani Luz"],
  ["statistician", "Tomas Lindqvist", "Noel Dizon"],
  ["administrator", "Grace Achieng", "Arturo Valdez"],
];
/** The second police office: what concerns children goes there, and nowhere else. */
const CHILD_STAFF: readonly (readonly [Role, string, string])[] = [
  ["investigator", "Meera Joseph", "Althea Ramos"],
  ["unit-head", "Daniel Otieno", "Rosario Villar"],
];
const CHILD_OFFICE = { code: "child-protection", name: "Child Protection Desk" };
const POLICE_CODE = "cybercrime-unit";
const PROVIDER_STAFF: readonly (readonly [Role, string])[] = [
  ["response-officer", "Salma Benjelloun"],
  ["response-head", "Karim Tazi"],
  ["administrator", "Leila Amrani"],
];
const OFFICE_NAMES: Readonly<Record<OfficeKind, string>> = {
  police: "Cybercrime Unit",
  prosecution: "Public Prosecution",
  court: "Investigating Court",
  "central-authority": "Central Authority",
  "contact-point": "24/7 Contact Point",
  provider: "Response Desk",
  "data-protection": "Data Protection Office",
  oversight: "Oversight Commission",
  training: "Training Institute",
  statistics: "Statistics Office",
  administration: "Systems Administration",
};
const TOKEN_DAYS = 366;

interface Staff {
  readonly role: Role;
  readonly name: string;
  readonly username: string;
  /** Opens, or finds, the office that they work in. */
  readonly office: () => Promise<string>;
}

/** True where the law of the country has an oversight body of its own; elsewhere the data-protection office watches. */
const isOverseen = ({ services }: Node): boolean =>
  (services as Partial<Node["services"]>).country?.pack.oversight?.roles.includes("overseer") ?? true;

function staffOf(node: Node): Staff[] {
  const own = node.code.toLowerCase();
  const ordinary = (role: Role, name: string): Staff => ({
    role,
    name,
    username: `${role}.${own}`,
    office: () => officeOf(node, OFFICE_OF[role]),
  });
  if (node.kind === "provider") return PROVIDER_STAFF.map(([role, name]) => ordinary(role, name));
  const which = (first: string, second: string): string => (node.code === "XA" ? first : second);
  return [
    ...STATE_STAFF.filter(([role]) => role !== "overseer" || isOverseen(node)).map(([role, first, second]) =>
      ordinary(role, which(first, second)),
    ),
    ...CHILD_STAFF.map(([role, first, second]) => ({
      role,
      name: which(first, second),
      username: `child-${role}.${own}`,
      office: () => childOffice(node),
    })),
  ];
}

/**
 * Makes the demo's offices and accounts, one of each role, with passwords, one-time-code secrets and tokens generated here.
 *
 * May be repeated: what exists is kept. `known` gives back the secrets of accounts made before, which stand nowhere else;
 * an account that exists and is not in it is given new secrets.
 */
export async function createDemoAccounts(node: Node, known: readonly DemoAccount[] = []): Promise<DemoAccount[]> {
  const made: DemoAccount[] = [];
  for (const { role, name, username, office: open } of staffOf(node)) {
    const office = OFFICE_OF[role];
    const existing = await node.db
      .selectFrom("account")
      .select(["id", "state"])
      .where("username", "=", username)
      .executeTakeFirst();
    const before = known.find((one) => one.username === username);
    if (existing?.state === "active" && before) {
      made.push(before);
      continue;
    }
    const id = existing?.id ?? (await invite(node, { username, name, role, office: await open() }));
    made.push({ username, name, office, role, ...(await furnish(node, id)) });
  }
  return made;
}

/** The demo's office of a kind, opened where it isn't there. */
async function officeOf(node: Node, kind: OfficeKind): Promise<string> {
  const found = await node.db
    .selectFrom("office")
    .select("id")
    .where("kind", "=", kind)
    .orderBy("created_at")
    .executeTakeFirst();
  if (found) return found.id;
  return openNamed(node, { name: OFFICE_NAMES[kind], kind, ...(kind === "police" ? { code: POLICE_CODE } : {}) });
}

async function childOffice(node: Node): Promise<string> {
  const found = await node.db
    .selectFrom("office")
    .select("id")
    .where("code", "=", CHILD_OFFICE.code)
    .executeTakeFirst();
  return found?.id ?? openNamed(node, { ...CHILD_OFFICE, kind: "police" });
}

async function openNamed(node: Node, office: { name: string; kind: OfficeKind; code?: string }): Promise<string> {
  const input = {
    ...office,
    name: `${office.name} of ${node.name}`,
    zone: node.config.zone,
    language: node.config.languages[0] ?? "en",
  };
  return (await perform({ node, actor: system("demo"), act: openOffice, input })).id;
}

const invite = async (
  node: Node,
  input: { username: string; name: string; role: Role; office: string },
): Promise<string> => (await perform({ node, actor: system("demo"), act: createAccount, input })).id;

/** Gives an account its secrets and makes it active. */
async function furnish(node: Node, id: string): Promise<Pick<DemoAccount, "password" | "totp" | "token">> {
  const password = randomBytes(12).toString("base64url");
  const secret = randomBytes(20);
  const hash = await hashPassword(password);
  const { state } = await node.db.selectFrom("account").select("state").where("id", "=", id).executeTakeFirstOrThrow();
  if (state !== "invited")
    await perform({
      node,
      actor: system("demo"),
      act: resetAccount,
      id,
      input: { reason: "Its secrets were lost with world.json" },
    });
  await perform({
    node,
    actor: system("demo"),
    act: acceptInvitation,
    id,
    input: { password: hash, totp: secret.toString("base64url") },
  });
  const officer = await findOfficer(node.db, id, { via: "token", credential: id, steppedUpAt: null });
  if (!officer) throw new Error(`account ${id} was made and is not active`);
  const { done } = await perform({
    node,
    actor: officer,
    act: createToken,
    input: { name: "Demo", scopes: ["*"], days: TOKEN_DAYS },
  });
  return { password, totp: base32(secret), token: String(done["secret"]) };
}
