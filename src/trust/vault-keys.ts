import { FIRST_FILE_KEY, openKeyFiles } from "./key-file.ts";
import { HolderFault, HOLDER_KINDS, type HolderKind, type KeyHolder } from "./key-holder.ts";

/** Name of the key from when there was but one. */
const FIRST_KEY = `file:${FIRST_FILE_KEY}`;
/** A wrapped key from then: nonce, data key and tag, and no name. */
const FIRST_BYTES = 60;
const VERSION = 1;

/** The keys under which data keys are wrapped, wherever they lie. Each wrapped key names the one that it is wrapped under. */
export interface VaultKeys {
  /** A data key under the current key, bound to its holder (`item:<id>`): it opens for no other. */
  readonly wrap: (dataKey: Buffer, holder: string) => Promise<Buffer>;
  readonly unwrap: (wrapped: Buffer, holder: string) => Promise<Buffer>;
  /** The same data key under the current key. */
  readonly rewrap: (wrapped: Buffer, holder: string) => Promise<Buffer>;
  /** Makes a key in the place that the settings name; gives its whole name. It is used once it is the current one. */
  readonly make: () => Promise<string>;
  /** Destroys a key for ever. The caller has made sure that nothing is wrapped under it. */
  readonly destroy: (name: string) => Promise<void>;
  /** Wraps and unwraps once under that key. Throws where it does not give back what it was given. */
  readonly prove: (name: string) => Promise<void>;
  /** Where new keys are made. */
  readonly kind: HolderKind;
  readonly close: () => Promise<void>;
}

/** Whole name of the key that a wrapped key names: `file:vault`. */
export function keyNameOf(wrapped: Buffer): string {
  if (wrapped.length === FIRST_BYTES) return FIRST_KEY;
  const [version, length = 0] = wrapped;
  if (version !== VERSION || wrapped.length < 2 + length) throw new HolderFault("a wrapped key is of no known form");
  return wrapped.subarray(2, 2 + length).toString("latin1");
}
const payloadOf = (wrapped: Buffer): Buffer =>
  wrapped.length === FIRST_BYTES ? wrapped : wrapped.subarray(2 + (wrapped[1] ?? 0));
const named = (name: string, payload: Buffer): Buffer =>
  Buffer.concat([Buffer.of(VERSION, name.length), Buffer.from(name, "latin1"), payload]);

const contextOf = (holder: string): string => `vault:${holder}`;
const PROBE = "probe";

/** How to reach the places in which keys lie: each is opened when a key in it is first used. */
export type Openers = Readonly<Partial<Record<HolderKind, () => Promise<KeyHolder>>>>;

/** Puts the keys together. `current` gives the whole name of the key that new data keys are wrapped under. */
export function vaultKeys(openers: Openers, kind: HolderKind, current: () => Promise<string>): VaultKeys {
  const opened = new Map<HolderKind, Promise<KeyHolder>>();
  const holderOf = (wanted: HolderKind): Promise<KeyHolder> => {
    const known = opened.get(wanted);
    if (known) return known;
    const open = openers[wanted];
    if (!open) throw new HolderFault(`a key lies in ${wanted}, and nothing says how to reach that`);
    const opening = open();
    opened.set(wanted, opening);
    // What could not be reached is tried again by the next who needs it.
    opening.catch(() => opened.delete(wanted));
    return opening;
  };
  const at = async (whole: string): Promise<{ holder: KeyHolder; name: string }> => {
    const colon = whole.indexOf(":");
    const found = HOLDER_KINDS.find((each) => each === whole.slice(0, colon));
    if (!found) throw new HolderFault(`a wrapped key names ${whole}, which is no key of this version`);
    return { holder: await holderOf(found), name: whole.slice(colon + 1) };
  };
  const wrapUnder = async (whole: string, dataKey: Buffer, holder: string): Promise<Buffer> => {
    const place = await at(whole);
    return named(whole, await place.holder.wrap(place.name, dataKey, contextOf(holder)));
  };
  const unwrap = async (wrapped: Buffer, holder: string): Promise<Buffer> => {
    const place = await at(keyNameOf(wrapped));
    return place.holder.unwrap(place.name, payloadOf(wrapped), contextOf(holder));
  };
  return {
    kind,
    wrap: async (dataKey, holder) => wrapUnder(await current(), dataKey, holder),
    unwrap,
    rewrap: async (wrapped, holder) => {
      const to = await current();
      const [before, after] = [await at(keyNameOf(wrapped)), await at(to)];
      if (before.holder === after.holder && after.holder.rewrap)
        return named(to, await after.holder.rewrap(before.name, after.name, payloadOf(wrapped), contextOf(holder)));
      return wrapUnder(to, await unwrap(wrapped, holder), holder);
    },
    make: async () => `${kind}:${await (await holderOf(kind)).make()}`,
    destroy: async (whole) => {
      const place = await at(whole);
      await place.holder.destroy(place.name);
    },
    prove: async (whole) => {
      const probe = Buffer.alloc(32, 0x5a);
      const back = await unwrap(await wrapUnder(whole, probe, PROBE), PROBE);
      if (!back.equals(probe)) throw new HolderFault(`${whole} does not give back what was wrapped under it`);
    },
    close: async () => {
      for (const each of opened.values()) await each.then((holder) => holder.close()).catch(() => undefined);
    },
  };
}

/** The one key from when there was but one, and no other: for a vault of its own. */
export const oneKey = (key: Buffer): VaultKeys =>
  vaultKeys({ file: async () => openKeyFiles(undefined, key) }, "file", async () => FIRST_KEY);
