import { randomBytes, randomUUID } from "node:crypto";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestNode, testNode } from "../../test/node.ts";
import { access, loadCountry } from "../access/slice.ts";
import { cases, openCase } from "../cases/slice.ts";
import type { AnyAct } from "../kernel/act.ts";
import { type Actor, type Officer, PUBLIC, type Role } from "../kernel/actor.ts";
import { Refusal } from "../kernel/errors.ts";
import { perform, performIn } from "../kernel/pipeline.ts";
import { readerOf } from "../kernel/reader.ts";
import { makeServer } from "../kernel/server.ts";
import { requests } from "../requests/slice.ts";
import { openVault, type Vault } from "../trust/vault.ts";
import * as reading from "./acts.ts";
import * as keeping from "./acts-keeping.ts";
import * as sealing from "./acts-seals.ts";
import * as handing from "./acts-transfer.ts";
import { acquire, derive, lodge } from "./acts-acquire.ts";
import { itemsForDelivery } from "./acts-delivery.ts";
import { evidence } from "./slice.ts";
import { uploadsOf } from "./tus.ts";
import { itemCustody, itemFile, itemList } from "./views.ts";
import { passedNote } from "../../test/passed.ts";

const acts = { ...reading, ...keeping, ...sealing, ...handing };

// Decided by the packs as they are, for every role: what is not written here as allowed is refused.

const ROLES = [
  "investigator",
  "unit-head",
  "examiner",
  "prosecutor",
  "judge",
  "duty-officer",
  "central-authority",
  "data-protection-officer",
  "statistician",
  "administrator",
  "response-officer",
  "response-head",
] as const satisfies readonly Role[];
const POLICE: Role[] = ["investigator", "unit-head", "examiner"];
const COURT: Role[] = ["prosecutor", "judge"];
const CARRIERS: Role[] = ["duty-officer", "central-authority"];
const RESPONSE: Role[] = ["response-officer", "response-head"];

/** A country's node with its own pack, and what its officers do on it. */
interface Ground {
  readonly at: TestNode;
  readonly vault: Vault;
  /** A finished upload of this officer. */
  readonly uploaded: (owner: Officer) => Promise<string>;
  /** An item of this officer's office. */
  readonly lodged: (owner: Officer, more?: Record<string, unknown>) => Promise<string>;
}
async function ground(code: string): Promise<Ground> {
  const slices = [access, cases, requests, evidence];
  const at = await testNode(slices, {
    config: { code, pack: code },
    policy: (registered) => loadCountry({ packs: "packs", pack: code, code }, registered, passedNote(code)).policy,
  });
  const vault = openVault(join(at.node.config.folder, "vault"), at.node.services.keys);
  Object.assign(at.node.services, { vault });
  for (const role of ROLES) {
    const { office } = at.officer(role);
    await at.node.pool.query("insert into organisation (id, name) values ($1, $2) on conflict do nothing", [
      office.id,
      office.name,
    ]);
    await at.node.pool.query(
      "insert into office (id, organisation, name, kind, zone, language, created_at) values ($1, $1, $2, $3, 'UTC', 'en', now()) on conflict do nothing",
      [office.id, office.name, office.kind],
    );
  }
  const uploaded: Ground["uploaded"] = async (owner) => {
    const taken = await uploadsOf(at.node).take({
      owner: owner.account,
      name: "mailbox.mbox",
      media: "application/mbox",
      source: (async function* () {
        yield randomBytes(2_000);
      })(),
      bytesMax: 1e6,
      now: at.node.clock(),
    });
    return taken?.id ?? "";
  };
  const lodged: Ground["lodged"] = async (owner, more = {}) => {
    const input = { upload: await uploaded(owner), ...SAID, ...more };
    return (await perform({ node: at.node, actor: owner, act: lodge, input })).id;
  };
  return { at, vault, uploaded, lodged };
}

