import { isMalformed } from "../kernel/errors.ts";
import { Malformed } from "./verify-errors.ts";

/** Reads one object anywhere. */
export interface StoredObject {
  /** At most `length` bytes from `offset`; fewer only where the object ends. Throws `Malformed` where there is no such object. */
  readonly read: (offset: number, length: number) => Promise<Buffer>;
  readonly close: () => Promise<void>;
}

/** Writes one object, front to back. After a failure nothing more of it counts as durable, whatever a later call says. */
export interface Sink {
  /** Takes the bytes before it returns, so that their buffer may be used again; resolves when the store can take more. */
  readonly write: (bytes: Uint8Array) => Promise<void>;
  /** Resolves with how many bytes, from the object's first, would survive a loss of power: all written so far, or what the store's grain allows. */
  readonly flush: () => Promise<number>;
  /** Makes everything durable, the object's name too, and lets go. */
  readonly close: () => Promise<void>;
}

/** An object as the store lists it. */
export interface Listed {
  readonly name: string;
  readonly bytes: number;
  /** When something of it was last written. */
  readonly at: Temporal.Instant;
}

/** Where the vault's objects lie: a directory (`vault-directory.ts`) or a bucket (`vault-s3.ts`). Objects are written once, never changed. */
export interface ObjectStore {
  readonly create: (name: string) => Sink;
  /** Throws `Malformed` where there is no such object, here or at the first reading. */
  readonly open: (name: string) => Promise<StoredObject>;
  /** Nothing happens where there is none. */
  readonly remove: (name: string) => Promise<void>;
  /** Every object, in no order. One that is being written may be among them, not yet whole. */
  readonly list: () => AsyncGenerator<Listed>;
  /** Bytes that can still be written; `undefined` where the store does not say. */
  readonly room: () => Promise<number | undefined>;
  /** How many readings of a megabyte are worth asking for ahead. */
  readonly ahead: number;
  readonly end: () => void;
}

/** A bucket, as an operator names it. Plain data: a thread is given it and opens its own. */
export interface BucketSettings {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  /** Before every key, as `comity/`; may be empty. */
  readonly prefix: string;
  /** `https://host/bucket/key`, not `https://bucket.host/key`. */
  readonly pathStyle: boolean;
  readonly accessKey: string;
  readonly secretKey: string;
  /** PEM of the authority that the server's certificate must come from; without it, those that Node trusts. */
  readonly ca?: string;
  /** Milliseconds without a byte after which a call counts as stalled. */
  readonly stallMs?: number;
  /** How often a call is tried in all. */
  readonly tries?: number;
}

/** Where a vault lies: a folder's path, or a bucket. */
export type StoreSettings = string | BucketSettings;

const LOST = "the store has lost an object";
/** What a store throws where there is no such object. */
export const lost = (): Malformed => new Malformed(LOST);
/** Whether bytes could not be read because an object is gone, rather than altered. */
export const isLost = (error: unknown): boolean => isMalformed(error) && error.message === LOST;

const NAME = /^[\da-f-]{36}$/;
/** Throws `Malformed` for anything but a UUID: no name from a row can lead out of the store. */
export function demandName(name: string): string {
  if (!NAME.test(name)) throw new Malformed("an object's name is a UUID");
  return name;
}
export const isName = (name: string): boolean => NAME.test(name);
