import type { LetterState } from "./correspondent.ts";

/** What a notice says of the message that it is about. */
export interface Notice {
  readonly state: Extract<LetterState, "delayed" | "delivered" | "read" | "bounced">;
  /** Ids of messages that it names: the original's message id or envelope id, without angle brackets. */
  readonly about: readonly string[];
  /** What the server there said, or by which client it was read; at most 300 characters. */
  readonly detail: string;
}

const BYTES_MAX = 262_144;
const DETAIL_MAX = 300;

/** All values of a header field in any part, unfolded. @source RFC 5322 §2.2.3 */
const valuesOf = (text: string, name: string): string[] =>
  [...text.matchAll(new RegExp(`^${name}:[ \\t]*(.*(?:\\n[ \\t].*)*)`, "gim"))].map(([, value = ""]) =>
    value.replaceAll(/\n[ \t]+/g, " ").trim(),
  );

const STATES = {
  failed: "bounced",
  delayed: "delayed",
  delivered: "delivered",
  relayed: "delivered",
  expanded: "delivered",
} as const;

/**
 * Reads a delivery status notification or a read receipt, as a mail program shows its source. `null` where it is neither, or is longer
 * than 256 KiB. Nothing that it says is proved: anybody can write one, so it is kept as what an officer put in.
 *
 * @source RFC 3464 §2.3.3
 * @source RFC 8098 §3.2.6
 */
export function readNotice(message: string): Notice | null {
  if (message.length > BYTES_MAX) return null;
  const text = message.replaceAll("\r\n", "\n");
  const about = ["Original-Envelope-Id", "Original-Message-ID", "Message-ID", "In-Reply-To"]
    .flatMap((name) => valuesOf(text, name))
    .map((id) => id.replaceAll(/[<>]/g, "").trim())
    .filter((id) => id !== "");
  const [disposition] = valuesOf(text, "Disposition");
  if (disposition !== undefined) {
    const isRead = /;\s*(displayed|processed)\b/i.test(disposition);
    return { state: isRead ? "read" : "delivered", about, detail: disposition.slice(0, DETAIL_MAX) };
  }
  const actions = valuesOf(text, "Action").map((action) => action.toLowerCase().split(/[\s;(]/)[0] ?? "");
  const action = (["failed", "delayed", "delivered", "relayed", "expanded"] as const).find((each) =>
    actions.includes(each),
  );
  if (action === undefined) return null;
  const said = valuesOf(text, "Diagnostic-Code")[0] ?? valuesOf(text, "Status")[0] ?? action;
  return { state: STATES[action], about, detail: said.slice(0, DETAIL_MAX) };
}