/** What a receiver saw, in any case. */
const SIGHT = { digest_seen: "00000000", note: "no label" };
const SAID = { description: "Mailbox of the victim", acquisition: { method: "export-by-holder" } };
const DONE = new Error("it would have been done; it is taken back");
/** What an act would come to: `done`, or the code of its refusal. Nothing of it stays. */
async function outcome({ at }: Ground, actor: Actor, act: AnyAct, id: string | undefined, input: unknown) {
  const { node } = at;
  try {
    await node.db.transaction().execute(async (tx) => {
      await performIn(tx, { node, actor, act, ...(id === undefined ? {} : { id }), input, now: node.clock() });
      throw DONE;
    });
  } catch (error) {
    if (error === DONE) return "done";
    if (error instanceof Refusal) return error.code;
    throw error;
  }
}
/** The same role in another office of the same kind. */
const elsewhere = ({ at }: Ground, role: Role): Officer => {
  const own = at.officer(role);
  return { ...own, account: randomUUID(), office: { ...own.office, id: randomUUID(), name: "elsewhere" } };
};
const expected = (allowed: readonly Role[], seen: readonly Role[] = ROLES) =>
  Object.fromEntries(
    ROLES.map((role) => [role, allowed.includes(role) ? "done" : seen.includes(role) ? "not-allowed" : "not-found"]),
  );
const byRole = async <T>(ask: (role: Role) => Promise<T>) => {
  const found: [Role, T][] = [];
  for (const role of ROLES) found.push([role, await ask(role)]);
  return Object.fromEntries(found);
};

let aruna: Ground;
let meridian: Ground;
let server: FastifyInstance;
let caller: Officer;
/** A case of the police, an item of it, and one that is sealed, held, handed over, or to be disposed of. */
let caseId: string;
const item: Record<"kept" | "sealed" | "held" | "coming" | "disposing", string> = {
  kept: "",
  sealed: "",
  held: "",
  coming: "",
  disposing: "",
};

beforeAll(async () => {
  [aruna, meridian] = [await ground("XA"), await ground("XP")];
  const { at, uploaded } = aruna;
  const { node } = at;
  const [police, examiner, prosecutor] = [at.officer("investigator"), at.officer("examiner"), at.officer("prosecutor")];
  caseId = (await perform({ node, actor: police, act: openCase, input: { title: "Theft by phishing" } })).id;
  const acquired = async () =>
    (
      await perform({
        node,
        actor: police,
        act: acquire,
        id: caseId,
        input: { upload: await uploaded(police), ...SAID },
      })
    ).id;
  for (const name of Object.keys(item) as (keyof typeof item)[]) item[name] = await acquired();
  const reason = "as ordered";
  await perform({ node, actor: police, act: acts.seal, id: item.sealed, input: { reason } });
  await perform({ node, actor: examiner, act: acts.hold, id: item.held, input: { reason } });
  await perform({
    node,
    actor: police,
    act: acts.transfer,
    id: item.coming,
    input: { reason, to_office: at.officer("duty-officer").office.id },
  });
  await perform({ node, actor: examiner, act: acts.dispose, id: item.disposing, input: { reason } });
  const slices = node.registry.slices.map((slice) => ({ ...slice, authenticate: async () => caller }));
  caller = prosecutor;
  server = await makeServer({
    node: { ...node, registry: { ...node.registry, slices } },
    role: "desk",
    chrome: { asset: () => "", actForm: () => "", problem: () => "" },
  });
});
afterAll(async () => {
  await server.close();
  for (const { at, vault } of [aruna, meridian]) {
    await vault.close();
    await at.close();
  }
});

