import type { FastifyReply, FastifyRequest } from "fastify";
import type { ComponentChildren } from "preact";
import { type Actor, PUBLIC } from "./actor.ts";
import { Refusal } from "./errors.ts";
import { isWhole, negotiate } from "./i18n.ts";
import type { Node } from "./node.ts";
import type { ActForm } from "./page.ts";
import type { Problem } from "./problem.ts";
import { randomBytesOf } from "./randomness.ts";
import { readerOf } from "./reader.ts";
import type { Tools } from "./tools.ts";
import type { Reader } from "./view.ts";

export type Role = "portal" | "desk" | "gateway";

/** What the design system gives the kernel, which knows no component. */
export interface Chrome {
  readonly asset: (name: string) => string;
  /** The form page of an act that has no page of its own, and of every act while something is wrong. */
  readonly actForm: (form: ActForm, tools: Tools) => ComponentChildren;
  readonly problem: (problem: Problem, tools: Tools, kept?: Kept) => ComponentChildren;
}

/** A form that was not taken because nobody was signed in any more: where it goes, and what it held. */
export interface Kept {
  readonly action: string;
  readonly pairs: readonly (readonly [name: string, text: string])[];
}

/** Who calls, as found before the route's handler runs. */
export interface Caller {
  readonly actor: Actor;
  readonly reader: Reader;
}

export const LOCALE_COOKIE = "locale";

/** What a server is made of. */
export interface Serving {
  readonly node: Node;
  readonly role: Role;
  readonly chrome: Chrome;
}

const nonces = new WeakMap<FastifyRequest, string>();

/** The one nonce of this answer. */
export function nonceOf(request: FastifyRequest): string {
  const nonce = nonces.get(request) ?? randomBytesOf(16).toString("base64");
  nonces.set(request, nonce);
  return nonce;
}

/** Finds out who calls. The first slice that recognises the call answers; else it is the public. */
export async function callerOf({ node, role }: Serving, request: FastifyRequest, reply: FastifyReply): Promise<Caller> {
  let actor: Actor = PUBLIC;
  for (const { authenticate } of node.registry.slices) {
    const found = await authenticate?.({ node, request, reply, role });
    if (found) {
      actor = found;
      break;
    }
  }
  demandOwnOrigin(request, actor);
  const locale = localeOf({ node, role }, request, actor);
  return { actor, reader: readerOf(node, actor, locale) };
}

/** Languages that a role offers: the portal all of the configuration, officers those in which every text is written. */
export function languagesFor({ config }: Node, role: Role): readonly string[] {
  if (role === "portal") return config.languages;
  const whole = config.languages.filter(isWhole);
  return whole.length > 0 ? whole : ["en"];
}

/** The reader's language: their own choice, then their account's, then their browser's. */
export function localeOf(
  { node, role }: Pick<Serving, "node" | "role">,
  request: FastifyRequest,
  actor: Actor,
): string {
  const languages = languagesFor(node, role);
  const chosen = [
    (request.query as Record<string, unknown> | undefined)?.["lang"],
    request.cookies[LOCALE_COOKIE],
  ].find((tag) => typeof tag === "string" && languages.includes(tag));
  if (typeof chosen === "string") return chosen;
  if (actor.kind === "officer" && languages.includes(actor.locale)) return actor.locale;
  return negotiate(request.headers["accept-language"], languages, languages[0] ?? "en");
}

/** A page of another site must not act in an officer's name: browsers say where a form comes from, and it must be here. */
function demandOwnOrigin(request: FastifyRequest, actor: Actor): void {
  if (request.method === "GET" || request.method === "HEAD" || request.method === "OPTIONS") return;
  if (actor.kind === "officer" && actor.via === "token") return;
  const { origin, host } = request.headers;
  const bySession = actor.kind === "officer";
  if (origin === undefined && !bySession) return;
  if (origin !== undefined && URL.canParse(origin) && new URL(origin).host === host) return;
  throw new Refusal("not-allowed", "foreign-origin");
}
