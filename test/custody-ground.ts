import { randomBytes, randomUUID } from "node:crypto";
import { join } from "node:path";
import { type TestNode, testNode } from "./node.ts";
import { cases, openCase } from "../src/cases/slice.ts";
import type { AnyAct } from "../src/kernel/act.ts";
import type { Officer, Role } from "../src/kernel/actor.ts";
import { Refusal } from "../src/kernel/errors.ts";
import { perform } from "../src/kernel/pipeline.ts";
import { readerOf } from "../src/kernel/reader.ts";
import type { Slice } from "../src/kernel/slice.ts";
import { openVault, type Vault } from "../src/trust/vault.ts";
import { acquire } from "../src/evidence/acts-acquire.ts";
import { evidence } from "../src/evidence/slice.ts";
import { uploadsOf } from "../src/evidence/tus.ts";
import type { CustodyEvent } from "../src/evidence/custody-event.ts";
import { eventsOf, itemRow } from "../src/evidence/views.ts";

/** A node with offices, a case and what its officers do to items, for tests of custody. */
export interface CustodyGround {
  readonly at: TestNode;
  readonly vault: Vault;
  readonly caseId: string;
  readonly upload: (bytes: Buffer, owner?: Officer, name?: string) => Promise<string>;
  readonly item: (bytes?: Buffer, owner?: Officer) => Promise<string>;
  readonly does: (who: Officer, act: AnyAct, id: string, input?: unknown) => ReturnType<typeof perform>;
  /** `done`, or the key of the refusal (of its first field, where it has one). */
  readonly outcome: (who: Officer, act: AnyAct, id: string, input?: unknown) => Promise<string>;
  readonly another: (role: Role) => Officer;
  readonly events: (id: string) => Promise<CustodyEvent[]>;
  readonly close: () => Promise<void>;
}

export async function custodyGround(
  more: readonly Slice[] = [],
  options: Parameters<typeof testNode>[1] = {},
): Promise<CustodyGround> {
  const at = await testNode([cases, evidence, ...more], {
    ...options,
    config: { log_level: "silent", ...options.config },
  });
  const vault = openVault(join(at.node.config.folder, "vault"), at.node.services.keys);
  Object.assign(at.node.services, { vault });
  for (const role of ["investigator", "prosecutor", "duty-officer"] as const) await openOffice(at, at.officer(role));
  const caller = at.officer("investigator");
  const caseId = (await perform({ node: at.node, actor: caller, act: openCase, input: { title: "Theft by phishing" } }))
    .id;
  const upload: CustodyGround["upload"] = async (bytes, owner = caller, name = "mailbox.mbox") =>
    (
      await uploadsOf(at.node).take({
        owner: owner.account,
        name,
        media: "application/mbox",
        source: (async function* () {
          yield bytes;
        })(),
        bytesMax: 1e9,
        now: at.node.clock(),
      })
    )?.id ?? "";
  const does: CustodyGround["does"] = (actor, act, id, input = {}) => perform({ node: at.node, actor, act, id, input });
  return {
    at,
    vault,
    caseId,
    upload,
    does,
    item: async (bytes = randomBytes(3_000), owner = caller) => {
      const input = {
        upload: await upload(bytes, owner),
        description: "Mailbox of the victim",
        acquisition: { method: "export-by-holder", tool: "imapsync", place: "Port Louis" },
      };
      return (await does(owner, acquire, caseId, input)).id;
    },
    outcome: (...call) =>
      does(...call).then(
        () => "done",
        (error: unknown) => {
          if (error instanceof Refusal) return error.fields[0]?.key ?? error.key;
          throw error;
        },
      ),
    another: (role) => ({ ...at.officer(role), account: randomUUID(), name: `second ${role}` }),
    events: async (id) => {
      const reader = readerOf(at.node, caller);
      const row = await itemRow(reader, id);
      return row ? eventsOf(reader, row) : [];
    },
    close: async () => {
      await vault.close();
      await at.close();
    },
  };
}

/** The office and the account of an officer, as rows. */
export async function openOffice({ node }: TestNode, { office }: Officer): Promise<void> {
  await node.pool.query("insert into organisation (id, name) values ($1, $2) on conflict do nothing", [
    office.id,
    office.name,
  ]);
  await node.pool.query(
    "insert into office (id, organisation, name, kind, zone, language, created_at) values ($1, $1, $2, $3, 'UTC', 'en', now()) on conflict do nothing",
    [office.id, office.name, office.kind],
  );
}