describe("who makes an item", () => {
  test("in a State, those who investigate and those who carry; never who decides, oversees, counts or runs the machine", async () => {
    const found = await byRole(async (role) => {
      const officer = aruna.at.officer(role);
      return outcome(aruna, officer, lodge, undefined, { upload: await aruna.uploaded(officer), ...SAID });
    });
    expect(found).toEqual(expected([...POLICE, ...CARRIERS]));
  });

  test("at a provider, those of its response desk too", async () => {
    const found = await byRole(async (role) => {
      const officer = meridian.at.officer(role);
      return outcome(meridian, officer, lodge, undefined, { upload: await meridian.uploaded(officer), ...SAID });
    });
    expect(found).toEqual(expected([...POLICE, ...CARRIERS, ...RESPONSE]));
  });

  test("in a case, those of the case's office; for anybody else the case does not exist", async () => {
    const found = await byRole(async (role) => {
      const officer = aruna.at.officer(role);
      return outcome(aruna, officer, acquire, caseId, { upload: await aruna.uploaded(officer), ...SAID });
    });
    expect(found).toEqual({ ...expected(POLICE, []) });
    const other = elsewhere(aruna, "investigator");
    const input = { upload: await aruna.uploaded(other), ...SAID };
    expect(await outcome(aruna, other, acquire, caseId, input)).toBe("not-found");
  });

  test("for a request, those who may read the request", async () => {
    const officer = aruna.at.officer("investigator");
    const input = { upload: await aruna.uploaded(officer), ...SAID, request: randomUUID() };
    expect(await outcome(aruna, officer, lodge, undefined, input)).toBe("invalid");
  });

  test("nobody from outside", async () => {
    const upload = await aruna.uploaded(aruna.at.officer("investigator"));
    for (const actor of [
      PUBLIC,
      { kind: "reporter", report: randomUUID() },
      { kind: "peer", code: "XB", peerKind: "state" },
    ] satisfies Actor[])
      expect(await outcome(aruna, actor, lodge, undefined, { upload, ...SAID })).toBe("not-allowed");
  });
});

describe("who sees an item", () => {
  const SEEING: Role[] = [...POLICE, ...COURT];
  test("its office, the prosecution and the court: in the list, on its page and in its custody alike", async () => {
    const found = await byRole(async (role) => {
      const reader = readerOf(aruna.at.node, aruna.at.officer(role));
      const list = await itemList.read(reader, { limit: 100 });
      const file = await itemFile.read(reader, { id: item.kept });
      const custody = await itemCustody.read(reader, { id: item.kept });
      return [list?.items.some(({ id }) => id === item.kept), file !== undefined, custody !== undefined];
    });
    expect(found).toEqual(Object.fromEntries(ROLES.map((role) => [role, [0, 1, 2].map(() => SEEING.includes(role))])));
  });

  test.each(POLICE)("not the %s of another office of the police", async (role) => {
    const reader = readerOf(aruna.at.node, elsewhere(aruna, role));
    expect((await itemList.read(reader, { limit: 100 }))?.items).toEqual([]);
    expect(await itemFile.read(reader, { id: item.kept })).toBeUndefined();
  });

  test("who is to take it over sees it, and no more than that", async () => {
    const reader = readerOf(aruna.at.node, aruna.at.officer("duty-officer"));
    expect((await itemList.read(reader, { limit: 100 }))?.items.map(({ id }) => id)).toContain(item.coming);
    expect(await outcome(aruna, aruna.at.officer("duty-officer"), acts.exportItem, item.coming, {})).toBe(
      "not-allowed",
    );
  });

  test("what was handed over within the police is gone from the giver's office", async () => {
    const { at, lodged } = aruna;
    const id = await lodged(at.officer("duty-officer"));
    const giver = readerOf(at.node, at.officer("duty-officer"));
    const [from, to] = [at.officer("duty-officer"), at.officer("central-authority")];
    await perform({
      node: at.node,
      actor: from,
      act: acts.transfer,
      id,
      input: { to_office: to.office.id, reason: "to be sent" },
    });
    expect(await itemFile.read(giver, { id })).toBeDefined();
    await perform({ node: at.node, actor: to, act: acts.receive, id, input: SIGHT });
    expect(await itemFile.read(giver, { id })).toBeUndefined();
    expect(await outcome(aruna, from, acts.open, id, {})).toBe("not-found");
  });
});

