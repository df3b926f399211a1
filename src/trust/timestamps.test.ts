import { execFileSync, spawnSync } from "node:child_process";
import { createHash, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestNode, testNode } from "../../test/node.ts";
import { chrome } from "../chrome.ts";
import { system } from "../kernel/actor.ts";
import { journal } from "../kernel/journal.ts";
import { makeServer } from "../kernel/server.ts";
import { makeCertificate } from "./certificate.ts";
import { sequenceNext } from "./ledger-guard.ts";
import { ledger } from "./ledger-slice.ts";
import { latestCheckpoint } from "./ledger.ts";
import { signersOf } from "./signers.ts";
import { builtInAuthority } from "./timestamp.ts";
import { chainOf, timestampsJob } from "./timestamps.ts";
import { type ChainLink, followChain, readTimestamp, renewedLeaf } from "./verify-timestamp.ts";
import { rootOf } from "./verify-tlog.ts";

const hasOpenssl = spawnSync("openssl", ["ts", "-help"]).status === 0;
const sha256 = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();

describe("a chain of tokens", () => {
  const stamped = Buffer.from("a checkpoint");
  const day = (text: string) => Temporal.Instant.from(`${text}T00:00:00Z`);
  /** An authority whose certificate holds from the one day to the other, and stamps on a third. */
  const authority = (from: string, until: string, at: string) => {
    const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
    const facts = {
      commonName: "T",
      organization: "T",
      from: day(from),
      until: day(until),
      use: "time-stamping",
    } as const;
    return builtInAuthority({ key, certificate: makeCertificate(facts, key) }, () => day(at));
  };
  const first = async (): Promise<ChainLink> => ({
    token: await authority("2026-01-01", "2028-01-01", "2026-06-01").stamp(sha256(stamped)),
    renewal: null,
  });
  /** Renews the chain together with two others. */
  async function renewed(chain: readonly ChainLink[], by: ReturnType<typeof authority>): Promise<ChainLink> {
    const leaf = renewedLeaf(
      stamped,
      chain.map(({ token }) => token),
    );
    const [one, two] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
    const root = rootOf([one, leaf, two]);
    return { token: await by.stamp(sha256(root)), renewal: { root, index: 1, size: 3, hashes: [one, two] } };
  }

  test("holds until the last one's certificate ends, when each came in time", async () => {
    const chain = [await first()];
    expect(followChain(chain, stamped)).toMatchObject({ at: day("2026-06-01"), until: day("2028-01-01") });
    chain.push(await renewed(chain, authority("2027-01-01", "2031-01-01", "2027-12-31")));
    chain.push(await renewed(chain, authority("2030-01-01", "2040-01-01", "2030-12-31")));
    const followed = followChain(chain, stamped);
    expect(followed).toMatchObject({ at: day("2026-06-01"), until: day("2040-01-01"), isBuiltIn: true });
    expect("authorities" in followed && followed.authorities).toHaveLength(3);
    expect(followChain(chain, Buffer.from("other bytes"))).toEqual({ fault: "other-bytes", step: 1 });
  });

  test("is broken by a renewal that came too late, over another token, out of its place, or missing", async () => {
    const chain = [await first()];
    const late = await renewed(chain, authority("2027-01-01", "2031-01-01", "2028-01-02"));
    expect(followChain([...chain, late], stamped)).toEqual({ fault: "late", step: 2 });
    const good = await renewed(chain, authority("2027-01-01", "2031-01-01", "2027-12-31"));
    const other = { ...(await first()), renewal: null };
    expect(followChain([other, good], stamped)).toEqual({ fault: "not-renewed", step: 2 });
    expect(followChain([good], stamped)).toEqual({ fault: "not-renewed", step: 1 });
    expect(followChain([...chain, ...chain], stamped)).toEqual({ fault: "not-renewed", step: 2 });
    expect(followChain([], stamped)).toEqual({ fault: "none", step: 0 });
    const moved = { ...good, renewal: good.renewal && { ...good.renewal, index: 0 } };
    expect(followChain([...chain, moved], stamped)).toEqual({ fault: "not-renewed", step: 2 });
  });
});

