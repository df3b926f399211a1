import { spawn } from "node:child_process";
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FastifyInstance } from "fastify";
import { makeServer } from "../kernel/server.ts";
import { openVault, type Vault } from "../trust/vault.ts";
import { takeUpload } from "../trust/vault-upload-rows.ts";
import { openUploads } from "../trust/vault-uploads.ts";
import { bytesOf } from "../trust/vault-read.ts";
import { removeGarbage } from "../trust/vault-blobs.ts";
import { type TestNode, testNode } from "../../test/node.ts";
import { thorough } from "../../test/thorough.ts";
import { cases } from "../cases/slice.ts";
import { evidence } from "./slice.ts";
import type { Officer } from "../kernel/actor.ts";

let at: TestNode;
let vault: Vault;
let server: FastifyInstance;
let base: string;
let officer: Officer;
const of = (algorithm: string, bytes: Uint8Array) => createHash(algorithm).update(bytes).digest("hex");
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

beforeAll(async () => {
  at = await testNode([
    cases,
    { ...evidence, authenticate: async ({ request }) => (request.headers.authorization ? officer : undefined) },
  ]);
  vault = openVault(join(at.node.config.folder, "vault"), at.node.services.keys);
  Object.assign(at.node.services, { vault });
  officer = at.officer("investigator");
  const tools = { asset: () => "", actForm: () => "", problem: () => "" };
  server = await makeServer({ node: at.node, role: "desk", chrome: tools });
  base = await server.listen({ host: "127.0.0.1", port: 0 });
});
afterAll(async () => {
  await server.close();
  await vault.close();
  await at.close();
});

const tus = { "tus-resumable": "1.0.0", authorization: "Bearer test" };
const call = (path: string, method: string, headers: Record<string, string> = {}, body?: Buffer) =>
  fetch(`${base}${path}`, { method, headers: { ...tus, ...headers }, ...(body ? { body: new Uint8Array(body) } : {}) });
const bringing = { "content-type": "application/offset+octet-stream" };
async function create(bytes: number, headers: Record<string, string> = {}): Promise<string> {
  const answer = await call("/api/v1/uploads", "POST", {
    "upload-length": `${bytes}`,
    "upload-metadata": `filename ${Buffer.from("a b.bin").toString("base64")}`,
    ...headers,
  });
  expect(answer.status).toBe(201);
  return answer.headers.get("location") ?? "";
}
const patch = (path: string, offset: number, body: Buffer, headers: Record<string, string> = {}) =>
  call(path, "PATCH", { ...bringing, "upload-offset": `${offset}`, ...headers }, body);