describe("who does what with it", () => {
  const SEEN: Role[] = [...POLICE, ...COURT];
  const reason = "as ordered";
  const toProsecution = () => ({ to_office: aruna.at.officer("prosecutor").office.id, reason });
  // prettier-ignore
  const TABLE: [string, AnyAct, keyof typeof item, () => unknown, Role[], Role[]][] = [
    ["opens it",                       acts.open,       "kept",      () => ({ purpose: reason }),          [...POLICE, ...COURT],                SEEN],
    ["hands it over",                  acts.transfer,   "kept",      toProsecution,                        POLICE,                               SEEN],
    ["seals it",                       acts.seal,       "kept",      () => ({ reason }),                   POLICE,                               SEEN],
    ["breaks the seal",                acts.unseal,     "sealed",    () => ({ reason }),                   ["unit-head", "examiner", ...COURT],  SEEN],
    ["holds it",                       acts.hold,       "kept",      () => ({ reason }),                   ["unit-head", "examiner", ...COURT],  SEEN],
    ["lets it go from a hold",         acts.release,    "held",      () => ({ reason }),                   ["unit-head", "examiner", ...COURT],  SEEN],
    ["takes a package out",            acts.exportItem, "kept",      () => ({}),                           [...POLICE, ...COURT],                SEEN],
    ["takes a sealed package out",     acts.exportItem, "sealed",    () => ({}),                           [...POLICE, ...COURT],                SEEN],
    ["sets its record right",          acts.correct,    "kept",      () => ({ event: 1, correction: "x" }), POLICE,                              SEEN],
    ["proposes its disposal",          acts.dispose,    "kept",      () => ({ reason }),                   ["unit-head", "examiner"],            SEEN],
    ["disposes of what is held",       acts.dispose,    "held",      () => ({ reason }),                   [],                                   SEEN],
    ["carries out another's disposal", acts.dispose,    "disposing", () => ({ reason }),                   ["unit-head"],                        SEEN],
    ["takes a disposal back",          acts.keep,       "disposing", () => ({ reason }),                   ["unit-head", "examiner"],            SEEN],
    ["takes it over",                  acts.receive,    "coming",    () => SIGHT,                          ["duty-officer"],       [...SEEN, "duty-officer"]],
    ["does not take it over",          acts.refuse,     "coming",    () => ({ reason }),                   ["duty-officer"],       [...SEEN, "duty-officer"]],
  ];
  test.each(TABLE)("%s: those named here, and nobody else", async (_, act, which, input, allowed, seen) => {
    const found = await byRole((role) => outcome(aruna, aruna.at.officer(role), act, item[which], input()));
    expect(found).toEqual(expected(allowed, seen));
    for (const role of [...POLICE, ...CARRIERS])
      expect(await outcome(aruna, elsewhere(aruna, role), act, item[which], input()), `${role} elsewhere`).toBe(
        "not-found",
      );
  });

  test("examines it: what comes of it is made by who works on it", async () => {
    const found = await byRole(async (role) => {
      const officer = aruna.at.officer(role);
      const input = { upload: await aruna.uploaded(officer), description: "Search hits", tool: "grep" };
      return outcome(aruna, officer, derive, item.kept, input);
    });
    expect(found).toEqual(expected(POLICE, SEEN));
  });

  test("an officer to whom it was not handed over does not take it, though the office is meant", async () => {
    const { at, lodged } = aruna;
    const from = at.officer("investigator");
    const id = await lodged(from);
    await at.node.db
      .updateTable("item")
      .set({ state: "in-transit", to_office: at.officer("prosecutor").office.id, to_account: randomUUID() })
      .where("id", "=", id)
      .execute();
    expect(await outcome(aruna, at.officer("prosecutor"), acts.receive, id, {})).toBe("not-allowed");
  });

  test("a peer, the public and a reporter do nothing with it", async () => {
    for (const actor of [
      PUBLIC,
      { kind: "reporter", report: randomUUID() },
      { kind: "peer", code: "XB", peerKind: "state" },
    ] satisfies Actor[])
      for (const act of [acts.open, acts.exportItem, acts.hold])
        expect(await outcome(aruna, actor, act, item.kept, { reason })).toBe("not-allowed");
  });
});

