import type { Actor } from "./actor.ts";
import { Refusal } from "./errors.ts";
import type { Node } from "./node.ts";
import { NODE } from "./subject.ts";
import type { AnyView, Reader } from "./view.ts";
import { issuesOf } from "./validation.ts";

/** Binds reading to the one who reads. */
export function readerOf(node: Node, actor: Actor, locale?: string): Reader {
  const now = node.clock();
  return {
    node,
    actor,
    now,
    db: node.db,
    locale: locale ?? (actor.kind === "officer" ? actor.locale : (node.config.languages[0] ?? "en")),
    zone: actor.kind === "officer" ? actor.office.zone : node.config.zone,
    visible: (subject, { action = `${subject.name}.read`, alias } = {}) =>
      node.policy.filter({ actor, action, subject, now, ...(alias === undefined ? {} : { alias }) }),
    visibleParts: (subject, { action = `${subject.name}.read`, alias } = {}) =>
      node.policy.filterParts({ actor, action, subject, now, ...(alias === undefined ? {} : { alias }) }),
  };
}

/** Whether the policy allows an action on the node itself. */
export const allowedOnNode = (node: Node, actor: Actor, action: string) =>
  actor.kind === "system" ||
  node.policy.decide({
    actor,
    action,
    subject: NODE,
    id: node.code,
    row: { id: node.code, code: node.code },
    now: node.clock(),
  }).allowed;

/** Runs a view for a reader: gate, input, query. Throws `Refusal` (`not-found` where it finds nothing). */
export async function readView(view: AnyView, reader: Reader, input: unknown): Promise<unknown> {
  if (view.gate !== undefined && !allowedOnNode(reader.node, reader.actor, view.gate))
    throw reader.actor.kind === "public"
      ? new Refusal("not-signed-in", "not-signed-in")
      : new Refusal("not-allowed", "not-permitted", { values: { act: view.gate } });
  const parsed = view.input.safeParse(input);
  if (!parsed.success) {
    const fields = issuesOf(parsed.error);
    throw fields.some(({ path }) => path === "id")
      ? new Refusal("not-found", "not-found")
      : new Refusal("invalid", "invalid-input", { fields });
  }
  const found: unknown = await view.read(reader, parsed.data);
  if (found === undefined) throw new Refusal("not-found", "not-found");
  return found;
}
