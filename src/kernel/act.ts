import type { z } from "zod";
import type { Actor } from "./actor.ts";
import type { Tx } from "./database.ts";
import type { JsonObject } from "./json.ts";
import type { Step } from "./life.ts";
import type { Node } from "./node.ts";
import type { SubjectKind } from "./subject.ts";

/** A file that travels with a message: pulled by the receiver and checked against the digest before the act is applied. */
export interface AttachedFile {
  /** SHA-256 of the plaintext, hex. */
  readonly digest: string;
  readonly size: number;
  readonly name: string;
  readonly media: string;
  /** Id of the thing on the sender's node that holds the bytes. */
  readonly item: string;
}

/** What an act is given beside its subject and input. */
export interface Context {
  readonly node: Node;
  readonly actor: Actor;
  readonly now: Temporal.Instant;
  /** Id of the thing acted on; of the thing being created, in a creating act (the act must store it under this id). */
  readonly id: string;
  /** Queues this act for a peer: sent with the journal entry, in the same transaction. At most once per peer. */
  readonly tell: (message: {
    readonly to: string;
    readonly body: JsonObject;
    readonly files?: readonly AttachedFile[];
  }) => void;
  /** Adds to the caller's answer what the journal must not hold (a code that is shown once). */
  readonly answer: (more: JsonObject) => void;
  /** Overrides the state that the life table names, where the outcome depends on facts (only to a state of the table). */
  readonly settle: (state: string) => void;
}

export interface ActDefinition<Row, Input, Done extends JsonObject> {
  readonly input: z.ZodType<Input>;
  /** Provisions that the act rests on, `CETS 185 Art. 29(7)`; beside the life table's own source. */
  readonly basis?: readonly string[];
  /** The officer must have proved presence within the last minutes. */
  readonly stepUp?: boolean;
  /** Which role of the process offers it. Default `desk`. `internal`: performed by code only, no route. */
  readonly audience?: "desk" | "portal" | "internal";
  /** Performs the valid call together with others that wait, in one transaction (intake of reports); instead of the pipeline's own. */
  readonly gather?: (call: import("./pipeline.ts").Call) => Promise<import("./pipeline.ts").Performed>;
  /** The change beyond the state itself, which the pipeline sets from the life table. Returns what the journal says. */
  readonly apply: (tx: Tx, row: Row, input: Input, context: Context) => Promise<Done>;
}

/** A registered act. */
export interface Act<Row = never, Input = never, Done extends JsonObject = JsonObject> extends ActDefinition<
  Row,
  Input,
  Done
> {
  /** `request.authorise`. */
  readonly name: string;
  /** `authorise`. */
  readonly verb: string;
  readonly subject: SubjectKind;
  readonly step?: Step;
  /** Set where the act makes the thing; `under` is the kind whose row it is made under (a case's request). */
  readonly creates?: {
    readonly under?: SubjectKind;
    /** State of the new thing, as its life table names it. */
    readonly state?: string;
    /** What the policy may know of the thing before it exists. */
    readonly attributes: (input: never, context: { actor: Actor; node: Node; under: never }) => Record<string, unknown>;
  };
}

/** `actsOn(requestSubject)` gives the function that defines the acts of one kind; names come from its life table where it has one. */
export const actsOn =
  <R extends { id: string }, Name extends string = string>(
    subject: SubjectKind<R> & { readonly life?: Readonly<Record<Name, Step>> },
  ) =>
  <Input, Done extends JsonObject>(verb: Name, definition: ActDefinition<R, Input, Done>): Act<R, Input, Done> => {
    const step = subject.life?.[verb as keyof typeof subject.life] as Step | undefined;
    return {
      name: `${subject.name}.${verb}`,
      verb,
      subject: subject as SubjectKind,
      ...(step ? { step } : {}),
      ...definition,
    };
  };

/** Defines the act that makes a thing. `apply` is given the row of the kind it is made under, or `undefined`. */
export const creates = <R extends { id: string }, Under, Input, Done extends JsonObject>(
  subject: SubjectKind<R>,
  verb: string,
  definition: ActDefinition<Under, Input, Done> & {
    readonly under?: SubjectKind;
    readonly state?: string;
    readonly attributes?: (
      input: Input,
      context: { actor: Actor; node: Node; under: Under },
    ) => Record<string, unknown>;
  },
): Act<Under, Input, Done> => {
  const { under, state, attributes = () => ({}), ...rest } = definition;
  return {
    name: `${subject.name}.${verb}`,
    verb,
    subject: subject as SubjectKind,
    creates: { ...(under ? { under } : {}), ...(state ? { state } : {}), attributes: attributes as never },
    ...rest,
  };
};

/** An act of any row and input, as the registry holds it. */
// oxlint-disable-next-line typescript/no-explicit-any -- the registry erases the types that each definition has checked
export type AnyAct = Act<any, any, JsonObject>;

/** What a peer's act does here. Goes through the same pipeline, with the peer as the actor, and is journalled. */
export interface MessageDefinition<Row, Body, Done extends JsonObject> {
  /** The act as the sender's node names it. */
  readonly act: string;
  readonly subject: SubjectKind;
  readonly body: z.ZodType<Body>;
  /** True where the subject does not exist here before (a request that arrives); `again` where it may be known already. */
  readonly creates?: boolean | "again";
  /** What the policy may know of the thing before it exists here (`side: "receiver"`). */
  readonly attributes?: (body: Body) => Record<string, unknown>;
  readonly receive: (tx: Tx, row: Row, body: Body, context: ReceiveContext) => Promise<Done>;
}
/** What a message is given: the context of an act, and what was received. */
export interface ReceiveContext extends Context {
  readonly from: string;
  /** The sender's journal record and salt, as signed. */
  readonly entry: { readonly record: JsonObject; readonly salt: string; readonly digest: string };
  /** When the sender says that it acted; `now` is when it was received. */
  readonly at: Temporal.Instant;
  readonly files: readonly (AttachedFile & {
    /** Where the pulled bytes are, for the vault. */ readonly blob: string;
    /** Computed here, as the bytes came. */ readonly md5?: string | undefined;
    readonly sha1?: string | undefined;
  })[];
}
export const message = <Row, Body, Done extends JsonObject>(
  definition: MessageDefinition<Row, Body, Done>,
): MessageDefinition<Row, Body, Done> => definition;
// oxlint-disable-next-line typescript/no-explicit-any -- as for AnyAct
export type AnyMessage = MessageDefinition<any, any, JsonObject>;