describe("tus 1.0.0", () => {
  test("OPTIONS tells the limits before they are hit", async () => {
    const answer = await call("/api/v1/uploads", "OPTIONS");
    expect(answer.status).toBe(204);
    expect(answer.headers.get("tus-extension")).toContain("checksum,expiration,termination,concatenation");
    expect(answer.headers.get("tus-checksum-algorithm")).toBe("sha256,sha1,md5");
    expect(Number(answer.headers.get("tus-max-size"))).toBeGreaterThan(1e9);
  });

  test("bytes brought in three calls are whole, and have the right digest", async () => {
    const bytes = randomBytes(3_000_001);
    const path = await create(bytes.length);
    for (const [from, to] of [
      [0, 5],
      [5, 1_200_000],
      [1_200_000, bytes.length],
    ] as const) {
      const answer = await patch(path, from, bytes.subarray(from, to));
      expect([answer.status, answer.headers.get("upload-offset")]).toEqual([204, `${to}`]);
      expect(answer.headers.get("upload-expires")).toMatch(/GMT$/);
    }
    const head = await call(path, "HEAD");
    expect([
      head.headers.get("upload-offset"),
      head.headers.get("upload-length"),
      head.headers.get("upload-sha256"),
      head.headers.get("upload-sha1"),
      head.headers.get("upload-md5"),
    ]).toEqual([`${bytes.length}`, `${bytes.length}`, sha256(bytes), of("sha1", bytes), of("md5", bytes)]);
  });

  test("parts sent side by side are put together: no byte is lost, and the digests are those of the whole", async () => {
    const bytes = randomBytes(2_500_000);
    const cuts = [0, 700_000, 700_001, 2_000_000, bytes.length];
    const pieces = cuts.slice(1).map((to, index) => bytes.subarray(cuts[index], to));
    const parts = await Promise.all(
      pieces.map(async (piece) => {
        const path = await create(piece.length, { "upload-concat": "partial" });
        expect((await patch(path, 0, piece)).status).toBe(204);
        const head = await call(path, "HEAD");
        expect(["upload-concat", "upload-offset", "upload-sha256"].map((name) => head.headers.get(name))).toEqual([
          "partial",
          `${piece.length}`,
          null,
        ]);
        return path;
      }),
    );
    const concat = `final;${parts.join(" ")}`;
    const key = { "idempotency-key": randomUUID() };
    const named = { "upload-metadata": `filename ${Buffer.from("whole.dd").toString("base64")}` };
    const made = await call("/api/v1/uploads", "POST", { "upload-concat": concat, ...named, ...key });
    expect(made.status).toBe(201);
    const path = made.headers.get("location") ?? "";
    // The answer may be lost: the same call again gives the same upload, although the parts are gone.
    const again = await call("/api/v1/uploads", "POST", { "upload-concat": concat, ...named, ...key });
    expect([again.status, again.headers.get("location")]).toEqual([201, path]);
    expect((await call(parts[0] ?? "", "HEAD")).status).toBe(404);
    expect((await patch(path, bytes.length, Buffer.from("x"))).status).toBe(403);
    await expect.poll(async () => (await call(path, "HEAD")).headers.get("upload-sha256")).toBe(sha256(bytes));
    const head = await call(path, "HEAD");
    expect(
      ["upload-concat", "upload-offset", "upload-length", "upload-md5", "upload-sha1", "upload-hashed"].map((name) =>
        head.headers.get(name),
      ),
    ).toEqual([concat, `${bytes.length}`, `${bytes.length}`, of("md5", bytes), of("sha1", bytes), null]);
    const taken = await at.node.db
      .transaction()
      .execute((tx) => takeUpload(tx, vault, path.split("/").at(-1) ?? "", officer.account));
    const read: Buffer[] = [];
    if (taken) for await (const piece of vault.read(taken.dataKey, taken.parts)) read.push(piece);
    expect(Buffer.concat(read).equals(bytes)).toBe(true);
  });

  test("what cannot be put together is refused, and its parts stay", async () => {
    const partial = { "upload-concat": "partial" };
    const half = await create(10, partial);
    await patch(half, 0, Buffer.from("01234"));
    const whole = await create(5, partial);
    await patch(whole, 0, Buffer.from("56789"));
    const plain = await create(3);
    await patch(plain, 0, Buffer.from("abc"));
    const join = async (text: string, more: Record<string, string> = {}) =>
      (await call("/api/v1/uploads", "POST", { "upload-concat": text, ...more })).status;
    expect(await join(`final;${half} ${whole}`)).toBe(400);
    expect(await join(`final;${whole} ${whole}`)).toBe(400);
    expect(await join(`final;${whole} ${plain}`)).toBe(400);
    expect(await join(`final;${whole} /api/v1/uploads/${randomUUID()}`)).toBe(400);
    expect(await join(`final;${whole}`, { "upload-length": "5" })).toBe(400);
    for (const text of ["final;", "final", "whole", "final;/elsewhere/1", `final;${whole},${half}`])
      expect(await join(text)).toBe(400);
    const other = { ...officer, account: randomUUID() };
    const mine = officer;
    officer = other;
    expect(await join(`final;${whole}`)).toBe(400);
    officer = mine;
    expect((await patch(half, 5, Buffer.from("01234"))).status).toBe(204);
    expect(await join(`final;${base}${half} ${whole}`)).toBe(201);
    // A part alone is no file: nothing is made out of it.
    const alone = await create(3, partial);
    await patch(alone, 0, Buffer.from("abc"));
    const id = alone.split("/").at(-1) ?? "";
    expect(await at.node.db.transaction().execute((tx) => takeUpload(tx, vault, id, officer.account))).toBeUndefined();
  });

  test("a node that dies after the last byte leaves no upload without digests", async () => {
    const bytes = randomBytes(1_500_000);
    const path = await create(bytes.length);
    await patch(path, 0, bytes);
    const id = path.split("/").at(-1) ?? "";
    // As a crash leaves it: every byte durable, nobody hashing, nothing hashed.
    const left = { digests: null, alive_at: at.node.clock().subtract({ minutes: 1 }) };
    await at.node.db.updateTable("upload").set(left).where("id", "=", id).execute();
    const uploads = openUploads(at.node.db, vault);
    expect((await call(path, "HEAD")).headers.get("upload-hashed")).toBe("0");
    await uploads.finishAll();
    await expect.poll(async () => (await call(path, "HEAD")).headers.get("upload-md5")).toBe(of("md5", bytes));
    expect((await call(path, "HEAD")).headers.get("upload-sha256")).toBe(sha256(bytes));
  });

  test("with the creation, and with the same key once more, there is one upload", async () => {
    const bytes = randomBytes(40_000);
    const headers = { "upload-length": "40000", "idempotency-key": randomUUID() };
    const first = await call("/api/v1/uploads", "POST", headers);
    const second = await call("/api/v1/uploads", "POST", headers);
    expect(second.headers.get("location")).toBe(first.headers.get("location"));
    const whole = await call("/api/v1/uploads", "POST", { "upload-length": "40000", ...bringing }, bytes);
    expect([whole.status, whole.headers.get("upload-offset")]).toEqual([201, "40000"]);
  });

  test("a client that has POST alone names the method beside it", async () => {
    const path = await create(5);
    const by = (method: string, headers: Record<string, string> = {}, body?: Buffer) =>
      call(path, "POST", { "x-http-method-override": method, ...headers }, body);
    const brought = await by("PATCH", { ...bringing, "upload-offset": "0" }, Buffer.from("abcde"));
    expect([brought.status, brought.headers.get("upload-offset")]).toEqual([204, "5"]);
    expect((await by("HEAD")).headers.get("upload-offset")).toBe("5");
    const wrong = await by("PUT");
    expect([wrong.status, ((await wrong.json()) as { type: string }).type]).toEqual([400, "/problems/tus-method"]);
    expect([(await by("DELETE")).status, (await call(path, "HEAD")).status]).toEqual([204, 404]);
  });

  test("a wrong checksum is 460, and nothing of those bytes stays", async () => {
    const bytes = randomBytes(100_000);
    const path = await create(bytes.length);
    const checksum = (of: Buffer, algorithm = "sha256") => ({
      "upload-checksum": `${algorithm} ${createHash(algorithm).update(of).digest("base64")}`,
    });
    expect((await patch(path, 0, bytes, checksum(randomBytes(9)))).status).toBe(460);
    expect((await call(path, "HEAD")).headers.get("upload-offset")).toBe("0");
    expect((await patch(path, 0, bytes.subarray(0, 50_000), checksum(bytes.subarray(0, 50_000), "sha1"))).status).toBe(
      204,
    );
    expect((await patch(path, 50_000, randomBytes(50_000), checksum(bytes.subarray(50_000)))).status).toBe(460);
    expect((await patch(path, 50_000, bytes.subarray(50_000), checksum(bytes.subarray(50_000)))).status).toBe(204);
    expect((await call(path, "HEAD")).headers.get("upload-sha256")).toBe(sha256(bytes));
    const hello = Buffer.from("hello");
    expect((await patch(await create(5), 0, hello, { "upload-checksum": "md5 x" })).status).toBe(400);
    expect((await patch(await create(5), 0, hello, { "upload-checksum": "crc32 AAAAAA==" })).status).toBe(400);
    expect((await patch(await create(5), 0, hello, checksum(Buffer.from("hallo"), "md5"))).status).toBe(460);
    expect((await patch(await create(5), 0, hello, checksum(hello, "md5"))).status).toBe(204);
  });

  test.each([
    [
      "another version: 412",
      async () =>
        fetch(`${base}/api/v1/uploads`, {
          method: "POST",
          headers: { ...tus, "tus-resumable": "0.2.2", "upload-length": "1" },
        }),
      412,
    ],
    ["no length: 400", async () => call("/api/v1/uploads", "POST"), 400],
    ["too large: 413", async () => call("/api/v1/uploads", "POST", { "upload-length": "9007199254740991" }), 413],
    [
      "metadata of another form: 400",
      async () => call("/api/v1/uploads", "POST", { "upload-length": "1", "upload-metadata": "filename ???" }),
      400,
    ],
    [
      "another content type: 415",
      async () =>
        call(await create(1), "PATCH", { "upload-offset": "0", "content-type": "text/plain" }, Buffer.from("x")),
      415,
    ],
    ["another offset: 409", async () => patch(await create(3), 1, Buffer.from("x")), 409],
    ["more than was said: 413", async () => patch(await create(3), 0, Buffer.from("four")), 413],
    ["unknown: 404", async () => patch(`/api/v1/uploads/${randomUUID()}`, 0, Buffer.from("x")), 404],
    ["no id at all: 404", async () => call("/api/v1/uploads/nonsense", "HEAD"), 404],
    [
      "nobody signed in: 401",
      async () =>
        fetch(`${base}/api/v1/uploads`, {
          method: "POST",
          headers: { "tus-resumable": "1.0.0", "upload-length": "1" },
        }),
      401,
    ],
  ])("%s", async (_, ask, status) => {
    expect((await ask()).status).toBe(status);
  });

  test("ended uploads are gone, and so are expired ones and their objects", async () => {
    const path = await create(10);
    await patch(path, 0, Buffer.from("01234"));
    expect((await call(path, "DELETE")).status).toBe(204);
    expect((await call(path, "HEAD")).status).toBe(404);
    const now = at.node.clock();
    const left = await create(10);
    await patch(left, 0, Buffer.from("01234"));
    await openUploads(at.node.db, vault).expire(now.add({ hours: 48 }));
    expect((await call(left, "HEAD")).status).toBe(404);
    expect(await removeGarbage(at.node.db, vault)).toBeGreaterThan(1);
    expect(await removeGarbage(at.node.db, vault)).toBe(0);
  });

  test("a connection that breaks in mid upload keeps what came", async () => {
    const bytes = randomBytes(4_000_000);
    const path = await create(bytes.length);
    const abort = new AbortController();
    const half = new ReadableStream({
      async pull(controller) {
        controller.enqueue(new Uint8Array(bytes.subarray(0, 2_500_000)));
        await new Promise((resolve) => setTimeout(resolve, 400));
        abort.abort();
      },
    });
    const init = {
      method: "PATCH",
      headers: { ...tus, ...bringing, "upload-offset": "0" },
      body: half,
      duplex: "half",
      signal: abort.signal,
    };
    await expect(fetch(`${base}${path}`, init)).rejects.toThrow();
    await expect.poll(async () => (await call(path, "HEAD")).headers.get("upload-offset")).toBe("2500000");
    expect((await patch(path, 2_500_000, bytes.subarray(2_500_000))).status).toBe(204);
    expect((await call(path, "HEAD")).headers.get("upload-sha256")).toBe(sha256(bytes));
  });
});

