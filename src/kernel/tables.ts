// Generated from migrations/ by `npm run generate`; a test fails when it has drifted.
import type { ColumnType, Generated } from "kysely";
import type { Json } from "./json.ts";

type JsonValue = Json;

export interface AnsweredTable {
  key: Buffer;
  question: Buffer;
  status: Generated<number>;
  answer: Buffer | null;
  at: Temporal.Instant;
}

export interface DeadlineTable {
  id: string;
  subject_kind: string;
  subject_id: string;
  rule: string;
  starts_at: Temporal.Instant;
  due_at: Temporal.Instant;
  suspended_at: Temporal.Instant | null;
  fired_at: Temporal.Instant | null;
  ended_at: Temporal.Instant | null;
  detail: ColumnType<JsonValue, string | undefined, string>;
}

export interface JournalTable {
  id: string;
  ord: Generated<number>;
  at: Temporal.Instant;
  act: string;
  subject_kind: string;
  subject_id: string;
  seq: number;
  prev: Buffer | null;
  record: ColumnType<JsonValue, string, string>;
  salt: Buffer;
  digest: Buffer;
  leaf: number | null;
}

export interface MigrationTable {
  name: string;
  digest: string;
  at: Generated<Temporal.Instant>;
}

export interface NodeStateTable {
  key: string;
  value: ColumnType<JsonValue, string, string>;
}

export interface OutboxTable {
  id: string;
  peer: string;
  seq: number;
  subject_kind: string;
  subject_id: string;
  act: string;
  entry: string;
  body: ColumnType<JsonValue, string, string>;
  files: ColumnType<JsonValue, string | undefined, string>;
  at: Temporal.Instant;
  attempts: Generated<number>;
  next_at: Temporal.Instant;
  problem: ColumnType<JsonValue | null, string | null, string | null>;
  delivered_at: Temporal.Instant | null;
  receipt: string | null;
}

export interface OutboxSequenceTable {
  peer: string;
  last: Generated<number>;
}

/** Every table of a node. */
export interface Tables {
  answered: AnsweredTable;
  deadline: DeadlineTable;
  journal: JournalTable;
  migration: MigrationTable;
  node_state: NodeStateTable;
  outbox: OutboxTable;
  outbox_sequence: OutboxSequenceTable;
}
