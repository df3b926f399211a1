import { seal, unseal } from "../trust/seal.ts";
import type { Node } from "../kernel/node.ts";

/** What a reporter told: their words, and the answers beside them. */
export interface Told {
  /** Empty where it was erased. */
  readonly description: string;
  /** Danger, minor, transfers, the columns of an import. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** A row of `report` as far as its words go. Rows from before words were sealed have them in the plain columns until a job has sealed them. */
export interface TellingRow {
  readonly id: string;
  readonly told: Buffer | null;
  readonly description?: string | null;
  readonly facts?: unknown;
}

const toldPlace = (report: string): string => `report:${report}:told`;
const messagePlace = (report: string, message: string): string => `report:${report}:message:${message}`;

/** Seals what was told to its report: moved to another it does not open. Words and answers only: the contact is sealed apart, whatever else comes with them. */
export const sealTold = ({ services }: Pick<Node, "services">, report: string, { description, facts }: Told): Buffer =>
  seal(services.keys.seal, JSON.stringify({ description, facts }), toldPlace(report));

/** What a report says. Throws where the sealed bytes were changed. */
export function toldIn({ services }: Node, { id, told, description, facts }: TellingRow): Told {
  if (told) {
    const opened = JSON.parse(unseal(services.keys.seal, told, toldPlace(id)).toString()) as Told;
    return { description: opened.description, facts: opened.facts };
  }
  return { description: description ?? "", facts: (facts ?? {}) as Told["facts"] };
}

/** The first characters of a report's words, for lists. */
export const excerptOf = (node: Node, row: TellingRow, length = 160): string =>
  toldIn(node, row).description.slice(0, length).toWellFormed();

/** Seals a message to its report. */
export const sealMessage = ({ services }: Node, report: string, message: string, body: string): Buffer =>
  seal(services.keys.seal, body, messagePlace(report, message));

/** The words of a message. */
export const messageIn = (
  { services }: Node,
  report: string,
  { id, sealed, body }: { readonly id: string; readonly sealed: Buffer | null; readonly body: string | null },
): string => (sealed ? unseal(services.keys.seal, sealed, messagePlace(report, id)).toString() : (body ?? ""));
