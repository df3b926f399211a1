import { argon2, randomBytes, timingSafeEqual } from "node:crypto";
import { Refusal } from "../kernel/errors.ts";

/** Cost of a hash: 19 MiB, two passes, one lane. @source RFC 9106 §4 */
const MEMORY_KIB = 19_456;
const PASSES = 2;
const LANES = 1;
const SALT_BYTES = 16;
const TAG_BYTES = 32;

/** Hashes computed at once, and calls that may wait for one: a flood of sign-ins must not take the machine from others. */
const AT_ONCE_MAX = 2;
const WAITING_MAX = 60;

let running = 0;
const waiting: (() => void)[] = [];

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= AT_ONCE_MAX) {
    if (waiting.length >= WAITING_MAX) throw new Refusal("too-many", "sign-in-busy");
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else running += 1;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    // The place goes straight to who waits; nobody can step in between.
    if (next) next();
    else running -= 1;
  }
}

interface Cost {
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

const derive = (password: string, salt: Buffer, cost: Cost): Promise<Buffer> =>
  inTurn(
    () =>
      new Promise((resolve, reject) => {
        // NFC: the same password typed on two keyboards is the same bytes.
        argon2(
          "argon2id",
          { message: password.normalize("NFC"), nonce: salt, tagLength: TAG_BYTES, ...cost },
          (error, tag) => (error ? reject(error) : resolve(tag)),
        );
      }),
  );

const base64 = (bytes: Buffer): string => bytes.toString("base64").replaceAll("=", "");

/** The password's Argon2id hash with its salt and cost, in PHC string form. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const tag = await derive(password, salt, { memory: MEMORY_KIB, passes: PASSES, parallelism: LANES });
  return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$${base64(salt)}$${base64(tag)}`;
}

const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;
/** Stands in where there is no account: the same work is done, so that time does not tell who exists. */
const NOBODY = `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$${base64(randomBytes(SALT_BYTES))}$${base64(randomBytes(TAG_BYTES))}`;

/** True where `password` is the one hashed. `null` for an account that is not there: takes as long, and is false. */
export async function isPassword(password: string, hash: string | null): Promise<boolean> {
  const found = PHC.exec(hash ?? NOBODY);
  if (!found) throw new Error("a stored password hash has an unknown form");
  const [, memory, passes, parallelism, salt = "", tag = ""] = found;
  const cost = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) };
  const derived = await derive(password, Buffer.from(salt, "base64"), cost);
  return timingSafeEqual(derived, Buffer.from(tag, "base64")) && hash !== null;
}
