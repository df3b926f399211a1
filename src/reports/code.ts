import { createHmac, randomInt } from "node:crypto";
import { randomBytesOf } from "../kernel/randomness.ts";

/**
 * The code of a report is the only key to it. Two forms:
 *
 * - for people, 16 digits: 14 drawn at random and two check digits, ISO/IEC 7064 MOD 97-10 (the whole number leaves 1 when
 *   divided by 97). Since 97 is prime and divides neither 10 nor 9 nor any digit, every single wrong digit and every swap of
 *   two neighbours is noticed, check digits included, before anything is looked up.
 * - for machines, 128 random bits in Crockford's base 32, 26 characters.
 *
 * The node keeps just an HMAC of it, so neither its database nor its backups can open a report.
 */
const RANDOM_DIGITS = 14;
const MACHINE_BYTES = 16;
const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const MACHINE_LENGTH = 26;

/** A new code of 16 digits. @source ISO/IEC 7064 MOD 97-10 */
export function newCode(): string {
  // Two draws, as one cannot be wider than 2^48.
  const half = 10 ** (RANDOM_DIGITS / 2);
  const digits = [randomInt(half), randomInt(half)]
    .map((part) => String(part).padStart(RANDOM_DIGITS / 2, "0"))
    .join("");
  return withCheckDigits(digits);
}

/** The digits with their two check digits behind. */
export const withCheckDigits = (digits: string): string =>
  digits + String(98 - Number((BigInt(digits) * 100n) % 97n)).padStart(2, "0");

/** A new code of 128 bits, for programs. */
export const newMachineCode = (): string => machineCodeFrom(randomBytesOf(MACHINE_BYTES));

/** The code of 16 digits that follows from a secret seed of at least 16 bytes. */
export const codeFrom = (seed: Buffer): string =>
  withCheckDigits(
    String(BigInt(`0x${seed.subarray(0, MACHINE_BYTES).toString("hex")}`) % 10n ** BigInt(RANDOM_DIGITS)).padStart(
      RANDOM_DIGITS,
      "0",
    ),
  );

/** The code of 26 characters that follows from a secret seed of at least 16 bytes. */
export function machineCodeFrom(seed: Buffer): string {
  let bits = BigInt(`0x${seed.subarray(0, MACHINE_BYTES).toString("hex")}`);
  let code = "";
  for (let place = 0; place < MACHINE_LENGTH; place += 1) {
    code = (CROCKFORD[Number(bits & 31n)] ?? "") + code;
    bits >>= 5n;
  }
  return code;
}

/** What was typed, as a code: `undefined` where it can be none, because of its length or its check digits. Blanks and dashes are free. */
export function readCode(typed: string): string | undefined {
  if (typed.length > 80) return undefined;
  const code = typed
    .normalize("NFKC")
    .replaceAll(/[\s.\-\u2010-\u2015]/g, "")
    .toUpperCase();
  if (/^\d{16}$/.test(code)) return BigInt(code) % 97n === 1n ? code : undefined;
  const machine = code.replaceAll("O", "0").replaceAll(/[IL]/g, "1");
  return machine.length === MACHINE_LENGTH && /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(machine) ? machine : undefined;
}

/** Whether a code, as `readCode` gives it, is one of a program: nobody guesses 128 bits. */
export const isMachineCode = (code: string): boolean => code.length === MACHINE_LENGTH;

/** The code as it is shown: groups of four. */
export const shownCode = (code: string): string => code.replaceAll(/(.{4})(?=.)/g, "$1 ");

/** What the node keeps of a code: HMAC-SHA-256 under the key `receipt`, which lies outside of the database. 32 bytes. */
export const codeDigest = (key: Uint8Array, code: string): Buffer =>
  createHmac("sha256", key).update(`comity report code\n${code}`).digest();

const REFERENCE_LENGTH = 10;
/** A new reference, by which offices speak of a report: `R-7K4D9-QXZ2M`. It opens nothing. 50 random bits. */
export function newReference(): string {
  const drawn = Array.from(randomBytesOf(REFERENCE_LENGTH), (byte) => CROCKFORD[byte & 31] ?? "").join("");
  return `R-${drawn.slice(0, 5)}-${drawn.slice(5)}`;
}
