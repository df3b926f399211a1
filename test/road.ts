import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type Answer, type Client, type RunningWorld, until } from "./world.ts";

const run = promisify(execFile);

/** Runs `comity …` on a node of the world, as its operator would. */
export async function comity(
  at: RunningWorld,
  code: string,
  ...words: string[]
): Promise<{ stdout: string; status: number }> {
  const environment = { ...process.env, COMITY_CONFIG: `${at.folder}/${code.toLowerCase()}.json` };
  try {
    const { stdout } = await run(process.execPath, ["build/main.js", ...words], {
      env: environment,
      maxBuffer: 64 * 1024 * 1024,
    });
    return { stdout, status: 0 };
  } catch (error) {
    const { stdout = "", stderr = "", code: status = 1 } = error as { stdout?: string; stderr?: string; code?: number };
    return { stdout: stdout + stderr, status };
  }
}

/** Fails with the answer where the status is another. */
export function good(answer: Answer, status = 200): Answer["body"] {
  if (answer.status !== status)
    throw new Error(`expected ${status}, got ${answer.status}: ${JSON.stringify(answer.body).slice(0, 1_500)}`);
  return answer.body;
}

export const FACTS =
  "On 3 November 2026 a caller who said he was of the victim's bank had her read out a one-time code. Within four minutes 41,300 rupees left her account. The mailbox named below received the notices of the transfers.";

/** A request's content, whole, as the contract has it. */
export const content = (measure: string, to: string, more: object = {}) => ({
  measure,
  to,
  offence: "Computer-related fraud, Aruna Cybercrime Act 2021, s. 11 (CETS 185 Art. 8)",
  facts: FACTS,
  necessity:
    "Only the provider holds the log-in records of this mailbox; bank records end at the transfer and name no person.",
  proportionality:
    "One mailbox and nine days are asked for, and nothing that its owner wrote; the loss is a year of wages.",
  data: [
    {
      category: "subscriber",
      description: "Subscriber information of the mailbox",
      identifiers: ["sunrise.claims@meridian.example"],
    },
  ],
  custodian: "Meridian, response desk",
  urgency: "urgent",
  particulars: {
    assistance: "A request for mutual assistance will follow within sixty days.",
    use: "Evidence in the proceedings named above, and in no others.",
  },
  ...more,
});

/** Drafts, submits, authorises and sends; gives the request's id. */
export async function sendRequest(of: {
  drafter: Client;
  authoriser: Client;
  sender: Client;
  path: string;
  body: object;
}): Promise<string> {
  const { id } = good(await of.drafter.post(of.path, of.body), 201) as { id: string };
  good(await of.drafter.post(`/requests/${id}/submit`));
  good(
    await of.authoriser.post(`/requests/${id}/authorise`, {
      reasons: "Necessary, narrow and in proportion to the loss.",
      until: inDays(30),
    }),
  );
  good(await of.sender.post(`/requests/${id}/send`));
  return id;
}

/** A calendar day from now. */
export const inDays = (days: number): string => Temporal.Now.plainDateISO().add({ days }).toString();

/** Waits until a request stands in one of the states on that desk. */
export const standing = (client: Client, id: string, ...states: string[]): Promise<Answer> =>
  until(
    () => client.get(`/requests/${id}`),
    ({ status, body }) => status === 200 && states.includes(body.state),
  );

const TUS = { "tus-resumable": "1.0.0" };

/** Begins an upload by tus; gives where its bytes go. */
export async function beginUpload(client: Client, size: number, name: string): Promise<string> {
  const metadata = `filename ${Buffer.from(name).toString("base64")},filetype ${Buffer.from("text/plain").toString("base64")}`;
  const made = await client.raw("/api/v1/uploads", {
    method: "POST",
    headers: { ...TUS, "upload-length": `${size}`, "upload-metadata": metadata },
  });
  if (made.status !== 201) throw new Error(`no upload: ${made.status} ${await made.text()}`);
  return new URL(made.headers.get("location") ?? "", client.base).pathname;
}

/** Sends the bytes from that offset on, in one go; gives the upload's id. */
export async function sendFrom(client: Client, location: string, bytes: Uint8Array, offset: number): Promise<string> {
  const sent = await client.raw(location, {
    method: "PATCH",
    headers: { ...TUS, "upload-offset": `${offset}`, "content-type": "application/offset+octet-stream" },
    body: new Uint8Array(bytes.subarray(offset)),
  });
  if (sent.status !== 204) throw new Error(`not uploaded: ${sent.status} ${await sent.text()}`);
  return location.split("/").at(-1) ?? "";
}

/** Uploads bytes by tus in one go; gives the upload's id. */
export const upload = async (client: Client, bytes: Uint8Array, name: string): Promise<string> =>
  sendFrom(client, await beginUpload(client, bytes.length, name), bytes, 0);
