import type { Expression, SqlBool } from "kysely";
import type { Readable } from "node:stream";
import type { z } from "zod";
import type { Actor } from "./actor.ts";
import type { Database } from "./database.ts";
import type { Node } from "./node.ts";
import type { SubjectKind } from "./subject.ts";

/** Who reads, and what the policy lets them see. Every query of a view stands behind `visible`. */
export interface Reader {
  readonly node: Node;
  readonly actor: Actor;
  readonly now: Temporal.Instant;
  readonly db: Database;
  readonly locale: string;
  readonly zone: string;
  /** WHERE expression over the kind's table (by `alias`): the rows that this reader may see under `<kind>.read`, or `action`. */
  readonly visible: (kind: SubjectKind, more?: { action?: string; alias?: string }) => Expression<SqlBool>;
  /** The same as alternatives: rows are visible where one of them holds. For `firstOf`, which looks each up by its index. */
  readonly visibleParts: (
    kind: SubjectKind,
    more?: { action?: string; alias?: string },
  ) => readonly Expression<SqlBool>[];
}

/** A query bound to its reader. `undefined` is a 404: what one may not see does not exist. */
export interface View<Input = never, Result = unknown> {
  /** `request.list`: operation id in OpenAPI. */
  readonly name: string;
  /** Path below `/api/v1`, `/requests/:id`; absent for a view that only pages use. */
  readonly path?: string;
  readonly role?: "desk" | "portal";
  readonly subject?: SubjectKind;
  /** An action asked of the node itself before anything is read (`statistics.read`), for views without a subject. */
  readonly gate?: string;
  readonly input: z.ZodType<Input>;
  readonly read: (reader: Reader, input: Input) => Promise<Result | undefined>;
}
export const view = <Input, Result>(definition: View<Input, Result>): View<Input, Result> => definition;
// oxlint-disable-next-line typescript/no-explicit-any -- the registry erases the types that each definition has checked
export type AnyView = View<any, any>;

/** A view's result that is bytes rather than JSON: sent as they come, never rendered by the browser unless `inline`. */
export class Download {
  readonly body: Readable | Buffer;
  readonly type: string;
  readonly filename: string;
  readonly inline: boolean;
  readonly size: number | undefined;
  constructor(body: Readable | Buffer, more: { type: string; filename: string; inline?: boolean; size?: number }) {
    this.body = body;
    this.type = more.type;
    this.filename = more.filename;
    this.inline = more.inline ?? false;
    this.size = more.size ?? (Buffer.isBuffer(body) ? body.length : undefined);
  }
}

/** One page of a list: `next` is the cursor of the page after, absent on the last. */
export interface Listed<Item> {
  readonly items: readonly Item[];
  readonly next?: string;
}

/** Turns the sort values of the last row into an opaque cursor. */
export const cursorOf = (...values: readonly (string | number | null)[]): string =>
  Buffer.from(JSON.stringify(values)).toString("base64url");

/** Reads a cursor back; `undefined` where it is not one of ours. */
export function readCursor(
  cursor: string | undefined,
  length: number,
): readonly (string | number | null)[] | undefined {
  if (cursor === undefined || cursor === "") return undefined;
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    const fits = (v: unknown) =>
      v === null || typeof v === "number" || (typeof v === "string" && v.length < 200 && !v.includes("\0"));
    return Array.isArray(values) && values.length === length && values.every(fits) ? values : undefined;
  } catch {
    return undefined;
  }
}
