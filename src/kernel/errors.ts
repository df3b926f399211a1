/** What can go wrong, as the caller sees it. HTTP maps each code to a status in one place (`kernel/problem.ts`). */
export type RefusalCode =
  | "invalid"
  | "not-signed-in"
  | "step-up"
  | "not-allowed"
  | "not-found"
  | "wrong-state"
  | "conflict"
  | "too-late"
  | "too-large"
  | "too-many"
  | "unsupported"
  | "unavailable";

/** One thing wrong with what was sent: where (`data.0.category`), and the message key with its values. */
export interface FieldError {
  readonly path: string;
  readonly key: string;
  readonly values?: Record<string, string | number>;
}

/**
 * An act or a view says no. Throwing it inside an act rolls the transaction back, so nothing is half done.
 *
 * `key` is a message key (`refusal.<key>`) with `values`; `fields` name the inputs concerned, if any; `policies` the ids
 * of the policies that decided.
 */
export class Refusal extends Error {
  override name = "Refusal";
  readonly code: RefusalCode;
  readonly key: string;
  readonly values: Record<string, string | number>;
  readonly fields: readonly FieldError[];
  readonly policies: readonly string[];
  constructor(
    code: RefusalCode,
    key: string,
    more: {
      values?: Record<string, string | number>;
      fields?: readonly FieldError[];
      policies?: readonly string[];
    } = {},
  ) {
    super(`${code}: ${key}`);
    this.code = code;
    this.key = key;
    this.values = more.values ?? {};
    this.fields = more.fields ?? [];
    this.policies = more.policies ?? [];
  }
}

/** One field is wrong: `invalid("until", "too-early", {day})` shows `refusal.too-early` beside the field `until`. */
export const invalid = (path: string, key: string, values?: Record<string, string | number>): Refusal =>
  new Refusal("invalid", "invalid-input", { fields: [values ? { path, key, values } : { path, key }] });

/** Why bytes can't be kept or fetched now: no room left, the disk or its driver failed, the store does not answer or refuses. */
export type StoreFault = "full" | "broken" | "away";

/** The store of bytes fails. Nothing of what was being written counts; the same call may do later. The message is for the log. */
export class StoreFailure extends Error {
  override name = "StoreFailure";
  readonly fault: StoreFault;
  constructor(fault: StoreFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}

/** True for the error that every parser of foreign bytes throws (`trust/verify-errors.ts`); matched by name, as the verifier stands alone. */
export const isMalformed = (error: unknown): error is Error => error instanceof Error && error.name === "Malformed";