test.each(["multipart/form-data", "multipart/form-data; boundary=x", "text/plain"])(
  "a plain form that is none (%s) is refused in words",
  async (type) => {
    const answer = await fetch(`${base}/files?to=/items`, {
      method: "POST",
      headers: { authorization: "Bearer test", "content-type": type },
      body: "--x\r\nnonsense",
    });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
  },
);

describe("a crash", () => {
  const PIECE = 65_536;
  const pieceOf = (seed: string, n: number) =>
    Buffer.alloc(PIECE, createHash("sha256").update(`${seed} ${n}`).digest());
  const find = (id: string) => openUploads(at.node.db, vault).find(id, officer.account, at.node.clock());

  /** Starts a process that goes on with the upload, and kills it so long after it began, or once something is durable. Gives what it had acknowledged. */
  async function killed(
    id: string,
    seed: string,
    afterMs: number | "durable",
  ): Promise<{ offset: number; isDone: boolean }> {
    const { services, config } = at.node;
    const fixture = new URL("../trust/vault-uploads.fixture.ts", import.meta.url).pathname;
    const { vault: vaultKey, address } = services.keys;
    const parameters = [
      config.database,
      join(config.folder, "vault"),
      vaultKey.toString("hex"),
      address.toString("hex"),
      id,
      officer.account,
      seed,
    ];
    const child = spawn(process.execPath, [fixture, ...parameters], { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    const begun = new Promise<void>((resolve) =>
      child.stdout.on("data", (words: Buffer) => {
        said += words.toString();
        if (said.includes("begins")) resolve();
      }),
    );
    const ended = new Promise((resolve) => child.once("exit", resolve));
    await Promise.race([begun, ended]);
    const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    await sleep(afterMs === "durable" ? 0 : afterMs);
    while (afterMs === "durable" && child.exitCode === null && ((await find(id))?.offset ?? 0) === 0) await sleep(20);
    const offset = (await find(id))?.offset ?? 0;
    const isDone = said.includes("appended");
    child.kill("SIGKILL");
    await ended;
    return { offset, isDone };
  }

  const UPLOADS = thorough(1, 35);
  const KILLS = 2;
  test(
    `kill -9 at ${UPLOADS * KILLS} random moments of uploads: nothing acknowledged is lost, and the rest makes the right digests`,
    async () => {
      const moments: string[] = [];
      for (let round = 0; round < UPLOADS; round += 1) {
        const bytes = (round === 0 ? 900 : 1 + Math.floor(Math.random() * 900)) * PIECE;
        const seed = randomUUID();
        const uploads = openUploads(at.node.db, vault);
        const media = "application/octet-stream";
        const now = at.node.clock();
        const { id } = await uploads.create({ owner: officer.account, bytes, name: "image.dd", media, now });
        for (let kill = 0; kill < KILLS; kill += 1) {
          const afterMs = round === 0 && kill === 0 ? "durable" : Math.random() * 3_000;
          const before = await killed(id, seed, afterMs);
          const after = await find(id);
          moments.push(`${before.offset}/${after?.offset}/${bytes}${before.isDone ? " done" : ""}`);
          expect(after?.offset, seed).toBeGreaterThanOrEqual(before.offset);
          expect((after?.offset ?? 1) % PIECE, seed).toBe(0);
          if (afterMs === "durable") expect(after?.offset).toBeGreaterThan(0);
          // No half item: what is not whole cannot be taken out.
          if (before.isDone) expect(after?.digest, seed).not.toBeNull();
          if (after?.digest === null) {
            const half = at.node.db.transaction().execute((tx) => takeUpload(tx, vault, id, officer.account));
            expect(await half, seed).toBeUndefined();
          }
        }
        const offset = (await find(id))?.offset ?? 0;
        const whole = { md5: createHash("md5"), sha1: createHash("sha1"), sha256: createHash("sha256") };
        for (let n = 0; n < bytes / PIECE; n += 1)
          for (const hash of Object.values(whole)) hash.update(pieceOf(seed, n));
        const [md5, sha1, digest] = [whole.md5.digest("hex"), whole.sha1.digest("hex"), whole.sha256.digest("hex")];
        async function* rest() {
          for (let n = offset / PIECE; n < bytes / PIECE; n += 1) yield pieceOf(seed, n);
        }
        if ((await find(id))?.digest === null) {
          const call = { id, owner: officer.account, offset, source: rest(), cancel: () => undefined };
          expect(await uploads.append(call, at.node.clock()), seed).toMatchObject({ outcome: "appended" });
        }
        expect(await find(id), seed).toMatchObject({ offset: bytes, digest, md5, sha1 });
        // And what is read back is what was sent.
        const taken = await at.node.db.transaction().execute((tx) => takeUpload(tx, vault, id, officer.account));
        expect(taken && bytesOf(taken.parts), seed).toBe(bytes);
        const hashing = taken && (await vault.hashing(["sha256", "md5"], taken));
        expect(await hashing?.digest(), seed).toEqual({ sha256: digest, md5 });
      }
      process.stdout.write(`acknowledged/found/whole: ${moments.join(", ")}\n`);
    },
    thorough(120_000, 1_800_000),
  );
});
