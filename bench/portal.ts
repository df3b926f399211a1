import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import Fastify, { type FastifyInstance } from "fastify";
import { chrome } from "../src/chrome.ts";
import { makeServer } from "../src/kernel/server.ts";
import { addressOf } from "../src/portal/address.ts";
import type { StepName } from "../src/portal/draft.ts";
import type { Load, Loaded } from "./load.ts";
import { measured, type Measurement } from "./measurement.ts";
import { withNode } from "./node.ts";

const CONNECTIONS = 32;
const SECONDS = 4;
const WARM_UP_SECONDS = 2;

/** Runs one load in a thread of its own, as browsers are elsewhere too. */
function load(what: Pick<Load, "to" | "path" | "cookie">): Promise<Loaded> {
  const here = fileURLToPath(import.meta.url);
  const workerData: Load = {
    kind: "page",
    ...what,
    connections: CONNECTIONS,
    seconds: SECONDS,
    warmUpSeconds: WARM_UP_SECONDS,
  };
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(`./load${extname(here)}`, import.meta.url), { workerData });
    worker.once("message", resolve).once("error", reject);
  });
}

async function listening(app: FastifyInstance): Promise<string> {
  await app.listen({ host: "127.0.0.1", port: 0 });
  const address = app.server.address();
  return String(typeof address === "object" ? address?.port : "");
}

/** Answers the questions up to `until`, and gives the cookie that holds the draft. */
async function drafted(app: FastifyInstance, until: StepName): Promise<string> {
  let cookie = "";
  const answers: [StepName, string][] = [
    ["danger", "danger=no"],
    ["child", "child=no"],
    ["money", "money=no"],
    ["what", "tile=message"],
    ["kind", "category=F8"],
    ["whom", "whom=me"],
    ["words", "description=He+rang+from+%2B230+5251+9999+and+said+that+he+was+of+my+bank."],
  ];
  for (const [step, payload] of answers) {
    if (step === until) break;
    const answer = await app.inject({
      method: "POST",
      url: addressOf(step),
      payload,
      headers: { cookie, "content-type": "application/x-www-form-urlencoded" },
    });
    for (const { name, value } of answer.cookies) cookie = `${name}=${value}`;
  }
  return cookie;
}

/**
 * Pages of the portal a second, compressed: the two first ones, which are the same for everybody, and one in the middle of the form,
 * with its draft read and unsealed; each against a Fastify route that returns the same bytes.
 */
export async function measurePortal(): Promise<Measurement[]> {
  return withNode(async (node) => {
    const portal = await makeServer({ node, role: "portal", chrome });
    const to = await listening(portal);
    const pages = [
      ["the portal's first page", "/", ""],
      ["the form's first question", addressOf("danger"), ""],
      ["a question with its draft", addressOf("words"), await drafted(portal, "words")],
    ] as const;
    const measurements: Measurement[] = [];
    try {
      for (const [name, path, cookie] of pages) {
        const { rawPayload, headers, statusCode } = await portal.inject({
          url: path,
          headers: { "accept-encoding": "br", accept: "text/html", cookie },
        });
        if (statusCode !== 200) throw new Error(`${path} answered ${statusCode}`);
        const plain = Fastify();
        plain.get(path, (_request, reply) =>
          reply.headers({ "content-type": String(headers["content-type"]), "content-encoding": "br" }).send(rawPayload),
        );
        const baseline = await load({ to: await listening(plain), path, cookie });
        await plain.close();
        const done = await load({ to, path, cookie });
        if (done.failed > 0) throw new Error(`${done.failed} pages failed`);
        measurements.push(
          measured(name, done.done / done.seconds, "pages/s", {
            name: "a Fastify route that returns the same bytes",
            value: baseline.done / baseline.seconds,
          }),
        );
      }
      return measurements;
    } finally {
      await portal.close();
    }
  });
}
