import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

interface Key {
  readonly versions: Map<number, Buffer>;
  latest: number;
  lowestDecryption: number;
  lowestEncryption: number;
  lowestThere: number;
}

/** A service that speaks as much of Vault's transit interface as its documentation says of what is used. @source Vault HTTP API, transit secrets engine */
export interface TransitServer {
  readonly url: string;
  readonly token: string;
  /** Calls so far, by their last words: `encrypt`, `rewrap`. */
  readonly calls: Map<string, number>;
  /** Until it is taken back, every call is answered so: a status, or never. */
  fault: number | "silent" | undefined;
  readonly close: () => Promise<void>;
}

const NONCE = 12;
const TAG = 16;
class Refused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
const bad = (message: string) => new Refused(400, message);

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
}

function derived(key: Key, version: number, context: unknown): Buffer {
  if (typeof context !== "string" || context === "") throw bad("missing 'context' for key derivation");
  const material = key.versions.get(version);
  if (!material) throw bad("no such key version");
  return Buffer.from(hkdfSync("sha256", material, "", Buffer.from(context, "base64"), 32));
}

function encrypt(key: Key, plain: Buffer, { context, key_version: wanted }: Record<string, unknown>): string {
  const version = typeof wanted === "number" && wanted > 0 ? wanted : key.latest;
  if (version > key.latest) throw bad("requested version for encryption is higher than the latest key version");
  if (version < key.lowestEncryption)
    throw bad("requested version for encryption is less than the minimum encryption key version");
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv("aes-256-gcm", derived(key, version, context), nonce);
  return `vault:v${version}:${Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString("base64")}`;
}

function decrypt(key: Key, { ciphertext, context }: Record<string, unknown>): Buffer {
  const [, version = "", text = ""] = /^vault:v(\d+):(.+)$/.exec(String(ciphertext)) ?? [];
  if (version === "") throw bad("invalid ciphertext: no prefix");
  if (Number(version) < key.lowestDecryption)
    throw bad("ciphertext or signature version is disallowed by policy (too old)");
  const sealed = Buffer.from(text, "base64");
  const decipher = createDecipheriv("aes-256-gcm", derived(key, Number(version), context), sealed.subarray(0, NONCE));
  decipher.setAuthTag(sealed.subarray(-TAG));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(NONCE, -TAG)), decipher.final()]);
  } catch {
    throw bad("cipher: message authentication failed");
  }
}

function configure(key: Key, body: Record<string, unknown>): void {
  const decryption = Number(body["min_decryption_version"] ?? key.lowestDecryption);
  const encryption = Number(body["min_encryption_version"] ?? key.lowestEncryption);
  if (decryption > key.latest)
    throw bad(`cannot set min decryption version of ${decryption}, latest key version is ${key.latest}`);
  if (encryption !== 0 && encryption < decryption)
    throw bad("cannot set min encryption version below min decryption version");
  key.lowestDecryption = decryption;
  key.lowestEncryption = encryption;
}

function trim(key: Key, { min_available_version: lowest }: Record<string, unknown>): void {
  if (typeof lowest !== "number") throw bad("missing min_available_version");
  if (key.lowestEncryption === 0 || key.lowestDecryption === 0)
    throw bad("minimum available version cannot be set when minimum encryption or decryption version is not set");
  if (lowest > key.lowestDecryption || lowest > key.lowestEncryption)
    throw bad("minimum available version cannot be higher than minimum decryption or encryption version");
  for (const version of [...key.versions.keys()]) if (version < lowest) key.versions.delete(version);
  key.lowestThere = lowest;
}

/** Starts one on a port of the loopback address. */
export async function startTransit(): Promise<TransitServer> {
  const token = `hvs.${randomBytes(18).toString("base64url")}`;
  const keys = new Map<string, Key>();
  const calls = new Map<string, number>();
  const at: { fault: TransitServer["fault"] } = { fault: undefined };
  const answer = (request: IncomingMessage, body: Record<string, unknown>): unknown => {
    if (request.headers["x-vault-token"] !== token) throw new Refused(403, "permission denied");
    const [, v1, mount, what = "", name = "", then = ""] = (request.url ?? "").split("/");
    if (v1 !== "v1" || mount !== "transit") throw new Refused(404, "no handler for route");
    const call = then || what;
    calls.set(call, (calls.get(call) ?? 0) + 1);
    const key = keys.get(name);
    if (what === "keys" && then === "" && request.method === "POST") {
      if (body["derived"] !== true || body["type"] !== "aes256-gcm96") throw bad("this test wants a derived key");
      if (!key)
        keys.set(name, {
          versions: new Map([[1, randomBytes(32)]]),
          latest: 1,
          lowestDecryption: 1,
          lowestEncryption: 0,
          lowestThere: 0,
        });
      return undefined;
    }
    if (!key) throw request.method === "GET" ? new Refused(404, "") : bad("encryption key not found");
    if (what === "keys" && request.method === "GET")
      return {
        data: {
          name,
          type: "aes256-gcm96",
          derived: true,
          latest_version: key.latest,
          min_decryption_version: key.lowestDecryption,
          min_encryption_version: key.lowestEncryption,
          min_available_version: key.lowestThere,
        },
      };
    if (what === "keys" && then === "rotate") {
      key.latest += 1;
      key.versions.set(key.latest, randomBytes(32));
      return undefined;
    }
    if (what === "keys" && then === "config") return configure(key, body);
    if (what === "keys" && then === "trim") return trim(key, body);
    if (what === "encrypt")
      return { data: { ciphertext: encrypt(key, Buffer.from(String(body["plaintext"]), "base64"), body) } };
    if (what === "decrypt") return { data: { plaintext: decrypt(key, body).toString("base64") } };
    if (what === "rewrap") return { data: { ciphertext: encrypt(key, decrypt(key, body), body) } };
    throw new Refused(404, "unsupported path");
  };
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      if (at.fault === "silent") return;
      let status = 200;
      let given: unknown;
      try {
        if (typeof at.fault === "number") throw new Refused(at.fault, "Vault is sealed");
        given = answer(request, body);
        if (given === undefined) status = 204;
      } catch (error) {
        status = error instanceof Refused ? error.status : 500;
        const message = (error as Error).message;
        given = { errors: message === "" ? [] : [message] };
      }
      response
        .writeHead(status, { "content-type": "application/json" })
        .end(given === undefined ? "" : JSON.stringify(given));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
    calls,
    get fault() {
      return at.fault;
    },
    set fault(fault) {
      at.fault = fault;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
