import { z } from "zod";
import { type Database, sql, type Tx } from "../kernel/database.ts";
import type { Listed, Reader } from "../kernel/view.ts";
import { view } from "../kernel/view.ts";
import { ageRecipient } from "../trust/age.ts";
import { type SignedEntry, telephoneNumber } from "../trust/directory.ts";
import type { EnvelopeProblem } from "../trust/envelope.ts";
import { ownEntry } from "./identity.ts";
import { type AlarmKind, peer, type PeerRow, type PeerState, type RefusedBody, type SendingProblem } from "./peer.ts";

/** One line of the list of peers. */
export interface PeerLine {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly kind: "state" | "provider";
  readonly state: PeerState;
  /** Messages that wait to be delivered. */
  readonly backlog: number;
  readonly alarms: number;
  /** When something last came from it, or it last took something. */
  readonly heardAt: Temporal.Instant | null;
}
const PEERS_MAX = 500;

/** Every node that people have proposed, confirmed or revoked. */
export const peerList = view({
  name: "peer.list",
  path: "/peers",
  subject: peer,
  input: z.object({}),
  read: async (reader): Promise<Listed<PeerLine>> => {
    const { rows } = await sql<PeerLine>`select peer.id, peer.code, peer.name, peer.kind, peer.state,
        (select count(*) from outbox o where o.peer = peer.code and o.delivered_at is null)::int as backlog,
        (select count(*) from exchange_alarm a where a.peer = peer.code and a.ended_at is null)::int as alarms,
        greatest((select max(received_at) from inbox i where i.peer = peer.code), (select max(delivered_at) from outbox o where o.peer = peer.code)) as "heardAt"
      from peer where ${reader.visible(peer)} order by (peer.state = 'revoked'), peer.name, peer.proposed_at desc limit ${sql.lit(PEERS_MAX)}`.execute(
      reader.db,
    );
    return { items: rows };
  },
});

/** How often something was not taken at the gateway, for one reason. */
export interface TurnedAway {
  readonly reason: EnvelopeProblem;
  readonly count: number;
  readonly lastAt: Temporal.Instant;
}
const TURNED_AWAY_DAYS = 30;

/** The list, the number under which this node is known to others, and what was not taken in the last thirty days. */
export interface OwnPeers {
  readonly peers: Listed<PeerLine>;
  readonly number: string;
  readonly turnedAway: readonly TurnedAway[];
}
/** What the page of peers shows. */
export const peersWithOwn = view({
  name: "peer.page",
  subject: peer,
  input: z.object({}),
  read: async (reader): Promise<OwnPeers | undefined> => {
    const peers = await peerList.read(reader, {});
    const { rows: turnedAway } =
      await sql<TurnedAway>`select reason, sum(count)::int as count, max(last_at) as "lastAt" from turned_away
      where last_at >= ${reader.now.subtract({ hours: 24 * TURNED_AWAY_DAYS })} group by reason order by max(last_at) desc`.execute(
        reader.db,
      );
    return peers && { peers, number: telephoneNumber(ownEntry(reader.node, reader.now)), turnedAway };
  },
});

/** An alarm as it is shown. */
export interface Alarm {
  readonly kind: AlarmKind;
  readonly detail: Readonly<Record<string, string | number>>;
  readonly raisedAt: Temporal.Instant;
}
/** A message between the two, whichever way it went. */
export interface Exchanged {
  readonly id: string;
  readonly direction: "in" | "out";
  readonly seq: number;
  readonly act: string;
  readonly subjectKind: string;
  readonly subjectId: string;
  /** When the sender acted. */
  readonly at: Temporal.Instant;
  /** Out: when its receipt came; in: when it was applied or refused; `null` while it waits. */
  readonly doneAt: Temporal.Instant | null;
  readonly attempts: number;
  /** When it was last given to a courier, or came by one, and who carried it; `null` where none did. */
  readonly courierAt: Temporal.Instant | null;
  readonly courier: string | null;
  /** Whether the key that signed it is distrusted from before it was signed. */
  readonly distrusted: boolean;
  readonly problem: SendingProblem | RefusedBody | null;
  /** Whether the reader may open the thing that it is about. */
  readonly open: boolean;
}
/** Everything about one peer. */
export interface PeerFacts {
  readonly peer: PeerRow;
  readonly entry: SignedEntry["entry"];
  readonly proposedBy: string;
  readonly confirmedBy: string | null;
  readonly lastOut: number;
  readonly lastDelivered: number;
  readonly lastIn: number;
  readonly backlog: number;
  readonly waitingIn: number;
  readonly lastReceiptAt: Temporal.Instant | null;
  /** What waits and was given to a courier: how much, since when, and to whom. */
  readonly couriered: number;
  readonly courierAt: Temporal.Instant | null;
  readonly courier: string | null;
  /** How far its clock was from ours at its last message, in seconds; positive where theirs is ahead. */
  readonly skewSeconds: number | null;
  readonly alarms: readonly Alarm[];
  readonly messages: readonly Exchanged[];
}
const MESSAGES_SHOWN = 25;

