import { z } from "zod";
import type { Node } from "../kernel/node.ts";
import { life } from "../kernel/life.ts";
import { subject } from "../kernel/subject.ts";
import { seal, unseal } from "../trust/seal.ts";
import { LIST_MAX } from "./hash-list.ts";

/** Where a provider's return stands: being brought together, taken in as exhibits, given up. */
export type State = "open" | "taken" | "dropped";
export const LIFE = life<State>()({
  add: { from: ["open"] },
  relist: { from: ["open"] },
  take: { from: ["open"], to: "taken" },
  drop: { from: ["open"], to: "dropped" },
});

/** What a return says of itself; sealed in its table. */
export interface ReturnWords {
  readonly provider: string;
  readonly provider_reference?: string | undefined;
  readonly authority?: string | undefined;
  /** The provider's list of files and digests, as it came. */
  readonly list?: string | undefined;
}
/** A return as its table holds it, opened. */
export interface ReturnRow extends ReturnWords {
  id: string;
  number: string;
  state: State;
  office: string;
  office_name: string;
  begun_by: string;
  begun_by_name: string;
  case_id: string | null;
  request_id: string | null;
  words: Buffer;
  /** Item of the certificate, once it was taken in. */
  certificate_item: string | null;
  created_at: Temporal.Instant;
  ended_at: Temporal.Instant | null;
}

const place = (id: string): string => `return:${id}:words`;
export const sealReturn = ({ services }: Pick<Node, "services">, id: string, words: ReturnWords): Buffer =>
  seal(services.keys.seal, JSON.stringify(words), place(id));
export const openedReturn = <Row extends { readonly id: string; readonly words: Buffer }>(
  { services }: Pick<Node, "services">,
  row: Row,
): Row & ReturnWords => ({
  ...row,
  ...(JSON.parse(unseal(services.keys.seal, row.words, place(row.id)).toString()) as ReturnWords),
});

export const returnSubject = subject<ReturnRow>()({
  name: "return",
  plural: "returns",
  table: "provider_return",
  number: "number",
  attributes: { state: "String", office: "String", begun_by: "String" },
  life: LIFE,
  sealed: true,
  opened: (node, row) => openedReturn(node, row as ReturnRow) as ReturnRow,
});

/** One file of a return, sealed in its row. */
export interface FileWords {
  readonly name: string;
  readonly media: string;
  readonly md5: string;
  readonly sha1: string;
  readonly sha256: string;
}
const filePlace = (id: string): string => `return-file:${id}`;
export const sealFile = ({ services }: Pick<Node, "services">, id: string, words: FileWords): Buffer =>
  seal(services.keys.seal, JSON.stringify(words), filePlace(id));
export const openFile = ({ services }: Pick<Node, "services">, id: string, words: Buffer): FileWords =>
  JSON.parse(unseal(services.keys.seal, words, filePlace(id)).toString()) as FileWords;
/** Under which name the vault keeps a file of a return until it is an exhibit. */
export const fileHolder = (id: string): string => `return:${id}`;

const line = (max: number) => z.string().trim().min(1).max(max);
export const beginInput = z.strictObject({
  provider: line(200),
  provider_reference: line(120).optional(),
  authority: line(300).optional(),
  case: z
    .uuid()
    .optional()
    .meta({ control: "hidden" as const }),
  request: z
    .uuid()
    .optional()
    .meta({ control: "hidden" as const }),
  list: z.string().max(LIST_MAX).optional(),
});
