import { Refusal, type RefusalCode, StoreFailure, isMalformed } from "./errors.ts";
import type { Translate } from "./i18n.ts";

/** One status for each refusal; a new code does not compile until it has one. */
const STATUS: Record<RefusalCode, number> = {
  invalid: 422,
  "not-signed-in": 401,
  "step-up": 403,
  "not-allowed": 403,
  "not-found": 404,
  "wrong-state": 409,
  conflict: 409,
  "too-late": 409,
  "too-large": 413,
  "too-many": 429,
  unsupported: 400,
  unavailable: 503,
};

/** An RFC 9457 problem document. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
  readonly policies?: readonly string[];
}

/** Turns whatever was thrown into a refusal; `undefined` where it is a bug of ours. */
export function refusalFrom(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error;
  if (isMalformed(error))
    return new Refusal("unsupported", "malformed", { values: { what: error.message.slice(0, 200) } });
  if (error instanceof StoreFailure) return new Refusal("unavailable", `vault-${error.fault}`);
  if (!(error instanceof Error)) return undefined;
  const { statusCode, code } = error as { statusCode?: unknown; code?: unknown };
  if (typeof statusCode === "number" && statusCode >= 400 && statusCode < 500)
    return fromFastify(statusCode, String(code));
  // Class 22 of SQLSTATE: a value that PostgreSQL cannot hold. Its check upstream is missing, but the caller can mend it.
  if (typeof code === "string" && /^22[0-9A-Z]{3}$/.test(code)) return new Refusal("invalid", "value-unstorable");
  return undefined;
}

function fromFastify(status: number, code: string): Refusal {
  if (status === 413) return new Refusal("too-large", "body-too-large");
  if (status === 415) return new Refusal("unsupported", "media-type");
  if (status === 404) return new Refusal("not-found", "no-such-address");
  return new Refusal(
    "unsupported",
    code === "FST_ERR_CTP_INVALID_JSON_BODY" || code === "FST_ERR_CTP_EMPTY_JSON_BODY" ? "not-json" : "bad-request",
  );
}

/** The status of a refusal. */
export const statusOf = (refusal: Refusal): number => STATUS[refusal.code];

/** The refusal as a document in the reader's language. */
export function problemOf(refusal: Refusal, t: Translate): Problem {
  const detail = t(`refusal.${refusal.key}`, worded(refusal.values, t));
  return {
    type: `/problems/${refusal.code}`,
    title: t(`problem.${refusal.code}`),
    status: statusOf(refusal),
    detail,
    ...(refusal.fields.length > 0
      ? { errors: refusal.fields.map(({ path, key, values }) => ({ path, message: t(`refusal.${key}`, values) })) }
      : {}),
    ...(refusal.code === "not-allowed" ? { policies: refusal.policies } : {}),
  };
}

/** Values that name an act or a state are said in words. */
function worded(values: Readonly<Record<string, string | number>>, t: Translate): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const key = `${name}.${value}`;
      const words = name === "act" || name === "state" ? t(key) : key;
      return [name, words === key ? value : words];
    }),
  );
}
