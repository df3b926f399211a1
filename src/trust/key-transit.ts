import { z } from "zod";
import { HolderFault, type KeyHolder } from "./key-holder.ts";

/** How the service is reached. */
export interface TransitSettings {
  /** `https://vault.example.org:8200` */
  readonly url: string;
  readonly mount: string;
  /** Name of the key; its versions are this node's keys. */
  readonly key: string;
  readonly namespace?: string;
  /** Read anew at each call: whoever renews the token writes it into a file. */
  readonly token: () => string;
}

const PATIENCE_MS = 10_000;
const TRIES = 2;

const encrypted = z.object({ data: z.object({ ciphertext: z.string().regex(/^vault:v\d+:[A-Za-z0-9+/=]+$/) }) });
const decrypted = z.object({ data: z.object({ plaintext: z.base64() }) });
const keyState = z.object({
  data: z.object({
    derived: z.boolean().optional(),
    latest_version: z.number().int().positive(),
    min_decryption_version: z.number().int().nonnegative().default(1),
  }),
});
const errors = z.object({ errors: z.array(z.string()).default([]) });

/**
 * Keys in a service that speaks Vault's transit interface (HashiCorp Vault, OpenBao): one key of it, derived, each of its versions a key of ours.
 * The data key goes there and comes back over TLS; moving it from one version to another leaves it there (`rewrap`).
 *
 * @source Vault HTTP API, transit secrets engine
 */
export async function openTransit(settings: TransitSettings): Promise<KeyHolder> {
  const { url, mount, key, namespace, token } = settings;
  const place = `${url.replace(/\/+$/, "")}/v1/${mount.replaceAll(/^\/+|\/+$/g, "")}`;

  async function once(method: "GET" | "POST", path: string, body: object | undefined) {
    const answer = await fetch(`${place}/${path}`, {
      method,
      headers: {
        "x-vault-token": token(),
        "x-vault-request": "true",
        ...(namespace === undefined ? {} : { "x-vault-namespace": namespace }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: "error",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === "" ? {} : (JSON.parse(text) as unknown) };
  }

  /** Asks; what may be asked twice is, where the service did not answer. Its own words are given on, for it never repeats what it was given. */
  async function ask(
    method: "GET" | "POST",
    path: string,
    { body, again = true }: { body?: object; again?: boolean } = {},
  ): Promise<unknown> {
    for (let tries = 1; ; tries += 1) {
      const answer = await once(method, path, body).catch((error: unknown) => {
        if (again && tries < TRIES) return undefined;
        const cause =
          error instanceof Error && error.cause instanceof Error
            ? error.cause.message
            : error instanceof Error
              ? error.name
              : "";
        throw new HolderFault(`${url} (COMITY_TRANSIT_URL) does not answer: ${cause}`);
      });
      if (answer === undefined) continue;
      if (answer.status >= 200 && answer.status < 300) return answer.body;
      if (answer.status >= 500 && again && tries < TRIES) continue;
      const said = errors.safeParse(answer.body).data?.errors.join("; ") ?? "";
      const hint =
        answer.status === 403
          ? "the token (COMITY_TRANSIT_TOKEN_FILE) is not valid any more, or its policy does not allow this"
          : answer.status === 404
            ? `there is no key ${key} at ${mount} (COMITY_TRANSIT_KEY, COMITY_TRANSIT_MOUNT)`
            : said;
      throw new HolderFault(`${url} refused ${path.split("/")[0] ?? ""}, ${answer.status}: ${hint.slice(0, 300)}`);
    }
  }
  const read = <T>(schema: z.ZodType<T>, body: unknown): T => {
    const parsed = schema.safeParse(body);
    if (!parsed.success) throw new HolderFault(`${url} answered something that is not of Vault's transit interface`);
    return parsed.data;
  };
  const contextOf = (context: string): string => Buffer.from(context).toString("base64");
  const versionOf = (name: string): number => {
    if (!/^[1-9]\d{0,8}$/.test(name)) throw new HolderFault(`transit:${name} is no version of a key`);
    return Number(name);
  };
  const isOf = (ciphertext: string, name: string): string => {
    if (!ciphertext.startsWith(`vault:v${versionOf(name)}:`))
      throw new HolderFault(`${url} used another version of the key than the one asked for`);
    return ciphertext;
  };
  const path = encodeURIComponent(key);
  const state = async () => {
    const { data } = read(keyState, await ask("GET", `keys/${path}`));
    if (data.derived === false)
      throw new HolderFault(
        `the key ${key} at ${url} is not derived: make another with derived=true, so that what is wrapped is bound to its place`,
      );
    return data;
  };

  return {
    kind: "transit",
    make: async () => {
      const before = await state().catch((error: unknown) => {
        if (error instanceof HolderFault && error.message.includes(", 404:")) return undefined;
        throw error;
      });
      // Not asked twice: a version that nobody uses would be left behind.
      if (before === undefined)
        await ask("POST", `keys/${path}`, { body: { type: "aes256-gcm96", derived: true }, again: false });
      else await ask("POST", `keys/${path}/rotate`, { body: {}, again: false });
      return `${(await state()).latest_version}`;
    },
    wrap: async (name, dataKey, context) => {
      const body = { plaintext: dataKey.toString("base64"), context: contextOf(context), key_version: versionOf(name) };
      const { data } = read(encrypted, await ask("POST", `encrypt/${path}`, { body }));
      return Buffer.from(isOf(data.ciphertext, name), "latin1");
    },
    unwrap: async (name, wrapped, context) => {
      const body = { ciphertext: isOf(wrapped.toString("latin1"), name), context: contextOf(context) };
      const { data } = read(decrypted, await ask("POST", `decrypt/${path}`, { body }));
      return Buffer.from(data.plaintext, "base64");
    },
    rewrap: async (from, to, wrapped, context) => {
      const body = {
        ciphertext: isOf(wrapped.toString("latin1"), from),
        context: contextOf(context),
        key_version: versionOf(to),
      };
      const { data } = read(encrypted, await ask("POST", `rewrap/${path}`, { body }));
      return Buffer.from(isOf(data.ciphertext, to), "latin1");
    },
    /** Versions can be taken away from below only: this one, and with it all that are older. */
    destroy: async (name) => {
      const lowest = versionOf(name) + 1;
      const { min_decryption_version: now, latest_version: latest } = await state();
      if (now >= lowest) return;
      // The latest can't be taken away: one that nobody uses comes above it.
      if (latest < lowest) await ask("POST", `keys/${path}/rotate`, { body: {}, again: false });
      await ask("POST", `keys/${path}/config`, {
        body: { min_decryption_version: lowest, min_encryption_version: lowest },
      });
      await ask("POST", `keys/${path}/trim`, { body: { min_available_version: lowest } });
    },
    close: async () => undefined,
  };
}
