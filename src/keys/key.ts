import { life } from "../kernel/life.ts";
import { subject } from "../kernel/subject.ts";

/** Where a key stands: data keys are wrapped under it; they are being moved away from it; nothing is wrapped under it any more; it is destroyed. */
export type State = "current" | "former" | "idle" | "destroyed";

/** A key's life. @source NIST SP 800-57 Part 1 §7 */
// prettier-ignore
export const LIFE = life<State>()({
  replace: { from: ["current"],   to: "former" },
  empty:   { from: ["former"],    to: "idle" },
  destroy: { from: ["idle"],      to: "destroyed" },
  shred:   { from: ["destroyed"] },
});

/** A key as its table holds it: never the key itself, only where it lies. */
export interface KeyRow {
  readonly id: string;
  /** Holder and name there: `file:vault`, `pkcs11:comity-xa-1f2e…`, `transit:3`. */
  readonly name: string;
  /** The same until it is destroyed. */
  readonly usable: string | null;
  readonly state: State;
  readonly made_at: Temporal.Instant;
  readonly destroyed_at: Temporal.Instant | null;
  readonly shredded_at: Temporal.Instant | null;
}

export const keySubject = subject<KeyRow>()({
  name: "vault-key",
  plural: "vault-keys",
  table: "vault_key",
  attributes: { state: "String" },
  life: LIFE,
});

/** Channel on which the worker hears that data keys have to be wrapped anew. */
export const KEYS_CHANNEL = "comity_vault_keys";
