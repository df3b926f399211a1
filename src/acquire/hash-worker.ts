import { createHash } from "node:crypto";
import { parentPort } from "node:worker_threads";

/** Hashes what the main thread reads, so that reading, hashing and sending go on side by side. */
const hashes = { md5: createHash("md5"), sha1: createHash("sha1"), sha256: createHash("sha256") };
const port = parentPort;
if (!port) throw new Error("hashing runs only as a thread");
port.on("message", (block: Uint8Array | "digests") => {
  if (block === "digests") {
    const { md5, sha1, sha256 } = hashes;
    return port.postMessage({ md5: md5.digest("hex"), sha1: sha1.digest("hex"), sha256: sha256.digest("hex") });
  }
  for (const hash of Object.values(hashes)) hash.update(block);
  return port.postMessage("done");
});
