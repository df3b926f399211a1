import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { type Life } from "../kernel/life.ts";
import type { Registry } from "../kernel/slice.ts";
import { entityType } from "../kernel/subject.ts";
import { UnusablePack, type WrittenPolicy, readPolicies } from "./cedar.ts";
import { checkDigest, problemsOf } from "./check.ts";
import { type Pack, readPack } from "./pack.ts";
import { type CountryPolicy, policyOf } from "./policy.ts";

/**
 * What the life tables say of sides, as policies: an officer performs the acts of their own node's side, a peer those of
 * the other side. Written from the tables, so that the picture on the page and the decision can't disagree.
 *
 * Only things that have a `side` are shared by two nodes.
 */
export function sidePolicies(node: Pick<Registry, "subjects">): WrittenPolicy[] {
  const texts = [...node.subjects.values()].flatMap((subject) => {
    if (!subject.life || subject.attributes["side"] === undefined) return [];
    const life: Life = subject.life;
    return (["sender", "receiver"] as const).flatMap((side) => {
      const acts = Object.keys(life)
        .filter((act) => life[act]?.by === side)
        .map((act) => `Action::"${subject.name}.${act}"`);
      if (acts.length === 0) return [];
      const other = side === "sender" ? "receiver" : "sender";
      const policy = (
        principal: string,
        condition: string,
      ) => `@id("core.${subject.name}.${side}-acts.${principal === "Officer" ? "officer" : "peer"}")
@reason("wrong-side")
forbid (principal is ${principal}, action in [${acts.join(", ")}], resource is ${entityType(subject.name)})
${condition};`;
      return [
        policy("Officer", `unless { resource has side && resource.side == "${side}" }`),
        // What a peer's first act makes has no side here yet.
        policy("PeerNode", `when { resource has side && resource.side != "${other}" }`),
      ];
    });
  });
  return readPolicies(texts.join("\n"), "core");
}

/** A country's policy on a node, and the pack that it comes from. */
export interface Country {
  readonly pack: Pack;
  readonly policy: CountryPolicy;
  /** Who signed the pack, as a verifier key; absent where nobody has. */
  readonly signedBy?: string;
}

/** The things that packs speak of, whatever else a node has. */
const MISSION = ["report", "case", "request", "item", "peer"];
/** True for a node with all parts of the mission, which its pack is checked against. */
export const isWhole = ({ subjects }: Pick<Registry, "subjects">): boolean =>
  MISSION.every((name) => subjects.has(name));

/** Where packs are, which one, and the code of the node. */
export interface Whose {
  readonly packs: string;
  readonly pack: string;
  readonly code: string;
}

/**
 * Reads the pack and makes the node's policy. `problems` are sentences that say where the pack speaks of an act, a thing or an
 * attribute that the node does not have, or uses what lists can't apply; a node with some slices only (tests) finds none, as
 * what concerns the others never matches there. Throws `UnusablePack` where the pack can't be read at all.
 */
export function checkCountry(whose: Whose, registered: Registry): Country & { readonly problems: readonly string[] } {
  const { policies, ...country } = readCountry(whose, registered);
  return { ...country, problems: isWhole(registered) ? problemsOf(policies, registered) : [] };
}

function readCountry(
  { packs, pack: name, code }: Whose,
  registered: Registry,
): Country & { policies: WrittenPolicy[] } {
  const pack = readPack(packs, name);
  const policies = [...pack.policies, ...sidePolicies(registered)];
  return { pack, policies, policy: policyOf(policies, code, pack.calendar.zone) };
}

/**
 * The country of a node that starts. Throws `UnusablePack` with all that is wrong. What was checked is noted in the file
 * `passed`, so that the same pack is not checked again at each start: that takes longer than all else of it.
 */
export function loadCountry(whose: Whose, registered: Registry, passed?: string): Country {
  const { pack, policy, policies } = readCountry(whose, registered);
  if (!isWhole(registered)) return { pack, policy };
  const digest = checkDigest(policies, registered);
  if (passed !== undefined && existsSync(passed) && readFileSync(passed, "utf8") === digest) return { pack, policy };
  const problems = problemsOf(policies, registered);
  if (problems.length > 0) throw new UnusablePack(problems);
  if (passed !== undefined) writeFileSync(passed, digest, { mode: 0o600 });
  return { pack, policy };
}

declare module "../kernel/node.ts" {
  interface Services {
    readonly country: Country;
  }
}
