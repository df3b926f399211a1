import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { AnyAct } from "./act.ts";
import type { Officer } from "./actor.ts";
import type { Translate } from "./i18n.ts";
import type { Decision } from "./policy.ts";
import type { SubjectKind } from "./subject.ts";

/** What a page and its components are given: words, time, direction, who reads, and what they may do. */
export interface Tools {
  readonly t: Translate;
  /** True where the catalogue has the key. */
  readonly has: (key: string) => boolean;
  readonly locale: string;
  readonly locales: readonly string[];
  readonly dir: "ltr" | "rtl";
  /** True where the page's language lacks the key, so that English is shown. */
  readonly lacks: (key: string) => boolean;
  /** True where nobody whose language it is has read these words yet: the page says so. */
  readonly awaitsReader: boolean;
  /** IANA time zone of the reader's office. */
  readonly zone: string;
  readonly now: Temporal.Instant;
  /** Path and query of this page. */
  readonly url: string;
  readonly path: string;
  readonly role: "desk" | "portal";
  readonly node: { readonly code: string; readonly name: string; readonly kind: "state" | "provider" };
  readonly actor: Officer | null;
  /** Of the Content-Security-Policy, for the one inline style that the portal may have. */
  readonly nonce: string;
  /** Addresses of built assets by name, `desk.css`. */
  readonly asset: (name: string) => string;
  /** Asks the policy whether the reader may do this to that row. */
  readonly decide: (
    action: string,
    kind: SubjectKind,
    row: Readonly<Record<string, unknown>> & { id: string },
  ) => Decision;
  /** False where the reader can't do this to any thing: what leads to it is not shown. For acts that make a thing. */
  readonly may: (act: string) => boolean;
  /** Every act of the kind that its life table offers for this row, with the policy's word on it. */
  readonly acts: (kind: SubjectKind, row: Readonly<Record<string, unknown>> & { id: string }) => readonly OfferedAct[];
  /** Entries of the desk's navigation that this reader may open, with how much waits there. */
  readonly navigation: readonly {
    readonly href: string;
    readonly label: string;
    readonly count?: number;
    /** Counting has stopped at `count`: so many, or more. */
    readonly more?: true;
    readonly current: boolean;
  }[];
}
/** An act beside a thing: allowed, or not and why. */
export interface OfferedAct {
  readonly act: AnyAct;
  readonly href: string;
  readonly allowed: boolean;
  readonly decision: Decision;
  /** What the reason’s sentence may name of the thing. */
  readonly values?: Readonly<Record<string, string>>;
}

export const ToolsContext = createContext<Tools | null>(null);

/** The tools of the page being rendered. Throws outside of one: that is a bug. */
export function useTools(): Tools {
  const tools = useContext(ToolsContext);
  if (!tools) throw new Error("useTools() outside of a page");
  return tools;
}
