import { createHash, createPublicKey, randomBytes, randomUUID } from "node:crypto";
import { createReadStream, createWriteStream, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { memoryUsage } from "node:process";
import { join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { FastifyInstance } from "fastify";
import { confirmPeer, proposePeer } from "../src/exchange/acts.ts";
import { fromWeb } from "../src/trust/age.ts";
import { ownEntry, secondSignerOf, signerOf } from "../src/exchange/identity.ts";
import { deliverDue, payloadOf, waitingAfter } from "../src/exchange/messages-outgoing.ts";
import { pullDue } from "../src/exchange/messages-pulling.ts";
import { exchange } from "../src/exchange/slice.ts";
import type { Officer, Role } from "../src/kernel/actor.ts";
import { configSchema, environment } from "../src/kernel/config.ts";
import { sql } from "../src/kernel/database.ts";
import { startWork } from "../src/kernel/jobs.ts";
import { migrate } from "../src/kernel/migrate.ts";
import type { Node, Services } from "../src/kernel/node.ts";
import { openNode } from "../src/kernel/open.ts";
import { perform, performIn } from "../src/kernel/pipeline.ts";
import { type EmbeddedPostgres, ensureDatabase, startPostgres } from "../src/kernel/postgres.ts";
import { makeServer } from "../src/kernel/server.ts";
import { keysOf, telephoneNumber } from "../src/trust/directory.ts";
import {
  openEnvelope,
  type Payload,
  readSigned,
  sealEnvelope,
  secondEnvelope,
  signEnvelope,
  verdictOnEnvelope,
} from "../src/trust/envelope.ts";
import { fingerprint, openKeyring } from "../src/trust/keys.ts";
import { readReceipt, signReceipt } from "../src/trust/receipt.ts";
import { openVault } from "../src/trust/vault.ts";
import { shareBlob, storeBlob } from "../src/trust/vault-blobs.ts";
import {
  parcelPolicy,
  type ParcelRow,
  parcels,
  parcelTable,
  sendParcel,
  stepParcel,
  touchParcel,
} from "../test/parcels.ts";
import { type Measurement, measured, p95 } from "./measurement.ts";

const MESSAGES = 600;
/** Envelopes that wait after a partition; `COMITY_BENCH_BACKLOG`. */
const BACKLOG = Number(environment()["COMITY_BENCH_BACKLOG"] ?? 5_000);
const ROUNDS = 60;
const FILE_BYTES = 64 * 1_048_576;
const CHROME = { asset: (name: string) => name, actForm: () => null, problem: () => null };

interface Side {
  readonly node: Node;
  readonly server: FastifyInstance;
  readonly close: () => Promise<void>;
}
const officer = (role: Role): Officer => ({
  kind: "officer",
  account: randomUUID(),
  name: role,
  role,
  locale: "en",
  via: "token",
  credential: randomUUID(),
  steppedUpAt: null,
  office: { id: randomUUID(), name: role, kind: role === "investigator" ? "police" : "administration", zone: "UTC" },
});
const investigator = officer("investigator");

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function openSide(postgres: EmbeddedPostgres, code: string, root: string): Promise<Side> {
  const name = `bench_${code.toLowerCase()}`;
  await ensureDatabase(postgres, name);
  await migrate(postgres.url(name), "migrations");
  const port = await freePort();
  const folder = join(root, code);
  const config = configSchema.parse({
    code,
    name: `Country ${code}`,
    pack: code,
    pack_unsigned: true,
    database: postgres.url(name),
    folder,
    gateway_url: `http://127.0.0.1:${port}`,
    log_level: "error",
  });
  const keys = openKeyring(join(folder, "keys"));
  const vault = openVault(join(folder, "vault"), keys);
  const services = { secret: keys.answers, keys, vault } as Services;
  const { node, close } = openNode({
    config,
    slices: [exchange, parcels],
    locales: "locales",
    policy: () => parcelPolicy(code),
    services,
  });
  await parcelTable.execute(node.db);
  const server = await makeServer({ node, role: "gateway", chrome: CHROME });
  await server.listen({ host: "127.0.0.1", port });
  return {
    node,
    server,
    close: async () => {
      await server.close();
      await vault.close();
      await close();
    },
  };
}

async function trust(mine: Side, other: Side): Promise<void> {
  const signed = ownEntry(other.node);
  const { id } = await perform({
    node: mine.node,
    actor: officer("administrator"),
    act: proposePeer,
    input: { document: JSON.stringify(signed) },
  });
  await perform({
    node: mine.node,
    actor: officer("central-authority"),
    act: confirmPeer,
    id,
    input: { number: telephoneNumber(signed), channel: "bench" },
  });
}

/** The plainest way to tell another machine something: one POST, one row, one commit; no signature, no seal, no receipt. */
async function plainReceiver(node: Node): Promise<{ post: () => Promise<void>; close: () => Promise<void> }> {
  await sql`create table plain (id uuid primary key, body jsonb not null)`.execute(node.db);
  const server = createServer((request, reply) => {
    void Readable.from(request)
      .toArray()
      .then(async (parts) => {
        await node.pool.query("insert into plain (id, body) values ($1, $2)", [
          randomUUID(),
          Buffer.concat(parts as Buffer[]).toString(),
        ]);
        reply.end("{}");
      });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const body = JSON.stringify({ act: "parcel.step", step: 1, record: "x".repeat(900) });
  return {
    post: async () => void (await (await fetch(url, { method: "POST", body })).text()),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const parcelAt = async ({ node }: Side, id: string) =>
  (await sql<ParcelRow>`select * from parcel where id = ${id}`.execute(node.db)).rows[0];
const send = async ({ node }: Side, input: object) =>
  (await perform({ node, actor: investigator, act: sendParcel, input: { to: "XB", ...input } })).id;
const step = ({ node }: Side, id: string, n: number) =>
  perform({ node, actor: investigator, act: stepParcel, id, input: { step: n } });

/** What no exchange can do without: both signatures, the seal, the receipt, each made and checked, and four commits, one after the other. */
async function bareMessage(aruna: Side, belmora: Side): Promise<() => Promise<void>> {
  for (const { node } of [aruna, belmora])
    await sql`create table if not exists bare (id uuid primary key, body jsonb not null)`.execute(node.db);
  const { keys } = aruna.node.services;
  const theirs = belmora.node.services.keys;
  const payload = await payloadWaiting(aruna);
  const receiver = { key: createPublicKey(theirs.encryption), kid: fingerprint(theirs.encryption) };
  const own = [{ key: theirs.encryption, kid: receiver.kid }];
  const known = keysOf(ownEntry(aruna.node));
  const knownThere = keysOf(ownEntry(belmora.node));
  const [signer, second, receipter] = [signerOf(aruna.node), secondSignerOf(aruna.node), signerOf(belmora.node)];
  const commit = ({ node }: Side) =>
    node.pool.query("insert into bare (id, body) values ($1, $2)", [randomUUID(), JSON.stringify(payload)]);
  return async () => {
    const at = aruna.node.clock();
    const signed = signEnvelope(payload, keys.signing, { kid: signer.kid, at });
    const sealed = await sealEnvelope(await secondEnvelope(signed, second.key, { kid: second.kid, at }), receiver);
    await commit(aruna);
    const opened = await openEnvelope(sealed, own);
    const read = "signed" in opened ? readSigned(opened.signed) : opened;
    if ("problem" in read || "problem" in verdictOnEnvelope(read, known, at)) throw new Error("it does not hold");
    await commit(belmora);
    const { id, from, seq } = payload;
    const receipt = signReceipt(
      { v: "comity.receipt/1", by: "XB", from, id, digest: read.digest, seq, received: payload.at, checkpoint: null },
      receipter.key,
      { kid: receipter.kid, at },
    );
    await commit(belmora);
    if ("problem" in readReceipt(receipt, knownThere, at).verdict) throw new Error("the receipt does not hold");
    await commit(aruna);
  };
}

/** The content of a message as the exchange itself makes it. */
async function payloadWaiting(aruna: Side): Promise<Payload> {
  const id = await send(aruna, {});
  await step(aruna, id, 1);
  const [row] = (await waitingAfter(aruna.node, "XB", 0, 2)).slice(-1);
  if (!row) throw new Error("nothing waits");
  const payload = payloadOf(aruna.node, row);
  await deliverDue(aruna.node);
  return payload;
}

const perSecond = async (count: number, work: () => Promise<unknown>): Promise<number> => {
  const from = performance.now();
  await work();
  return (count * 1_000) / (performance.now() - from);
};
const times = async (count: number, work: (n: number) => Promise<unknown>): Promise<void> => {
  for (let n = 0; n < count; n += 1) await work(n);
};
/** Delivers until nothing waits: a run of the worker ends by itself after a while. */
async function drain({ node }: Side): Promise<void> {
  while ((await waitingAfter(node, "XB", 0, 1)).length > 0) await deliverDue(node);
}

async function throughput(aruna: Side, belmora: Side): Promise<Measurement[]> {
  const bare = await bareMessage(aruna, belmora);
  await times(30, bare);
  const id = await send(aruna, {});
  await times(MESSAGES - 1, (n) => step(aruna, id, n + 1));
  const delivered = await perSecond(MESSAGES, () => drain(aruna));
  const baseline = {
    name: "its bare cryptography and four commits",
    value: await perSecond(MESSAGES / 2, () => times(MESSAGES / 2, bare)),
  };
  const whole = await perSecond(MESSAGES / 2, async () => {
    const other = await send(aruna, {});
    await times(MESSAGES / 2 - 1, (n) => step(aruna, other, n + 1));
    await drain(aruna);
  });
  return [
    measured(
      "exchange.messages-per-second",
      delivered,
      "messages/s, signed, sealed, applied, receipted, one peer in order",
      baseline,
    ),
    measured(
      "exchange.acts-and-messages-per-second",
      whole,
      "messages/s, with the act of each, one after the other",
      baseline,
    ),
  ];
}

/** What waits after a partition goes in order; the rate of a queue of that length against that of a short one. */
async function backlog(aruna: Side, belmora: Side): Promise<Measurement> {
  const id = await send(aruna, {});
  await times(MESSAGES - 1, (n) => step(aruna, id, n + 1));
  const steady = await perSecond(MESSAGES, () => drain(aruna));
  const parcel = await send(aruna, {});
  await drain(aruna);
  await queueSteps(aruna, parcel, BACKLOG);
  const ours = await perSecond(BACKLOG, () => drain(aruna));
  const { rows } = await sql<{
    seq: number;
    problem: unknown;
  }>`select seq, problem from inbox where subject_id = ${parcel} order by seq`.execute(belmora.node.db);
  const inOrder = rows.every(
    ({ seq, problem }, n) => problem === null && (n === 0 || seq === (rows[n - 1]?.seq ?? 0) + 1),
  );
  if (rows.length !== BACKLOG + 1 || !inOrder)
    throw new Error("the backlog did not arrive whole, applied and in order");
  return measured("exchange.backlog", ours, `messages/s, ${BACKLOG} envelopes after a partition, in order`, {
    name: `the same of ${MESSAGES}`,
    value: steady,
  });
}

/** Acts without a commit for each: what is measured is how they go, not how they came. */
async function queueSteps({ node }: Side, id: string, count: number): Promise<void> {
  const atOnce = 500;
  for (let done = 0; done < count; done += atOnce)
    await node.db.transaction().execute(async (tx) => {
      for (let n = 0; n < Math.min(atOnce, count - done); n += 1)
        await performIn(tx, { node, actor: investigator, act: touchParcel, id, input: {}, now: node.clock() });
    });
}

async function latency(aruna: Side, belmora: Side, plain: () => Promise<void>): Promise<Measurement> {
  const work = startWork(aruna.node, aruna.node.config.database, exchange.jobs ?? []);
  try {
    const id = await send(aruna, {});
    while (!(await parcelAt(belmora, id))) await new Promise((resolve) => setTimeout(resolve, 5));
    let n = 0;
    const ours = await p95(async () => {
      n += 1;
      await step(aruna, id, n);
      while (((await parcelAt(belmora, id))?.steps.length ?? 0) < n)
        await new Promise((resolve) => setTimeout(resolve, 2));
    }, ROUNDS);
    return measured("exchange.act-to-other-node", ours, "ms p95, from the act to its effect on the other node", {
      name: "one plain POST and one row",
      value: await p95(plain, ROUNDS),
    });
  } finally {
    await work.stop();
  }
}

async function files(aruna: Side, belmora: Side, root: string): Promise<Measurement> {
  const bytes = randomBytes(FILE_BYTES);
  const { vault } = aruna.node.services;
  const stored = await storeBlob(aruna.node.db, vault, Readable.from([bytes]), {
    kind: "bench",
    bytesMax: FILE_BYTES,
    now: aruna.node.clock(),
  });
  if (!stored) throw new Error("the vault did not take the file");
  const item = randomUUID();
  await aruna.node.db.transaction().execute((tx) => shareBlob(tx, vault, stored.holder, `item:${item}`));
  const id = await send(aruna, {
    files: [{ digest: stored.digest, size: FILE_BYTES, name: "exhibit.bin", media: "application/octet-stream", item }],
  });
  await deliverDue(aruna.node);
  const from = performance.now();
  await pullDue(belmora.node);
  const ours = FILE_BYTES / 1_048_576 / ((performance.now() - from) / 1_000);
  if (!(await parcelAt(belmora, id))) throw new Error("the file did not arrive");
  return measured("exchange.file-pull", ours, "MiB/s, encrypted to the receiver, verified, into its vault", {
    name: "plain GET to a file with SHA-256 and fsync",
    value: await plainFile(bytes, root),
  });
}

async function plainFile(bytes: Buffer, root: string): Promise<number> {
  const [source, target] = [join(root, "plain"), join(root, "copy")];
  writeFileSync(source, bytes);
  const server = createServer((_request, reply) => void createReadStream(source).pipe(reply));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const from = performance.now();
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const hash = createHash("sha256");
  const hashing = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  if (answer.body) await pipeline(fromWeb(answer.body), hashing, createWriteStream(target));
  const file = await open(target, "r+");
  await file.sync();
  await file.close();
  hash.digest();
  const value = bytes.length / 1_048_576 / ((performance.now() - from) / 1_000);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  return value;
}

/** Size of the large file, in GiB; `COMITY_BENCH_FILE_GIB`. */
const LARGE_GIB = Number(environment()["COMITY_BENCH_FILE_GIB"] ?? 2);
const MEMORY_MIB_MAX = 200;
const SAMPLE_MS = 100;

/** A file larger than memory would hold flows from one vault into the other: how much the process grows meanwhile. */
async function large(aruna: Side, belmora: Side): Promise<Measurement[]> {
  const size = LARGE_GIB * 1024 ** 3;
  const block = randomBytes(1_048_576);
  const source = (function* () {
    for (let at = 0; at < size; at += block.length) {
      block.writeDoubleLE(at, 0);
      yield Buffer.from(block);
    }
  })();
  const { vault } = aruna.node.services;
  const kept = { kind: "bench", bytesMax: size, now: aruna.node.clock() };
  const stored = await storeBlob(aruna.node.db, vault, Readable.from(source), kept);
  if (!stored) throw new Error("the vault did not take the file");
  const item = randomUUID();
  await aruna.node.db.transaction().execute((tx) => shareBlob(tx, vault, stored.holder, `item:${item}`));
  const id = await send(aruna, {
    files: [{ digest: stored.digest, size, name: "exhibit.bin", media: "application/octet-stream", item }],
  });
  await deliverDue(aruna.node);
  const before = memoryUsage().rss;
  let most = before;
  const sampling = setInterval(() => {
    most = Math.max(most, memoryUsage().rss);
  }, SAMPLE_MS);
  const from = performance.now();
  await pullDue(belmora.node);
  clearInterval(sampling);
  const seconds = (performance.now() - from) / 1_000;
  if (!(await parcelAt(belmora, id))) throw new Error("the file did not arrive");
  return [
    measured(
      "exchange.large-file-memory",
      (most - before) / 1_048_576,
      `MiB that both nodes grow by while ${LARGE_GIB} GiB flow`,
      {
        name: "limit",
        value: MEMORY_MIB_MAX,
      },
    ),
    measured("exchange.large-file", size / 1_048_576 / seconds, `MiB/s, ${LARGE_GIB} GiB`, { name: "limit", value: 1 }),
  ];
}

/** Two nodes with their own databases (fsync on) over loopback HTTP, each trusting the other. */
async function withTwo(
  work: (aruna: Side, belmora: Side, root: string) => Promise<Measurement[]>,
): Promise<Measurement[]> {
  const root = mkdtempSync(join(tmpdir(), "comity-bench-exchange-"));
  const postgres = await startPostgres(join(root, "postgres"));
  const sides: Side[] = [];
  try {
    const aruna = await openSide(postgres, "XA", root);
    sides.push(aruna);
    const belmora = await openSide(postgres, "XB", root);
    sides.push(belmora);
    await trust(aruna, belmora);
    await trust(belmora, aruna);
    return await work(aruna, belmora, root);
  } finally {
    for (const side of sides) await side.close();
    await postgres.stop();
    rmSync(root, { recursive: true, force: true });
  }
}

/** Messages in order, one act's way, a file. */
export const measureExchange = (): Promise<Measurement[]> =>
  withTwo(async (aruna, belmora, root) => {
    const plain = await plainReceiver(belmora.node);
    try {
      return [
        ...(await throughput(aruna, belmora)),
        await latency(aruna, belmora, plain.post),
        await files(aruna, belmora, root),
      ];
    } finally {
      await plain.close();
    }
  });
/** A backlog after a partition; `COMITY_BENCH_BACKLOG` envelopes. */
export const measureBacklog = (): Promise<Measurement[]> =>
  withTwo(async (aruna, belmora) => [await backlog(aruna, belmora)]);
/** A file of `COMITY_BENCH_FILE_GIB`. */
export const measureLargeFile = (): Promise<Measurement[]> => withTwo((aruna, belmora) => large(aruna, belmora));
