import { Readable } from "node:stream";
import { z } from "zod";
import { stamp } from "../kernel/clock.ts";
import { sql } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import { messageOf } from "../kernel/outbox.ts";
import { ageDecrypted, ageEncrypted } from "../trust/age.ts";
import { COURIER_DAYS, ENVELOPE_BYTES_MAX, type EnvelopeProblem, SEQUENCE_MAX } from "../trust/envelope.ts";
import { RECEIPT_BYTES_MAX } from "../trust/receipt.ts";
import { heldBlob } from "../trust/vault-blobs.ts";
import { Malformed } from "../trust/verify-errors.ts";
import { archiveOf, type Member, membersOf } from "./courier-archive.ts";
import { receiveSealed } from "./gateway.ts";
import { openersOf } from "./identity.ts";
import { findPeer, type TrustedPeer } from "./messages-peer.ts";
import { payloadOf, sealedFor, waitingAfter } from "./messages-outgoing.ts";
import { keepCouriered, settlePulled } from "./messages-pulling.ts";
import { fold } from "./messages-receipts.ts";

const VERSION = "comity.courier/1";
/** What a courier's file says of itself. Nobody signs it: what it holds is signed, each envelope and each receipt. */
const headSchema = z.object({
  v: z.literal(VERSION),
  from: z.string().regex(/^[A-Z][A-Z0-9]{1,7}$/),
  to: z.string().regex(/^[A-Z][A-Z0-9]{1,7}$/),
  made: z.iso.datetime(),
  carrier: z.string().max(200),
});
export type CourierHead = z.infer<typeof headSchema>;
const HEAD_BYTES_MAX = 4_096;

/** Numbers of the peer's messages for which receipts are carried back. */
export interface Owed {
  readonly from: number;
  readonly to: number;
}

const numbered = (folder: string, seq: number): string => `${folder}/${String(seq).padStart(12, "0")}`;
const small = (name: string, text: string): Member => {
  const bytes = Buffer.from(text);
  return { name, size: bytes.length, body: Readable.from([bytes]) };
};

/** Everything that waits for a peer, and receipts that it is owed, as one age file to it: streamed, whatever its size. */
export function courierFile(
  node: Node,
  peer: TrustedPeer,
  more: { readonly carrier: string; readonly owed?: Owed | undefined },
): Promise<Readable> {
  return ageEncrypted(archiveOf(contents(node, peer, more)), peer.entry.encryption.x);
}

async function* contents(
  node: Node,
  peer: TrustedPeer,
  { carrier, owed }: { readonly carrier: string; readonly owed?: Owed | undefined },
): AsyncGenerator<Member> {
  const head: CourierHead = { v: VERSION, from: node.code, to: peer.code, made: stamp(node.clock()), carrier };
  yield small("courier.json", JSON.stringify(head));
  if (owed) {
    const rows = await node.db
      .selectFrom("inbox")
      .select(["seq", "receipt"])
      .where("peer", "=", peer.code)
      .where("seq", ">=", owed.from)
      .where("seq", "<=", owed.to)
      .orderBy("seq")
      .execute();
    for (const { seq, receipt } of rows) yield small(`${numbered("receipts", seq)}.jws`, receipt);
  }
  for (let after = 0; ;) {
    const rows = await waitingAfter(node, peer.code, after, SEQUENCE_MAX);
    for (const row of rows) {
      const { sealed } = await sealedFor(node, peer, row, COURIER_DAYS);
      yield small(`${numbered("envelopes", row.seq)}.jwe`, sealed);
      for (const [ordinal, file] of messageOf(node, row).files.entries()) {
        const held = await heldBlob(node.db, node.services.vault, `item:${file.item}`);
        if (!held) throw new Error("a file that was promised to a peer is not in the vault any more");
        yield { name: `${numbered("files", row.seq)}/${ordinal}`, size: file.size, body: held.read() };
      }
      after = row.seq;
    }
    if (rows.length === 0) return;
  }
}

/** What came of a courier's file. */
export interface Brought {
  /** Envelopes that are here now, of which so many were new, and files that were new. */
  readonly envelopes: number;
  readonly fresh: number;
  readonly files: number;
  /** Receipts that were folded. */
  readonly receipts: number;
  /** Numbers of the messages for which receipts go back; `null` where the file held none. */
  readonly owed: Owed | null;
  /** The first message that was not taken, and why; `null` where all were. */
  readonly problem: {
    readonly seq: number;
    readonly type: EnvelopeProblem;
    readonly expected?: number | undefined;
  } | null;
}

/** A courier's file that was opened: what it says of itself, and the rest of it. Throws `Malformed`. */
export async function openCourier(
  node: Node,
  source: AsyncIterable<Uint8Array>,
): Promise<{ readonly head: CourierHead; readonly members: AsyncGenerator<Member> }> {
  const keys = openersOf(node).map(({ key }) => key);
  const plain = await ageDecrypted(source, keys).catch((): never => {
    throw new Malformed("courier: it is not encrypted to this node");
  });
  const members = membersOf(plain);
  const first = await members.next();
  if (first.done === true || first.value.name !== "courier.json")
    throw new Malformed("courier: it does not say what it is");
  const head = headSchema.safeParse(jsonOf(await textOf(first.value, HEAD_BYTES_MAX)));
  if (!head.success) throw new Malformed("courier: it does not say whom it is from");
  if (head.data.to !== node.code) throw new Malformed(`courier: it is for ${head.data.to}`);
  return { head: head.data, members };
}

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

