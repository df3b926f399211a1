import { status } from "../src/hi1/said.fixture.ts";
import { openCarrier } from "./apart-hi1.ts";
import { standing } from "./road.ts";
import type { RunningWorld } from "./world.ts";

/** A provider by TS 103 120: an order that it took, an answer that counts, and one that does not, as it names no ground. */
export async function providerByHi1(at: RunningWorld, caseId: string): Promise<void> {
  const ground = {
    folder: at.folder,
    client: at.client,
    gateway: (code: string) => at.node(code).gateway,
    now: () => Temporal.Now.instant(),
    fault: () => undefined,
  };
  const carrier = await openCarrier(ground, []);
  try {
    const id = await carrier.sent(caseId);
    await standing(at.client("XA", "investigator"), id, "delivered");
    await carrier.says([status("LDTask", id, "AwaitingDisclosure")]);
    const reason = { ErrorCode: 3000, ErrorDescription: "We would rather not." };
    await carrier.says([status("LDTask", id, "Rejected", { "task:StatusReason": reason })]);
  } finally {
    await carrier.close();
  }
}
