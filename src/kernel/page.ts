import type { ComponentChildren } from "preact";
import type { Actor } from "./actor.ts";
import type { AnyAct } from "./act.ts";
import type { FieldError } from "./errors.ts";
import type { Node } from "./node.ts";
import type { SubjectKind } from "./subject.ts";
import type { Tools } from "./tools.ts";
import type { Download, Reader, View } from "./view.ts";
import type { FormValues } from "./form.ts";

/** Ties a path to a view: `render` is given what the view found; nothing found is a 404, never a 403. */
export interface Page<Input = never, Result = unknown> {
  readonly path: string;
  readonly role?: "desk" | "portal";
  readonly view: View<Input, Result>;
  readonly render: (result: Result, tools: Tools) => ComponentChildren;
}
export const page = <Input, Result>(definition: Page<Input, Result>): Page<Input, Result> => definition;
// oxlint-disable-next-line typescript/no-explicit-any -- the registry erases the types that each definition has checked
export type AnyPage = Page<any, any>;

/** What an act's own form page is drawn from: the thing, what was typed, and what was wrong with it. */
export interface ActForm<Row = unknown> {
  readonly act: AnyAct;
  /** The subject's row; for a creating act the row of the kind it is made under, or `undefined`. */
  readonly row: Row;
  /** Where the form posts to. */
  readonly action: string;
  readonly values: FormValues;
  readonly errors: readonly FieldError[];
  /** A refusal that concerns no single field. */
  readonly refusal?: { readonly key: string; readonly values: Record<string, string | number> };
  /** Given back with the form so that a double click has one effect. */
  readonly idempotencyKey: string;
  readonly reader: Reader;
}
/** Replaces the generic form page of one act. */
export interface ActPage {
  readonly act: string;
  /** Reads what the form needs beside the row (choices, the thing's facts). */
  readonly prepare?: (form: ActForm<never>) => Promise<unknown>;
  readonly render: (form: ActForm<never>, tools: Tools, prepared: never) => ComponentChildren;
  /** Where to go when it is done; default the thing's page. `done` is what the JSON caller would get. */
  readonly then?: (done: Readonly<Record<string, unknown>>) => string;
}

/** A request to a route that is neither an act nor a view: health, assets, sign-in, the portal's steps, tus. */
export interface RouteCall {
  readonly node: Node;
  readonly actor: Actor;
  readonly reader: Reader;
  readonly tools: Tools;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** Parsed form or JSON body; `undefined` where the route streams. */
  readonly body: unknown;
  readonly request: import("fastify").FastifyRequest;
  readonly reply: import("fastify").FastifyReply;
}
/** What such a route answers. JSX is rendered as a document; `undefined` means that `reply` was used directly. */
export type RouteAnswer =
  | {
      readonly page: ComponentChildren;
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      /**
       * On the portal: the page depends on this name, its address and the reader's language, and on nothing else; it is made once.
       * Only with status 200, and never on a page that shows what anybody typed or when it is.
       */
      readonly same?: string;
    }
  | { readonly redirect: string }
  | { readonly json: unknown; readonly status?: number; readonly headers?: Readonly<Record<string, string>> }
  | {
      readonly text: string;
      readonly type?: string;
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | Download
  | undefined;

/** A hand-written route. It must say who may call it: `public`, or an action asked of the node, or an act it performs. */
export interface Route {
  readonly role: "desk" | "portal" | "gateway";
  readonly method: "GET" | "HEAD" | "POST" | "PATCH" | "DELETE" | "OPTIONS" | "PUT";
  readonly path: string;
  /** `public`: anybody. `signed-in`: any officer. Else the Cedar action asked of the node (`statistics.read`). */
  readonly access: "public" | "signed-in" | (string & {});
  /** Body: parsed (default), or `stream` for routes that read `request.raw` themselves. */
  readonly body?: "parsed" | "stream";
  /** Largest body in bytes. */
  readonly bodyLimit?: number;
  /** Sign-in and first-contact forms: the origin check still holds, a session does not exist yet. */
  readonly handle: (call: RouteCall) => Promise<RouteAnswer>;
  /** For OpenAPI: one sentence; absent for pages. */
  readonly summary?: string;
}
export const route = (definition: Route): Route => definition;

/** An entry of the desk's navigation, shown where `action` is allowed on the node (or always). */
export interface NavigationEntry {
  readonly href: string;
  /** Message key. */
  readonly label: string;
  readonly order: number;
  readonly action?: string;
  /** Shown on nodes of this kind only: a provider has no cases. */
  readonly node?: "state" | "provider";
  /** Shown where the reader could do one of these (`report.read`, `request.send`) to some thing; default: always. */
  readonly acts?: readonly string[];
  /** How much waits there for this reader. */
  readonly count?: (reader: Reader) => Promise<number>;
  /** Where that counting stops: so many are told as "or more". */
  readonly countMax?: number;
}

/** A part of another slice's page: the case page shows requests and items without knowing those slices. */
export interface Section {
  /** Kind of the page it appears on, `case`. */
  readonly on: SubjectKind["name"];
  readonly order: number;
  readonly read: (reader: Reader, id: string) => Promise<unknown>;
  readonly render: (found: never, tools: Tools, id: string) => ComponentChildren;
}