/** One peer: its number, keys and contact point, how far both directions have come, what is amiss. */
export const peerView = view({
  name: "peer.read",
  path: "/peers/:id",
  subject: peer,
  input: z.object({ id: z.uuid() }),
  read: async (reader, { id }): Promise<PeerFacts | undefined> => {
    const { rows } = await sql<PeerRow>`select * from peer where id = ${id} and ${reader.visible(peer)}`.execute(
      reader.db,
    );
    const [row] = rows;
    if (!row) return undefined;
    const { rows: counted } = await sql<Omit<PeerFacts, "peer" | "entry" | "alarms" | "messages">>`select
        (select name from account where id::text = ${row.proposed_by}) as "proposedBy", (select name from account where id::text = ${row.confirmed_by}) as "confirmedBy",
        coalesce((select last from outbox_sequence where peer = ${row.code}), 0) as "lastOut",
        coalesce((select max(seq) from outbox where peer = ${row.code} and delivered_at is not null), 0) as "lastDelivered",
        coalesce((select last from inbox_sequence where peer = ${row.code}), 0) as "lastIn",
        (select count(*) from outbox where peer = ${row.code} and delivered_at is null)::int as backlog,
        (select count(*) from inbox where peer = ${row.code} and settled_at is null)::int as "waitingIn",
        (select max(delivered_at) from outbox where peer = ${row.code}) as "lastReceiptAt",
        (select count(*) from outbox where peer = ${row.code} and delivered_at is null and courier_at is not null)::int as couriered,
        (select max(courier_at) from outbox where peer = ${row.code} and delivered_at is null) as "courierAt",
        (select courier from outbox where peer = ${row.code} and delivered_at is null and courier_at is not null order by courier_at desc limit 1) as courier,
        (select extract(epoch from sent_at - received_at)::int from inbox where peer = ${row.code} order by seq desc limit 1) as "skewSeconds"`.execute(
      reader.db,
    );
    const [counts] = counted;
    if (!counts) return undefined;
    return {
      ...counts,
      peer: row,
      entry: (row.entry as SignedEntry).entry,
      proposedBy: counts.proposedBy ?? row.proposed_by,
      confirmedBy: counts.confirmedBy ?? row.confirmed_by,
      alarms: await alarmsOf(reader, row.code),
      messages: await exchanged(reader, { peer: row.code }),
    };
  },
});

const alarmsOf = async ({ db }: Reader, code: string): Promise<Alarm[]> =>
  (
    await db
      .selectFrom("exchange_alarm")
      .select(["kind", "detail", "raised_at"])
      .where("peer", "=", code)
      .where("ended_at", "is", null)
      .orderBy("raised_at")
      .execute()
  ).map(({ kind, detail, raised_at: raisedAt }) => ({
    kind: kind as AlarmKind,
    detail: detail as Alarm["detail"],
    raisedAt,
  }));

/** Signed under a key of its peer that people no longer believe, after the moment from which they do not. */
const DISTRUSTED = sql<boolean>`exists (select from peer p, jsonb_array_elements(p.keys) k
  where p.code = inbox.peer and k->>'fingerprint' = inbox.kid and (k->>'distrusted')::timestamptz <= inbox.sent_at)`;

