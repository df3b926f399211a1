import { randomBytes, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { exchange } from "../src/exchange/slice.ts";
import type { AttachedFile } from "../src/kernel/act.ts";
import type { Clock } from "../src/kernel/clock.ts";
import { sql } from "../src/kernel/database.ts";
import type { Node } from "../src/kernel/node.ts";
import { perform } from "../src/kernel/pipeline.ts";
import { makeServer } from "../src/kernel/server.ts";
import type { Slice } from "../src/kernel/slice.ts";
import { confirmPeer, proposePeer } from "../src/exchange/acts.ts";
import { telephoneNumber } from "../src/trust/directory.ts";
import { ownEntry } from "../src/exchange/identity.ts";
import { openVault } from "../src/trust/vault.ts";
import { heldBlob, shareBlob, storeBlob } from "../src/trust/vault-blobs.ts";
import { type Fault, openLine } from "./line.ts";
import { type TestNode, testNode } from "./node.ts";
import { parcelPolicy, type ParcelRow, parcels, parcelTable, sendParcel, stepParcel } from "./parcels.ts";

/** A node that others reach through a line which can be made bad. */
export interface Station {
  readonly at: TestNode;
  readonly node: Node;
  /** Decides what happens to each call; may be replaced at any time. */
  fault: (call: { readonly path: string; readonly n: number }) => Fault;
  /** Told the headers of each call. */
  heard?: (headers: IncomingMessage["headers"]) => void;
  /** Sends everything that waits, without waiting for the backoff. */
  readonly deliver: () => Promise<void>;
  /** Pulls what waits for its files, without waiting for the backoff. */
  readonly pull: () => Promise<void>;
  readonly parcelOf: (id: string) => Promise<ParcelRow | undefined>;
  readonly close: () => Promise<void>;
}

const CHROME = { asset: (name: string) => name, actForm: () => null, problem: () => null };

/** Starts a node with its gateway behind a line. */
export async function station(code: string, more: { clock?: Clock; slices?: readonly Slice[] } = {}): Promise<Station> {
  const line = await openLine({
    fault: (call) => mine.fault(call),
    heard: (headers) => mine.heard?.(headers),
  });
  const folder = mkdtempSync(join(tmpdir(), "comity-vault-"));
  const vault = openVault(folder, { vault: randomBytes(32), address: randomBytes(32) });
  const at = await testNode([exchange, parcels, ...(more.slices ?? [])], {
    config: { code, name: `Country ${code}`, gateway_url: line.url, log_level: "silent" },
    policy: () => parcelPolicy(code),
    services: { vault },
    ...(more.clock ? { clock: more.clock } : {}),
  });
  await parcelTable.execute(at.node.db);
  const server = await makeServer({ node: at.node, role: "gateway", chrome: CHROME });
  line.aim(Number(new URL(await server.listen({ host: "127.0.0.1", port: 0 })).port));
  const outbox = exchange.jobs?.find(({ name }) => name === "exchange-outbox");
  const inbox = exchange.jobs?.find(({ name }) => name === "exchange-inbox");
  const mine: Station = {
    at,
    node: at.node,
    fault: () => "pass",
    deliver: async () => {
      await sql`update outbox set next_at = now() - interval '1 day' where delivered_at is null`.execute(at.node.db);
      await outbox?.run(at.node);
    },
    pull: async () => {
      await sql`update inbox set next_at = now() - interval '1 day' where settled_at is null`.execute(at.node.db);
      await inbox?.run(at.node);
    },
    parcelOf: async (id) => (await sql<ParcelRow>`select * from parcel where id = ${id}`.execute(at.node.db)).rows[0],
    close: async () => {
      await line.close();
      await server.close();
      await at.close();
      await vault.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return mine;
}

/** Makes `station` trust `other`, by two people. */
export async function trust(mine: Station, other: Station): Promise<void> {
  const proposed = await perform({
    node: mine.node,
    actor: mine.at.officer("administrator"),
    act: proposePeer,
    input: { address: other.node.config.gateway_url },
  });
  const number = telephoneNumber(ownEntry(other.node));
  await perform({
    node: mine.node,
    actor: mine.at.officer("central-authority"),
    act: confirmPeer,
    id: proposed.id,
    input: { number, channel: "telephone" },
  });
}
/** Each trusts each. */
export async function introduce(...stations: readonly Station[]): Promise<void> {
  for (const mine of stations) for (const other of stations) if (mine !== other) await trust(mine, other);
}
/** Sends a parcel from one to the other; its id. */
export const parcelFrom = async (mine: Station, to: string, files: readonly AttachedFile[] = []): Promise<string> =>
  (await perform({ node: mine.node, actor: mine.at.officer("investigator"), act: sendParcel, input: { to, files } }))
    .id;
/** Adds a step to it. */
export const step = (mine: Station, id: string, n: number, to?: string) =>
  perform({
    node: mine.node,
    actor: mine.at.officer("investigator"),
    act: stepParcel,
    id,
    input: { step: n, ...(to ? { to } : {}) },
  });
/** Puts bytes into a node's vault as an item's, and describes them as a message attaches them. */
export async function fileOf({ node }: Station, bytes: Buffer, name = "exhibit.bin"): Promise<AttachedFile> {
  const { vault } = node.services;
  const stored = await storeBlob(node.db, vault, Readable.from([bytes]), {
    kind: "test",
    bytesMax: bytes.length,
    now: node.clock(),
  });
  if (!stored) throw new Error("the vault did not take it");
  const item = randomUUID();
  await node.db.transaction().execute((tx) => shareBlob(tx, vault, stored.holder, `item:${item}`));
  return { digest: stored.digest, size: bytes.length, name, media: "application/octet-stream", item };
}
/** What a node holds under a name of its vault. */
export async function bytesOf({ node }: Station, holder: string): Promise<Buffer> {
  const held = await heldBlob(node.db, node.services.vault, holder);
  return held ? Buffer.concat(await Readable.from(held.read()).toArray()) : Buffer.alloc(0);
}