describe.skipIf(!hasOpenssl)("an authority of others, behind a URL", () => {
  let at: TestNode;
  let now = Temporal.Now.instant();
  let folder: string;
  /** Which of the two certificates it stamps with; null where it is away. */
  let stampsWith: "short" | "long" | null = "short";
  const openssl = (...words: string[]) => execFileSync("openssl", words, { cwd: folder, stdio: "pipe" });
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(Buffer.from(part));
    if (stampsWith === null) return void response.writeHead(503).end();
    writeFileSync(join(folder, "question.tsq"), Buffer.concat(parts));
    const by = ["-signer", `${stampsWith}.pem`, "-inkey", `${stampsWith}.key`];
    openssl("ts", "-reply", "-config", "tsa.cnf", "-queryfile", "question.tsq", ...by, "-out", "answer.tsr");
    response.end(readFileSync(join(folder, "answer.tsr")));
  });
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "comity-tsa-"));
    for (const [name, days] of [
      ["short", "200"],
      ["long", "3650"],
    ] as const) {
      const use = [
        "-addext",
        "extendedKeyUsage=critical,timeStamping",
        "-addext",
        "keyUsage=critical,digitalSignature",
      ];
      const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", `${name}.key`];
      openssl("req", "-x509", ...key, "-days", days, "-subj", `/O=Authority/CN=${name}`, ...use, "-out", `${name}.pem`);
    }
    const settings =
      "[tsa]\ndefault_tsa=t\n[t]\nserial=serial\ndefault_policy=1.2.3.4.1\ndigests=sha256\nsigner_digest=sha256\naccuracy=secs:1\nordering=yes\ntsa_name=no\ness_cert_id_chain=no\ness_cert_id_alg=sha256\n";
    writeFileSync(join(folder, "tsa.cnf"), settings);
    const both = ["short", "long"].map((name) => readFileSync(join(folder, `${name}.pem`), "utf8")).join("");
    writeFileSync(join(folder, "authorities.pem"), both);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    at = await testNode([ledger], { clock: () => now, config: { log_level: "silent" } });
    Object.assign(at.node.config, {
      tsa_url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      tsa_certificates: join(folder, "authorities.pem"),
    });
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await at.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function grown(): Promise<{ size: number; note: string }> {
    await at.node.db.transaction().execute((tx) =>
      journal(tx, {
        node: "XA",
        now,
        act: "ledger.note",
        subject: { kind: "test", id: "019ab000-0000-7000-8000-000000000001" },
        actor: system("test"),
        basis: [],
        decision: { policies: [], pack: "" },
        change: {},
      }),
    );
    await sequenceNext(at.node);
    const latest = await latestCheckpoint(at.node.db);
    if (!latest) throw new Error("nothing was signed");
    return latest;
  }
  const tokens = async () =>
    (
      await at.node.db
        .selectFrom("ledger_token")
        .select(["size", "step", "is_built_in"])
        .orderBy("size")
        .orderBy("step")
        .execute()
    ).map(({ size, step, is_built_in: own }) => [size, step, own ? "own" : "theirs"]);
  const alarms = async () =>
    (await at.node.db.selectFrom("ledger_alarm").select("kind").where("ended_at", "is", null).execute()).map(
      ({ kind }) => kind,
    );

  test("stamps a checkpoint each hour while the ledger grows; where it is away, the node's own clock does, and people are told", async () => {
    const { size } = await grown();
    await timestampsJob.run(at.node);
    await timestampsJob.run(at.node);
    expect(await tokens()).toEqual([[size, 1, "theirs"]]);
    await grown();
    await timestampsJob.run(at.node);
    expect(await tokens()).toHaveLength(1);
    now = now.add({ minutes: 61 });
    stampsWith = null;
    await timestampsJob.run(at.node);
    expect([await tokens(), await alarms()]).toEqual([
      [
        [size, 1, "theirs"],
        [size + 1, 1, "own"],
      ],
      ["timestamps"],
    ]);
    const token = await signersOf(at.node).authority.stamp(sha256(Buffer.from("a package")));
    expect(readTimestamp(token).isBuiltIn).toBe(true);
    stampsWith = "short";
    await grown();
    await timestampsJob.run(at.node);
    expect((await tokens()).at(-1)).toEqual([size + 2, 1, "theirs"]);
    expect(await alarms()).toEqual([]);
    expect(readTimestamp(await signersOf(at.node).authority.stamp(sha256(Buffer.from("a package")))).isBuiltIn).toBe(
      false,
    );
  });

  test("is asked to renew all that ends within three months, in one question; and people are told where it can't", async () => {
    const { rows: before } = { rows: await tokens() };
    now = now.add({ hours: 24 * 80 });
    await timestampsJob.run(at.node);
    expect(await tokens()).toEqual(before);
    now = now.add({ hours: 24 * 40 });
    // Its certificate is still the old one: a token by it would not hold any longer.
    await timestampsJob.run(at.node);
    expect([await tokens(), await alarms()]).toEqual([before, ["renewal"]]);
    stampsWith = "long";
    now = now.add({ minutes: 61 });
    await timestampsJob.run(at.node);
    const theirs = before.filter(([, , by]) => by === "theirs");
    expect((await tokens()).filter(([, step]) => step === 2).map(([size]) => size)).toEqual(
      theirs.map(([size]) => size),
    );
    expect(await alarms()).toEqual([]);
  });

  test("each token of a chain is what openssl verifies, over what cat and sha256sum give", async () => {
    const [size = 0] = (await tokens()).flatMap(([each, step]) => (step === 2 ? [Number(each)] : []));
    const chain = await chainOf(at.node.db, size);
    const [one, two] = chain;
    const row = await at.node.db
      .selectFrom("ledger_checkpoint")
      .select("note")
      .where("size", "=", size)
      .executeTakeFirstOrThrow();
    writeFileSync(join(folder, "checkpoint"), row.note);
    writeFileSync(join(folder, "1.tst"), one?.token ?? "");
    writeFileSync(join(folder, "2.tst"), two?.token ?? "");
    writeFileSync(join(folder, "root"), two?.renewal?.root ?? "");
    const verify = (token: string, data: string, by: string) =>
      openssl("ts", "-verify", "-token_in", "-in", token, "-data", data, "-CAfile", by).toString();
    expect(verify("1.tst", "checkpoint", "short.pem")).toContain("OK");
    expect(verify("2.tst", "root", "long.pem")).toContain("OK");
    const followed = followChain(chain, Buffer.from(row.note));
    expect("until" in followed && followed.until.since(Temporal.Now.instant()).total("days")).toBeGreaterThan(3_000);
  });

  test("the portal gives the chain to anybody", async () => {
    const app = await makeServer({ node: at.node, role: "portal", chrome });
    try {
      const [size = 0] = (await tokens()).flatMap(([each, step]) => (step === 2 ? [Number(each)] : []));
      const answer = await app.inject({ method: "GET", url: `/ledger/timestamps?size=${size}` });
      expect(answer.json()).toMatchObject({ v: "comity.timestamps/1", links: [{}, { size: 2, index: 0 }] });
      expect((await app.inject({ method: "GET", url: "/ledger/timestamps?size=0" })).statusCode).toBe(404);
    } finally {
      await app.close();
    }
  });
});
