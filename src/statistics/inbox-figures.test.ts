import { afterAll, beforeAll, expect, test } from "vitest";
import { testNode, type TestNode } from "../../test/node.ts";
import { readerOf } from "../kernel/reader.ts";
import { receivedOn } from "./received.fixture.ts";
import { inboxFigures } from "./views-inbox.ts";

const HOUR = 3_600_000;
let at: TestNode;
const noon = Temporal.Instant.from("2026-10-05T12:00:00Z");
const rowsOf = async (id: string) =>
  inboxFigures.find((each) => each.id === id)?.read(readerOf(at.node, at.officer("statistician")));

beforeAll(async () => {
  at = await testNode([], { clock: () => noon.add({ hours: 10 }) });
  const day = "2026-10-05";
  await receivedOn(at.node, day, 2, { category: "F2", opened_at: noon.add({ hours: 1 }) });
  await receivedOn(at.node, day, 2, { category: "F2", opened_at: noon.add({ hours: 4 }), climbed: 1 });
  await receivedOn(at.node, day, 1, { category: "F2" });
  await receivedOn(at.node, day, 1, { category: "F2", state: "closed" });
  await receivedOn(at.node, day, 7, { category: "F1", folded: true });
  await receivedOn(at.node, day, 3, { category: "F1", quarantine: "flood" });
  await receivedOn(at.node, day, 2, { category: "F1", quarantine: "flood", state: "closed" });
});
afterAll(() => at.close());

test("how long until a report is opened: what nobody opened counts as open, what waits aside does not count", async () => {
  expect(await rowsOf("time-to-open")).toEqual([
    { priority: "2", ended: 4, open: 1, climbed: 2, median: 4 * HOUR, p90: null },
  ]);
});

test("what was put aside, and what is folded into its campaign", async () => {
  expect(await rowsOf("quarantined")).toEqual([{ reason: "flood", waiting: 3, junk: 2 }]);
  expect(await rowsOf("folded")).toEqual([{ category: "F1", reports: 7 }]);
});