async function textOf({ name, size, body }: Member, bytesMax: number): Promise<string> {
  if (size > bytesMax) throw new Malformed(`courier: ${name} is too large`);
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return Buffer.concat(parts).toString("latin1");
}

const PLACE = /^(envelopes|receipts|files)\/(\d{12})(?:\.jwe|\.jws|\/(\d{1,3}))$/;

/**
 * Takes what a courier brought, in order, by the same rules as from the line. It may be done again, wholly or from where it broke off:
 * what is here already stays as it is.
 */
export async function takeCourier(
  node: Node,
  peer: TrustedPeer,
  { members, carrier }: { readonly members: AsyncGenerator<Member>; readonly carrier: string },
): Promise<Brought> {
  const taking = new Courier(node, peer, carrier);
  try {
    for await (const member of members) {
      const [, kind, digits = "", ordinal] = PLACE.exec(member.name) ?? [];
      const seq = Number(digits);
      if (kind === "receipts") await taking.receipt(seq, await textOf(member, RECEIPT_BYTES_MAX));
      if (kind === "envelopes") await taking.envelope(seq, await textOf(member, ENVELOPE_BYTES_MAX));
      if (kind === "files") await taking.file(seq, Number(ordinal), member);
      if (taking.problem) break;
    }
  } finally {
    // Breaks the stream off where it was not read to its end.
    await members.return(undefined);
  }
  return taking.done();
}

/** What is being taken: envelopes are handed over several at once, before the first file and at the end. */
class Courier {
  problem: Brought["problem"] = null;
  readonly #node: Node;
  readonly #peer: TrustedPeer;
  readonly #carrier: string;
  readonly #since: Temporal.Instant;
  #waiting: { seq: number; text: string }[] = [];
  #envelopes = 0;
  #files = 0;
  #receipts = 0;
  #owed: Owed | null = null;
  constructor(node: Node, peer: TrustedPeer, carrier: string) {
    [this.#node, this.#peer, this.#carrier, this.#since] = [node, peer, carrier, node.clock()];
  }
  async envelope(seq: number, text: string): Promise<void> {
    this.#waiting.push({ seq, text });
    if (this.#waiting.length >= SEQUENCE_MAX) await this.flush();
  }
  async flush(): Promise<void> {
    const going = this.#waiting;
    this.#waiting = [];
    if (going.length === 0) return;
    const texts = going.map(({ text }) => text);
    const outcomes = await receiveSealed(this.#node, texts, {
      stranger: `courier ${this.#peer.code}`,
      byHand: true,
    });
    for (const [n, outcome] of outcomes.entries()) {
      const seq = going[n]?.seq ?? 0;
      if ("problem" in outcome) {
        this.problem = { seq, type: outcome.problem, expected: outcome.expected };
        break;
      }
      this.#envelopes += 1;
      this.#owed = { from: this.#owed?.from ?? seq, to: seq };
    }
    if (!this.problem && outcomes.length < going.length) throw new Error("an envelope could not be applied");
  }
  async file(seq: number, ordinal: number, member: Member): Promise<void> {
    await this.flush();
    if (this.problem) return;
    if (await keepCouriered(this.#node, this.#peer, { seq, ordinal, size: member.size, body: member.body }))
      this.#files += 1;
    await settlePulled(this.#node, this.#peer.code);
  }
  async receipt(seq: number, text: string): Promise<void> {
    const [row] = await waitingAfter(this.#node, this.#peer.code, seq - 1, 1);
    if (row?.seq !== seq) return;
    this.#receipts += await fold(this.#node, this.#peer, [{ row, payload: payloadOf(this.#node, row), receipt: text }]);
  }
  async done(): Promise<Brought> {
    await this.flush();
    await settlePulled(this.#node, this.#peer.code);
    const { rows } = await sql<{ id: string }>`update inbox set courier = ${this.#carrier}
      where peer = ${this.#peer.code} and received_at >= ${this.#since} and courier is null
        and seq between ${this.#owed?.from ?? 0} and ${this.#owed?.to ?? 0} returning id`.execute(this.#node.db);
    return {
      envelopes: this.#envelopes,
      fresh: rows.length,
      files: this.#files,
      receipts: this.#receipts,
      owed: this.#owed,
      problem: this.problem,
    };
  }
}

/** The peer that a courier's file says it is from; throws `Malformed` where there is no trusted one. */
export async function courierPeer(node: Node, { from }: CourierHead): Promise<TrustedPeer> {
  const peer = await findPeer(node.db, from);
  if (!peer) throw new Malformed(`courier: there is no trusted peer ${from}`);
  return peer;
}
