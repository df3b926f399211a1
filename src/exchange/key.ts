import { life } from "../kernel/life.ts";
import { subject } from "../kernel/subject.ts";

/** Where a key of the node's own stands: it signs (or is sealed to) now; it still counts beside its successor; it counts no more. */
export type KeyState = "present" | "former" | "ended";

/** A key's life. @source NIST SP 800-57 Part 1 §7 */
// prettier-ignore
const LIFE = life<KeyState>()({
  supersede: { from: ["present"], to: "former" },
  retire:    { from: ["former"],  to: "ended" },
});

/** A signing or encryption key of this node as its table holds it: never the key itself. */
export interface ExchangeKeyRow {
  readonly id: string;
  readonly kind: "signing" | "encryption";
  readonly state: KeyState;
  /** SHA-256 of the key's SPKI, hex. */
  readonly fingerprint: string;
  readonly made_at: Temporal.Instant;
  readonly former_at: Temporal.Instant | null;
  readonly ended_at: Temporal.Instant | null;
}
export const exchangeKey = subject<ExchangeKeyRow>()({
  name: "exchange-key",
  plural: "exchange-keys",
  table: "exchange_key",
  attributes: { state: "String", kind: "String" },
  life: LIFE,
});
