import { createCipheriv, createDecipheriv, createHmac } from "node:crypto";
import { randomBytesOf } from "./randomness.ts";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals a column: AES-256-GCM under a key derived for its purpose, bound to where it stands (`report:<id>:contact`), so
 * that a sealed value moved to another row does not open. Gives nonce ‖ ciphertext ‖ tag.
 */
export function seal(key: Buffer, plain: string | Buffer, place: string): Buffer {
  const nonce = randomBytesOf(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", derived(key, place), nonce).setAAD(Buffer.from(place));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** Opens what `seal` made; throws where a byte, the key or the place differs. */
export function unseal(key: Buffer, sealed: Buffer, place: string): Buffer {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) throw new Error("a sealed value is too short");
  const decipher = createDecipheriv("aes-256-gcm", derived(key, place), sealed.subarray(0, NONCE_BYTES)).setAAD(
    Buffer.from(place),
  );
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
}

/** One key per place: random 96-bit nonces then never come near their limit under any single key. @source RFC 5869 */
function derived(key: Buffer, place: string): Buffer {
  // HKDF by its two steps, as the first depends on the key alone and is half of the work.
  let extracted = EXTRACTED.get(key);
  if (!extracted) {
    extracted = createHmac("sha256", NO_SALT).update(key).digest();
    EXTRACTED.set(key, extracted);
  }
  return createHmac("sha256", extracted).update(`comity/seal/${place}\u0001`).digest();
}
const NO_SALT = Buffer.alloc(32);
const EXTRACTED = new WeakMap<Buffer, Buffer>();

/** A keyed look-up value: the same input gives the same bytes on this node, and tells nothing without the key. @source RFC 2104 */
export const lookupKey = (key: Buffer, ...parts: readonly string[]): Buffer =>
  createHmac("sha256", key).update(parts.join("\0")).digest();