describe("who hands it to another State", () => {
  const delivered = async (of: Ground, actor: Officer, id: string): Promise<string> => {
    try {
      await of.at.node.db.transaction().execute(async (tx) => {
        const { node } = of.at;
        await itemsForDelivery(
          tx,
          { items: [id], request: randomUUID(), peer: "XB", conditions: [] },
          { node, actor, now: node.clock() },
        );
        throw DONE;
      });
    } catch (error) {
      if (error === DONE) return "done";
      if (error instanceof Refusal) return error.code;
      throw error;
    }
    return "";
  };

  test("in a State, contact point and central authority, what their own office has", async () => {
    const own = await byRole(async (role) => {
      const officer = aruna.at.officer(role);
      const id = await aruna.lodged(aruna.at.officer("investigator"));
      await aruna.at.node.db.updateTable("item").set({ office: officer.office.id }).where("id", "=", id).execute();
      return delivered(aruna, officer, id);
    });
    const none = { "data-protection-officer": "invalid", statistician: "invalid", administrator: "invalid" };
    expect(own).toEqual({ ...expected(CARRIERS), ...none });
    const others = await byRole((role) => delivered(aruna, aruna.at.officer(role), item.kept));
    expect(Object.values(others)).not.toContain("done");
  });

  test("at a provider, its response desk", async () => {
    const id = await meridian.lodged(meridian.at.officer("response-officer"));
    const found = await byRole((role) => delivered(meridian, meridian.at.officer(role), id));
    expect(Object.entries(found).filter(([, what]) => what === "done")).toEqual(RESPONSE.map((role) => [role, "done"]));
  });

  test("its custody says which officer gave it to whom", async () => {
    const { at, lodged } = aruna;
    const officer = at.officer("central-authority");
    const id = await lodged(officer);
    const request = randomUUID();
    await at.node.db
      .transaction()
      .execute((tx) =>
        itemsForDelivery(
          tx,
          { items: [id], request, peer: "XB", conditions: [] },
          { node: at.node, actor: officer, now: at.node.clock() },
        ),
      );
    const custody = await itemCustody.read(readerOf(at.node, officer), { id });
    expect(custody?.events.at(-1)).toMatchObject({
      type: "disclose",
      actor: { id: `account:${officer.account}`, role: "central-authority" },
      facts: { to: "XB", request },
    });
  });
});

describe("over HTTP", () => {
  const status = async (method: "GET" | "POST", url: string, officer: Officer) => {
    caller = officer;
    return (await server.inject({ method, url, headers: { accept: "application/json" } })).statusCode;
  };
  test("the package comes for those who may take it out; for others the item is not there, or they may not", async () => {
    const found = await byRole((role) => status("GET", `/api/v1/items/${item.kept}/package`, aruna.at.officer(role)));
    expect(found).toEqual(
      Object.fromEntries(ROLES.map((role) => [role, [...POLICE, ...COURT].includes(role) ? 200 : 404])),
    );
    expect(await status("GET", `/api/v1/items/${item.coming}/package`, aruna.at.officer("duty-officer"))).toBe(403);
  });

  test("an opening is its officer's own: no colleague, no head, no judge reads on it", async () => {
    const officer = aruna.at.officer("investigator");
    const opened = await perform({ node: aruna.at.node, actor: officer, act: acts.open, id: item.kept, input: {} });
    const content = String(opened.done["content"]);
    const found = await byRole((role) => status("GET", content, aruna.at.officer(role)));
    expect(found).toEqual(Object.fromEntries(ROLES.map((role) => [role, role === "investigator" ? 200 : 404])));
  });

  test("an upload is begun only by those who make items", async () => {
    const found = await byRole(async (role) => {
      caller = aruna.at.officer(role);
      const headers = { "tus-resumable": "1.0.0", "upload-length": "10" };
      return (await server.inject({ method: "POST", url: "/api/v1/uploads", headers })).statusCode;
    });
    const may: Role[] = [...POLICE, ...CARRIERS];
    expect(found).toEqual(Object.fromEntries(ROLES.map((role) => [role, may.includes(role) ? 201 : 403])));
  });
});
