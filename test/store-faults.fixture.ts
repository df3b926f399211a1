import { createCipheriv, createHash } from "node:crypto";
import { writeSync } from "node:fs";
import { argv } from "node:process";
import { Readable } from "node:stream";
import type { Officer } from "../src/kernel/actor.ts";
import type { Config } from "../src/kernel/config.ts";
import type { Policy } from "../src/kernel/policy.ts";
import type { StoreSettings } from "../src/trust/vault-store.ts";

/** What the process is told. */
export interface Told {
  readonly config: Config;
  readonly store: StoreSettings;
  readonly officers: readonly [Officer, Officer];
  readonly seed: string;
  /** Number of the first file; the one whose upload was under way, if there was one. */
  readonly first: number;
  readonly upload?: string | undefined;
  /** Bytes of one file at most. */
  readonly bytesMax: number;
}

/** File number `n` of a seed: the same bytes for whoever asks. */
export function fileOf(seed: string, n: number, bytesMax: number): Buffer {
  const key = createHash("sha256").update(`${seed} ${n}`).digest();
  const bytes = Math.floor(bytesMax / 3) + (key.readUInt32BE(0) % Math.floor((bytesMax * 2) / 3));
  return createCipheriv("aes-256-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(bytes));
}

/** The compiled program: Node runs no JSX. */
const built = (path: string): Promise<unknown> => import(new URL(`../build/${path}.js`, import.meta.url).href);
const EVERYTHING: Policy = {
  pack: "0".repeat(64),
  decide: () => ({ allowed: true, policies: ["test"], pack: "0".repeat(64) }),
  filter: () => {
    throw new Error("nothing is listed here");
  },
  filterParts: () => {
    throw new Error("nothing is listed here");
  },
  possible: () => true,
};

/**
 * A node at work until it is killed: uploads in three calls, exhibits, files from another node, hand-over between two offices and back, the
 * ledger, disposal by two people. Each
 * line that it writes is what somebody was told: it must hold for ever.
 */
async function work(told: Told): Promise<void> {
  const { openNode } = (await built("kernel/open")) as typeof import("../src/kernel/open.ts");
  const { perform } = (await built("kernel/pipeline")) as typeof import("../src/kernel/pipeline.ts");
  const { cases } = (await built("cases/slice")) as typeof import("../src/cases/slice.ts");
  const { evidence } = (await built("evidence/slice")) as typeof import("../src/evidence/slice.ts");
  const { arrive, lodge } = (await built("evidence/acts-acquire")) as typeof import("../src/evidence/acts-acquire.ts");
  const { dispose } = (await built("evidence/acts-keeping")) as typeof import("../src/evidence/acts-keeping.ts");
  const { receive, transfer } = (await built(
    "evidence/acts-transfer",
  )) as typeof import("../src/evidence/acts-transfer.ts");
  const { uploadsOf } = (await built("evidence/tus")) as typeof import("../src/evidence/tus.ts");
  const { openKeyring } = (await built("trust/keys")) as typeof import("../src/trust/keys.ts");
  const { openVault } = (await built("trust/vault")) as typeof import("../src/trust/vault.ts");
  const { removeGarbage, storeBlob } = (await built(
    "trust/vault-blobs",
  )) as typeof import("../src/trust/vault-blobs.ts");
  const { ledger } = (await built("trust/ledger-slice")) as typeof import("../src/trust/ledger-slice.ts");
  const say = (...words: (string | number)[]) => writeSync(1, `${words.join(" ")}\n`);

  const keys = openKeyring(`${told.config.folder}/keys`);
  const vault = openVault(told.store, keys);
  const { node } = openNode({
    config: told.config,
    slices: [cases, evidence],
    locales: "locales",
    policy: () => EVERYTHING,
    services: { secret: keys.answers, keys, vault } as never,
  });
  const [officer, other] = told.officers;
  const uploads = uploadsOf(node);
  const sequencer = ledger.jobs?.find(({ name }) => name === "ledger-sequencer");
  const now = () => Temporal.Now.instant();
  say("ready");
  let under = told.upload;
  for (let n = told.first; ; n += 1) {
    const bytes = fileOf(told.seed, n, told.bytesMax);
    const digest = createHash("sha256").update(bytes).digest("hex");
    const wanted = { owner: officer.account, name: "image.dd", media: "application/octet-stream", bytes: bytes.length };
    const id = under ?? (await uploads.create({ ...wanted, now: now() })).id;
    under = undefined;
    say("upload", n, id);
    for (;;) {
      const offset = (await uploads.find(id, officer.account, now()))?.offset ?? 0;
      say("offset", n, offset);
      if (offset === bytes.length) break;
      const piece = bytes.subarray(offset, offset + Math.ceil(bytes.length / 3));
      const source = Readable.from([piece.subarray(0, 100_000), piece.subarray(100_000)]);
      await uploads.append({ id, owner: officer.account, offset, source, cancel: () => source.destroy() }, now());
    }
    await uploads.finish(id);
    const input = { upload: id, description: "A disk", sha256: digest, acquisition: { method: "physical-image" } };
    const item = (await perform({ node, actor: officer, act: lodge, input })).id;
    say("item", n, item, digest);
    const more = { kind: "pulled", bytesMax: 1e9, sha256: digest, now: now() };
    const pulled = await storeBlob(node.db, vault, Readable.from([bytes]), more);
    const arrival = {
      from: "XB",
      peerItem: item,
      request: null,
      caseId: null,
      office: officer.office.id,
      officeName: officer.office.name,
      name: "image.dd",
      media: "application/octet-stream",
      bytes: bytes.length,
      digest,
      description: "From abroad",
      blob: pulled?.holder ?? "",
      entry: digest,
      actedAt: now().toString(),
    };
    const peer = { kind: "peer", code: "XB", peerKind: "state" } as const;
    const came = (await perform({ node, actor: peer, act: arrive, input: arrival })).id;
    say("item", n, came, digest);
    const seen = { digest_seen: digest.slice(0, 12) };
    for (const [giver, taker] of [
      [officer, other],
      [other, officer],
    ] as const) {
      const offer = { to_office: taker.office.id, reason: "to be looked at" };
      await perform({ node, actor: giver, act: transfer, id: item, input: offer });
      say("offered", item, taker.office.id);
      await perform({ node, actor: taker, act: receive, id: item, input: seen });
      say("received", item, taker.office.id);
    }
    await sequencer?.run(node);
    const { rows } = await node.pool.query<{ size: string }>("select max(leaf) as size from journal");
    say("ledger", rows[0]?.size ?? -1);
    for (const actor of [officer, other])
      await perform({
        node,
        actor,
        act: dispose,
        id: n % 2 === 0 ? item : came,
        input: { reason: "no longer needed" },
      });
    say("disposed", n, n % 2 === 0 ? item : came);
    await removeGarbage(node.db, vault);
  }
}

if (argv[1] === new URL(import.meta.url).pathname) {
  const told = JSON.parse(argv[2] ?? "{}") as Told;
  await work(told);
}
