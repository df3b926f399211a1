import { type Tx, sql } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import { OBSERVABLE_TYPES, type ObservableType } from "../observables/slice.ts";
import { unseal } from "../trust/seal.ts";
import type { Code } from "./classification.ts";
import { officeFor, ordinaryPriority, reportingOf } from "./law.ts";
import { contactPlace } from "./report.ts";
import type { Prepared } from "./submission.ts";

/** What another node tells of a report of its own. */
export interface FromPeer {
  readonly category: Code;
  readonly description: string;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly language: string;
  readonly observables: readonly {
    readonly type: string;
    readonly value: string;
    readonly key: string;
    readonly strong: boolean;
  }[];
  readonly contact?: Readonly<Record<string, string | undefined>> | undefined;
}

const isKnown = (type: string): type is ObservableType => (OBSERVABLE_TYPES as readonly string[]).includes(type);

/** A report of another node, ready to be written here: ranked and routed by this country's law. */
export function preparedFromPeer(
  node: Node,
  { category, description, facts, language, observables, contact }: FromPeer,
): Prepared {
  const reporting = reportingOf(node);
  const said = (name: string): boolean => facts[name] === true;
  return {
    category,
    description,
    channel: "peer",
    language,
    observables: observables.flatMap(({ type, ...rest }) => (isKnown(type) ? [{ type, ...rest }] : [])),
    facts,
    urgency: {
      category,
      danger: said("danger"),
      minor: said("minor"),
      live: said("live"),
      essential: said("essential"),
    },
    contact: contact ? JSON.stringify(contact) : null,
    receivedAt: node.clock(),
    law: { ordinary: ordinaryPriority(reporting, category), sharedMin: reporting.sharedMin },
    office: officeFor(reporting, { category }),
  };
}

/** The office that the pack's routes name for a category; `null`: any police office. */
export async function officeIn(tx: Tx, node: Node, category: Code): Promise<string | null> {
  const code = officeFor(reportingOf(node), { category });
  if (code === undefined) return null;
  const { rows } = await sql<{ id: string }>`select id from office where code = ${code}`.execute(tx);
  return rows[0]?.id ?? null;
}

/** The contact of a report, opened; `undefined` for an anonymous one. Only where the reporter agreed, or an act with a reason says so. */
export async function toldContact(tx: Tx, node: Node, report: string): Promise<Record<string, string> | undefined> {
  const { rows } = await sql<{ sealed: Buffer }>`select sealed from report_contact where report_id = ${report}`.execute(
    tx,
  );
  const [row] = rows;
  return row
    ? (JSON.parse(unseal(node.services.keys.seal, row.sealed, contactPlace(report)).toString()) as Record<
        string,
        string
      >)
    : undefined;
}
