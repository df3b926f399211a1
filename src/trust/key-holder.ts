/** Kinds of places in which the keys that wrap data keys may lie. */
export const HOLDER_KINDS = ["file", "pkcs11", "transit"] as const;
export type HolderKind = (typeof HOLDER_KINDS)[number];

/**
 * Where keys lie that wrap the vault's data keys: in files of the node, in a token (PKCS#11), in a service (Vault's transit interface).
 * Keys are known by names that are good in that place only. What is wrapped is bound to a context and opens with no other.
 */
export interface KeyHolder {
  readonly kind: HolderKind;
  /** Makes a new key, durably, and gives its name: ASCII, at most 100 characters. */
  readonly make: () => Promise<string>;
  readonly wrap: (name: string, dataKey: Buffer, context: string) => Promise<Buffer>;
  /** Throws where a byte, the key or the context is another. */
  readonly unwrap: (name: string, wrapped: Buffer, context: string) => Promise<Buffer>;
  /** Wraps under another key of the same holder without the data key leaving it; absent where the holder can't. */
  readonly rewrap?: (from: string, to: string, wrapped: Buffer, context: string) => Promise<Buffer>;
  /** Destroys a key for ever; nothing happens where there is none of that name. */
  readonly destroy: (name: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The holder does not answer, or not as it should. The message is for the operator: it holds no key, no PIN and no token. */
export class HolderFault extends Error {}
