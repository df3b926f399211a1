import { expect } from "vitest";
import { batchOn, type Handed, reportOn, type Uploaded, uploadSlowly } from "./faults-load.ts";
import { type Acknowledged, patient } from "./patient.ts";
import { content, good, sendRequest } from "./road.ts";
import { type Answer, type Client, type RunningWorld, until } from "./world.ts";

/** What the driver was told on its way. */
export interface Driven {
  readonly acknowledged: readonly Acknowledged[];
  readonly reports: readonly Handed[];
  readonly batched: readonly Handed[];
  readonly upload: Uploaded;
  readonly caseId: string;
  /** Requests by the two nodes that share them, sender first. */
  readonly requests: readonly { readonly id: string; readonly nodes: readonly [Client, Client] }[];
  readonly item: string;
  readonly investigator: Client;
}

const BYTES = Buffer.from(
  "account,registered,address\nsunrise.claims,2026-10-29T06:11:04Z,198.51.100.77\n".repeat(400_000),
);

/** Waits until a request stands in a state on that desk, however often its nodes fall meanwhile. */
const standing = (client: Client, id: string, state: string): Promise<Answer> =>
  until(
    () => client.get(`/requests/${id}`),
    ({ status, body }) => status === 200 && body.state === state,
    60,
  );

/** How many acts the road has at least, over which blows are spread. */
export const STEPS = 30;

/**
 * Walks the road of a request from Aruna by Belmora to Meridian and of the evidence back, with reports coming in and bytes
 * being uploaded beside it. Each act is repeated under its key until it is answered. `begun` hears of each act;
 * `strike` is called once in the middle of the upload.
 */
export async function walk(
  at: RunningWorld,
  hears: { readonly begun: () => void; readonly strike: () => Promise<void> },
): Promise<Driven> {
  const acknowledged: Acknowledged[] = [];
  const by = (code: string, role: string) => patient(at.client(code, role), code, { acknowledged, begun: hears.begun });
  const signal = { stopped: false };
  const portal = at.node("XA").portal;
  const beside = Promise.all([reportOn(portal, signal), batchOn(portal, signal)]);
  beside.catch(() => undefined);
  const response = by("XP", "response-officer");
  const uploading = uploadSlowly(response, BYTES, "subscriber.csv", hears.strike);
  uploading.catch(() => undefined);
  try {
    const walked = await walkRequests(by, response, uploading);
    signal.stopped = true;
    const [reports, batched] = await beside;
    return { ...walked, acknowledged, reports, batched, upload: await uploading };
  } finally {
    signal.stopped = true;
  }
}

type Walked = Pick<Driven, "caseId" | "requests" | "item" | "investigator">;

async function walkRequests(
  by: (code: string, role: string) => Client,
  response: Client,
  uploading: Promise<Uploaded>,
): Promise<Walked> {
  const investigator = by("XA", "investigator");
  const [prosecutor, dutyA] = [by("XA", "prosecutor"), by("XA", "duty-officer")];
  const [prosecutorB, dutyB, centralB] = [
    by("XB", "prosecutor"),
    by("XB", "duty-officer"),
    by("XB", "central-authority"),
  ];
  const { id: caseId } = good(await investigator.post("/cases", { title: "Calls in a bank's name" }), 201);
  const path = `/cases/${caseId}/requests`;
  const aruna = { drafter: investigator, authoriser: prosecutor, sender: dutyA, path };
  const p29 = await sendRequest({ ...aruna, body: content("P29", "XB") });
  await takeOn(dutyB, p29);
  const preserve = { drafter: dutyB, authoriser: prosecutorB, sender: dutyB, path: `/requests/${p29}/requests` };
  const p16 = await sendRequest({ ...preserve, body: content("P16", "XP") });
  await takeOn(response, p16);
  good(await response.post(`/requests/${p16}/execute`, { outcome: "done" }));
  await standing(dutyB, p16, "executed");
  good(await dutyB.post(`/requests/${p29}/execute`, { outcome: "done", remark: "Meridian preserves." }));
  const { number } = (await standing(investigator, p29, "executed")).body as { number: string };
  const particulars = { follows: number, use: "Evidence in the proceedings named above." };
  const m31 = await sendRequest({ ...aruna, body: content("M31", "XB", { particulars }) });
  await takeOn(centralB, m31);
  const order = { drafter: centralB, authoriser: prosecutorB, sender: centralB, path: `/requests/${m31}/requests` };
  const o18b = await sendRequest({ ...order, body: content("O18b", "XP") });
  await takeOn(response, o18b);
  const { id: upload, digest } = await uploading;
  const acquisition = { method: "export-by-holder", source: "Meridian account system" };
  const found = { upload, description: "Subscriber information as held", request: o18b, acquisition };
  const item = good(await response.post("/items", found), 201) as { id: string };
  good(await response.post(`/requests/${o18b}/deliver`, { items: [item.id], complete: true }));
  const arrived = await standing(centralB, o18b, "executed");
  expect(arrived.body.items).toHaveLength(1);
  good(await centralB.post(`/requests/${m31}/deliver`, { items: arrived.body.items, complete: true }));
  const received = await standing(investigator, m31, "executed");
  expect(received.body.items).toHaveLength(1);
  const [evidence = ""] = received.body.items as string[];
  expect(JSON.stringify(good(await investigator.get(`/items/${evidence}/custody`)))).toContain(digest);
  const requests = [
    { id: p29, nodes: [investigator, dutyB] },
    { id: p16, nodes: [dutyB, response] },
    { id: m31, nodes: [investigator, centralB] },
    { id: o18b, nodes: [centralB, response] },
  ] as const;
  return { caseId, requests, item: evidence, investigator };
}

/** The receiver has it, acknowledges it and accepts it. */
async function takeOn(receiver: Client, id: string): Promise<void> {
  await standing(receiver, id, "delivered");
  good(await receiver.post(`/requests/${id}/acknowledge`));
  good(await receiver.post(`/requests/${id}/accept`));
}
