import { life } from "../kernel/life.ts";
import { subject } from "../kernel/subject.ts";
import type { Node } from "../kernel/node.ts";
import { seal, unseal } from "../trust/seal.ts";

/** Where an exhibit stands before the court: on the list, put in, admitted or not, taken back. */
export type State = "listed" | "tendered" | "admitted" | "excluded" | "withdrawn";

/** An exhibit's life. A ruling can be reconsidered by the court, never undone by a party. */
// prettier-ignore
export const LIFE = life<State>()({
  describe: { from: ["listed"] },
  tender:   { from: ["listed"],                 to: "tendered" },
  admit:    { from: ["tendered", "excluded"],   to: "admitted" },
  exclude:  { from: ["tendered", "admitted"],   to: "excluded" },
  withdraw: { from: ["listed", "tendered"],     to: "withdrawn" },
  relist:   { from: ["withdrawn"],              to: "listed" },
});

export const PARTIES = ["prosecution", "defence", "court"] as const;
export type Party = (typeof PARTIES)[number];

/** An exhibit as its table holds it. */
export interface ExhibitRow {
  readonly id: string;
  readonly case_id: string;
  readonly item_id: string;
  /** `P1`, as the country's pack makes it. */
  readonly mark: string;
  readonly party: Party;
  readonly place: number;
  readonly state: State;
  /** Office of the case. */
  readonly office: string;
  readonly words: Buffer;
  readonly listed_by: string | null;
  readonly listed_by_name: string | null;
  readonly listed_at: Temporal.Instant;
  readonly tendered_by: string | null;
  readonly tendered_at: Temporal.Instant | null;
  readonly decided_by: string | null;
  readonly decided_by_name: string | null;
  readonly decided_at: Temporal.Instant | null;
}

export const exhibitSubject = subject<ExhibitRow>()({
  name: "exhibit",
  plural: "exhibits",
  table: "exhibit",
  sealed: true,
  recorded: {},
  attributes: {
    state: "String",
    office: "String",
    party: "String",
    listed_by: "String",
    tendered_by: "String",
  },
  life: LIFE,
});

/** What is said of an exhibit; sealed in its row, as it speaks of what is in evidence. */
export interface Words {
  /** What the court calls it. */
  readonly title: string;
  /** What it is to prove. */
  readonly proves: string;
  /** Why it was admitted or excluded, in the judge's words. */
  readonly ruling?: string;
  readonly provision?: string;
}

const place = (id: string): string => `exhibit:${id}:words`;
export const sealWords = ({ services }: Pick<Node, "services">, id: string, words: Words): Buffer =>
  seal(services.keys.seal, JSON.stringify(words), place(id));
export const wordsIn = ({ services }: Pick<Node, "services">, { id, words }: Pick<ExhibitRow, "id" | "words">): Words =>
  JSON.parse(unseal(services.keys.seal, words, place(id)).toString()) as Words;
