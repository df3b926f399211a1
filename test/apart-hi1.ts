import { createHash, createPublicKey, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { openProvider, type Provider } from "../src/hi1/provider.fixture.ts";
import { verdict } from "../src/hi1/said.fixture.ts";
import { ETSI, schemaVerdict } from "../src/hi1/schemas.fixture.ts";
import { keyFingerprint } from "../src/hi1/signature.ts";
import { openKeyring } from "../src/trust/keys.ts";
import type { Apart } from "./apart.ts";
import { openDatabases } from "./faults-check.ts";
import { type Fault, openLine } from "./line.ts";
import { type Acknowledged, patient } from "./patient.ts";
import { content, good } from "./road.ts";
import { type Client, until } from "./world.ts";

const CODE = "XQ";
const US = { CountryCode: "XA", UniqueIdentifier: "XA" };
const PATH = "/hi1/v1/messages";

/** Where Aruna's node runs, in a process of its own. */
type Ground = Pick<Apart, "folder" | "client" | "gateway" | "now" | "fault">;

/** A provider that speaks TS 103 120 with Aruna's node, over lines that can be made bad. */
export interface Carrier<At extends Ground = Apart> {
  readonly at: At;
  readonly provider: Provider;
  /** Aruna's acts, repeated until they are answered. */
  readonly by: (role: string) => Client;
  /** What the lines do to each call: out to the provider, in to the node. */
  readonly fault: (out: () => Fault, into: () => Fault) => void;
  /** Says something and says the same bytes again until it is answered; gives what the answer says. */
  readonly says: (actions: readonly object[]) => Promise<[number, string] | "done">;
  /** Drafted, decided and sent to it; gives the id. */
  readonly sent: (caseId: string) => Promise<string>;
  readonly close: () => Promise<void>;
}

/** Opens a provider and has two people bind it. */
export async function openCarrier<At extends Ground>(at: At, acknowledged: Acknowledged[]): Promise<Carrier<At>> {
  const by = (role: string) => patient(at.client("XA", role), "XA", { acknowledged, begun: () => undefined });
  const keys = openKeyring(join(at.folder, "xa", "keys"));
  const provider = await openProvider({
    name: "QUINCE-LD",
    authority: createPublicKey(keys.signing).export({ type: "spki", format: "pem" }).toString(),
    us: US,
    judge: existsSync(ETSI) ? schemaVerdict() : () => null,
  });
  let [out, into]: (() => Fault)[] = [() => "pass" as const, () => "pass" as const];
  const line = await openLine({ fault: () => out?.() ?? "pass" });
  line.aim(Number(new URL(provider.url).port));
  const [administrator, central] = [by("administrator"), by("central-authority")];
  const address = "desk@quince.example";
  const correspondent = { code: CODE, name: "Quince Mail", kind: "provider", address, languages: ["en"] };
  const { id } = good(await administrator.post("/correspondents", correspondent), 201) as { id: string };
  good(await central.post(`/correspondents/${id}/confirm`, { address, channel: "By telephone" }));
  const names = { country: provider.names.CountryCode, identifier: provider.names.UniqueIdentifier };
  const proposed = await administrator.post(`/correspondents/${id}/hi1-endpoints`, {
    url: `${line.url}/hi1`,
    public_key: provider.pem,
    ...names,
  });
  const endpoint = (good(proposed, 201) as { id: string }).id;
  const heard = { fingerprint: keyFingerprint(createPublicKey(provider.pem)), channel: "By telephone" };
  good(await central.post(`/hi1-endpoints/${endpoint}/confirm`, heard));
  const ours = `${at.gateway("XA")}${PATH}`;
  return {
    at,
    provider,
    by,
    fault: (toThem, toUs) => {
      [out, into] = [toThem, toUs];
      at.fault("XA", ({ path }) => (path === PATH ? (into?.() ?? "pass") : "pass"));
    },
    says: (actions) => {
      // Under one number and with one signature: the same bytes each time.
      const transaction = randomUUID();
      return until(
        () => provider.send(ours, actions, { transaction }).then(verdict, () => "no answer" as const),
        (said) => said !== "no answer",
        60,
      ) as Promise<[number, string] | "done">;
    },
    sent: async (caseId) => {
      const [investigator, judge] = [by("investigator"), by("judge")];
      const drafted = await investigator.post(`/cases/${caseId}/requests`, content("O18b", CODE));
      const request = (good(drafted, 201) as { id: string }).id;
      good(await investigator.post(`/requests/${request}/submit`));
      const until = at.now().toZonedDateTimeISO("UTC").toPlainDate().add({ days: 30 }).toString();
      const reasons = "Necessary, narrow and in proportion to the loss.";
      good(await judge.post(`/requests/${request}/authorise`, { reasons, until }));
      good(await investigator.post(`/requests/${request}/send`));
      return request;
    },
    close: async () => {
      await line.close();
      await provider.close();
    },
  };
}

/** What the node's history of a request shows, its state, and the SHA-256 of what was handed over. */
export async function stands({ by }: Carrier, id: string) {
  const investigator = by("investigator");
  const shown = good(await investigator.get(`/requests/${id}`)) as {
    readonly state: string;
    readonly history: readonly { readonly act: string; readonly node: string }[];
    readonly items: readonly string[];
  };
  const custodies = await Promise.all(
    shown.items.map(async (item) => JSON.stringify(good(await investigator.get(`/items/${item}/custody`)))),
  );
  return {
    state: shown.state,
    history: shown.history.map(({ act, node }) => `${node} ${act}`),
    /** Which of the files are there, and how often. */
    filesOf: (texts: readonly string[]) =>
      texts.map((text) => custodies.filter((custody) => custody.includes(digestOf(text))).length),
    items: shown.items.length,
  };
}
const digestOf = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Every message stands on the node once, under one number and as the provider has it; what went out was the same bytes at every try. */
export async function oneOfEach({ at, provider }: Carrier, id: string): Promise<void> {
  const rows = await at.query<{ direction: string; state: string; transaction: string; n: number }>(
    "XA",
    "select direction, state, transaction, count(*) over (partition by direction, transaction)::int as n from hi1_message where request_id = $1",
    [id],
  );
  expect(rows.filter(({ n }) => n !== 1)).toEqual([]);
  expect(rows.filter(({ state }) => state !== "taken" && state !== "applied")).toEqual([]);
  for (const { transaction } of rows.filter(({ direction }) => direction === "out")) {
    const took = provider.took.filter(({ Header }) => Header.TransactionIdentifier === transaction);
    expect(new Set(took.map((each) => JSON.stringify(each))).size, transaction).toBe(1);
  }
}

/** Holds rows of the node's database from another connection: whoever needs them waits, and can be killed there. */
export async function holding(at: Apart, statement: string, values: unknown[]) {
  const databases = await openDatabases(at, ["XA"]);
  const client = databases.of("XA");
  await client.query("begin");
  await client.query(statement, values);
  return {
    /** Resolves once somebody waits for them. */
    waited: () =>
      until(
        () => at.query("XA", "select 1 from pg_locks where not granted"),
        ({ length }) => length > 0,
        30,
        20,
      ),
    end: async () => {
      await client.query("rollback");
      await databases.close();
    },
  };
}
