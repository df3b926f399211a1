import type { ItemRow } from "./item.ts";

/** What of an exhibit goes to another node. */
export const CARRIES_WHAT = ["file", "thing", "both"] as const;
export type Carries = (typeof CARRIES_WHAT)[number];

/** What events have left said of an item beside its columns: names of people outside, conditions, limits. Sealed among its words. */
export interface Said {
  /** An offer of another node, until it is answered and what was offered is here. */
  readonly incoming?: {
    readonly node: string;
    readonly nodeName: string;
    /** Its exhibit number there. */
    readonly number: string;
    readonly by: string;
    readonly office: string;
    readonly carries: Carries;
    /** Who signed for it here. */
    readonly signed?: { readonly account: string; readonly name: string; readonly seal: string | null };
  };
  /** An offer to another node, or what became of it. */
  readonly outgoing?: {
    readonly node: string;
    readonly nodeName: string;
    readonly carries: Carries;
    /** The node that it had come from before. */
    readonly cameFrom: string | null;
    readonly signed?: { readonly by: string; readonly office: string };
  };
  /** Who has it outside, or has it for good. */
  readonly outside?: {
    readonly recipient: string;
    readonly person?: string;
    readonly address?: string;
    readonly identified_by?: string;
  };
  /** How it must be handled, and what it may be used for. */
  readonly handling?: string;
  readonly storage?: string;
  readonly condition?: string;
}

export const saidOf = ({ said }: Pick<ItemRow, "said">): Said => said ?? {};

/** What is said of it, with these members changed; a member given as `undefined` is taken away. */
export const saying = (
  row: Pick<ItemRow, "said">,
  change: { readonly [N in keyof Said]?: Said[N] | undefined },
): Said =>
  Object.fromEntries(Object.entries({ ...saidOf(row), ...change }).filter(([, value]) => value !== undefined)) as Said;
