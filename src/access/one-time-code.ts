import { createHmac, timingSafeEqual } from "node:crypto";
import { Secret, TOTP } from "otpauth";

const STEP_SECONDS = 30;
const DIGITS = 6;
/** Steps before and after the present one that are taken: clocks of telephones differ. @source RFC 6238 §5.2 */
const WINDOW_STEPS = 1;

/** The step of time that a moment falls in. @source RFC 6238 §4.2 */
export const stepAt = (at: Temporal.Instant): number => Math.floor(at.epochMilliseconds / 1_000 / STEP_SECONDS);

/** The code of one step. @source RFC 4226 §5.3 */
export function codeOf(secret: Buffer, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac("sha1", secret).update(counter).digest();
  const offset = (digest.at(-1) ?? 0) & 0x0f;
  return String((digest.readUInt32BE(offset) & 0x7fff_ffff) % 10 ** DIGITS).padStart(DIGITS, "0");
}

/** The code of a moment for a secret as people type it. Throws a sentence where it is none. */
export function codeAt(secret: string, at: Temporal.Instant): string {
  if (!/^[A-Z2-7\s]{16,}=*$/i.test(secret))
    throw new Error("A secret has at least 16 of the letters A to Z and the digits 2 to 7.");
  return codeOf(Buffer.from(Secret.fromBase32(secret.replaceAll(/[\s=]/g, "").toUpperCase()).buffer), stepAt(at));
}

/** The step whose code was given, within the window; `undefined` where none is. */
export function matchingStep(secret: Buffer, code: string, now: Temporal.Instant): number | undefined {
  const given = Buffer.from(code.replaceAll(/\s/g, ""));
  const present = stepAt(now);
  let found: number | undefined;
  for (let step = present - WINDOW_STEPS; step <= present + WINDOW_STEPS; step += 1) {
    const expected = Buffer.from(codeOf(secret, step));
    if (given.length === expected.length && timingSafeEqual(given, expected)) found = step;
  }
  return found;
}

/** True for text that could be a one-time code rather than a password. */
export const looksLikeCode = (text: string): boolean => /^\d{3}\s?\d{3}$/.test(text.trim());

/** The secret as people type it into a telephone. */
export const base32 = (secret: Buffer): string => new Secret({ buffer: Uint8Array.from(secret).buffer }).base32;

/** The address that an authenticator reads from a QR code. */
export const enrolmentUri = (secret: Buffer, of: { readonly issuer: string; readonly username: string }): string =>
  new TOTP({
    issuer: of.issuer,
    label: of.username,
    secret: new Secret({ buffer: Uint8Array.from(secret).buffer }),
    digits: DIGITS,
    period: STEP_SECONDS,
  }).toString();