/** The latest messages with a peer, or all about one thing: what was sent, whether it arrived, and why not. */
export async function exchanged(
  reader: Reader,
  of: { readonly peer: string } | { readonly kind: string; readonly id: string },
): Promise<Exchanged[]> {
  const which = "peer" in of ? sql`peer = ${of.peer}` : sql`subject_kind = ${of.kind} and subject_id = ${of.id}`;
  const { rows } = await sql<Omit<Exchanged, "open">>`
    (select id, 'out' as direction, seq, act, subject_kind as "subjectKind", subject_id as "subjectId", at, delivered_at as "doneAt", attempts, courier_at as "courierAt", courier, false as distrusted, problem from outbox where ${which} order by at desc limit ${sql.lit(MESSAGES_SHOWN)})
    union all
    (select id, 'in', seq, act, subject_kind, subject_id, acted_at, settled_at, attempts, case when courier is null then null else received_at end, courier, ${DISTRUSTED}, problem from inbox where ${which} order by received_at desc limit ${sql.lit(MESSAGES_SHOWN)})
    order by at desc limit ${sql.lit(MESSAGES_SHOWN)}`.execute(reader.db);
  const seen = await seenBy(reader, rows);
  return rows.map((row) => ({ ...row, open: seen.has(row.subjectId) }));
}

/** Ids of those requests among the messages' things that the reader may see. */
async function seenBy(
  { db, node, visible }: Reader,
  messages: readonly Pick<Exchanged, "subjectKind" | "subjectId">[],
): Promise<Set<string>> {
  const kind = node.registry.subjects.get("request");
  const ids = messages.filter(({ subjectKind }) => subjectKind === "request").map(({ subjectId }) => subjectId);
  if (!kind || ids.length === 0) return new Set();
  const { rows } = await sql<{
    id: string;
  }>`select id from ${sql.table(kind.table)} where id = any(${ids}::uuid[]) and ${visible(kind)}`.execute(db);
  return new Set(rows.map(({ id }) => id));
}

/** How many alarms stand: shown beside the navigation's entry. */
export const countAlarms = async ({ db }: Reader): Promise<number> =>
  Number(
    (
      await db
        .selectFrom("exchange_alarm")
        .select((select) => select.fn.countAll().as("n"))
        .where("ended_at", "is", null)
        .executeTakeFirstOrThrow()
    ).n,
  );

/** Nodes to which something can be sent, for choices in forms. */
export const trustedPeers = ({ db }: Pick<Reader, "db">) =>
  db.selectFrom("peer").select(["code", "name", "kind"]).where("state", "=", "trusted").orderBy("name").execute();

/** Whoever can be sent a request: nodes, and those who are written to by e-mail. */
export async function askablePeers(
  reader: Pick<Reader, "db">,
): Promise<{ code: string; name: string; kind: string; byMail: boolean }[]> {
  const nodes = await trustedPeers(reader);
  const written = await reader.db
    .selectFrom("correspondent")
    .select(["code", "name", "kind"])
    .where("state", "=", "trusted")
    .execute();
  return [
    ...nodes.map((each) => ({ ...each, byMail: false })),
    ...written
      .filter(({ code }) => !nodes.some((node) => node.code === code))
      .map((each) => ({ ...each, byMail: true })),
  ].sort((a, b) => a.name.localeCompare(b.name, "en"));
}

/** The age recipient of every node that is trusted: what only it can open. */
export async function trustedRecipients({
  db,
}: Pick<Reader, "db">): Promise<
  readonly { readonly code: string; readonly name: string; readonly recipient: string }[]
> {
  const rows = await db.selectFrom("peer").select(["code", "name", "entry"]).where("state", "=", "trusted").execute();
  return rows.map(({ code, name, entry }) => ({
    code,
    name,
    recipient: ageRecipient((entry as unknown as SignedEntry).entry.encryption.x),
  }));
}

/** This node's own keys as they were rolled over, newest first. */
export const exchangeKeys = ({ db }: Pick<Reader, "db">) =>
  db.selectFrom("exchange_key").selectAll().orderBy("made_at", "desc").execute();

/** Every peer that is not revoked, for commands on the node itself. */
export const knownPeers = ({ db }: Pick<Reader, "db">) =>
  db
    .selectFrom("peer")
    .select(["id", "code", "name", "kind", "state", "digits"])
    .where("state", "<>", "revoked")
    .orderBy("code")
    .execute();
/** The one of that code; `undefined` where nobody has proposed it. */
export const knownPeer = async (node: Pick<Reader, "db">, code: string) =>
  (await knownPeers(node)).find((each) => each.code === code);

/** Names of other nodes by code, of revoked ones too: what was exchanged with them still bears their name. */
export async function peerNames(db: Database | Tx): Promise<ReadonlyMap<string, string>> {
  const rows = [
    ...(await db.selectFrom("correspondent").select(["code", "name"]).execute()),
    ...(await db.selectFrom("peer").select(["code", "name"]).orderBy("proposed_at").execute()),
  ];
  return new Map(rows.map(({ code, name }) => [code, name]));
}
