import { parentPort, workerData } from "node:worker_threads";
import type { Node } from "../kernel/node.ts";
import { type Answer, type Order, type Returned, type Sent, type Told, wholeOf } from "./preparing.ts";
import { prepare } from "./submission.ts";

/** A thread that searches and seals reports, so that the one that answers callers need not. */
const { seal, reporting } = workerData as Told;
const node = { services: { keys: { seal: Buffer.from(seal) } } } as Pick<Node, "services">;

parentPort?.on("message", ({ number, sent }: Order) => {
  const sealed: Buffer[] = [];
  const returned = (JSON.parse(sent) as Sent[]).map(({ id, submission, receiving }): Returned => {
    const now = Temporal.Instant.from(receiving.now);
    const { prepared, told, contact } = wholeOf(node, id, prepare(submission, { ...receiving, reporting, now }));
    sealed.push(told, ...(contact ? [contact] : []));
    const { receivedAt, transferAt, ...rest } = prepared;
    return {
      id,
      prepared: {
        ...rest,
        receivedAt: receivedAt.toString(),
        ...(transferAt ? { transferAt: transferAt.toString() } : {}),
      },
      toldBytes: told.length,
      contactBytes: contact?.length ?? 0,
    };
  });
  const bytes = new Uint8Array(Buffer.concat(sealed));
  parentPort?.postMessage({ number, prepared: JSON.stringify(returned), sealed: bytes } satisfies Answer, [
    bytes.buffer,
  ]);
});
