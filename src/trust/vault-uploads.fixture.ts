import { createHash } from "node:crypto";
import { argv, stdout } from "node:process";
import { openDatabase, openPool } from "../kernel/database.ts";
import { systemClock } from "../kernel/clock.ts";
import { openVault } from "./vault.ts";
import { openUploads } from "./vault-uploads.ts";

/** A process that goes on with an upload until it is killed or done, and says so: `url folder vaultKey addressKey upload owner seed [ms]`, the last every 512 KiB. */
const [url = "", folder = "", vaultKey = "", addressKey = "", id = "", owner = "", seed = "", pause = "20"] =
  argv.slice(2);
const db = openDatabase(openPool(url, 4));
const vault = openVault(folder, { vault: Buffer.from(vaultKey, "hex"), address: Buffer.from(addressKey, "hex") });
const uploads = openUploads(db, vault);
const upload = await uploads.find(id, owner, systemClock());
if (!upload) throw new Error("there is no such upload");
const { offset, bytes } = upload;
async function* slowly() {
  for (let n = offset / 65_536; n < bytes / 65_536; n += 1) {
    // Each piece is 64 KiB, made from its number, so that anybody can go on from anywhere.
    yield Buffer.alloc(65_536, createHash("sha256").update(`${seed} ${n}`).digest());
    if (n % 8 === 0) await new Promise((resolve) => setTimeout(resolve, Number(pause)));
  }
}
stdout.write("begins\n");
const call = { id, owner, offset, source: slowly(), cancel: () => undefined };
const appended = await uploads.append(call, systemClock());
stdout.write(`${appended.outcome}\n`);
