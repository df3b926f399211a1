import { createHash } from "node:crypto";
import { argv } from "node:process";
import { openDatabase, openPool } from "../kernel/database.ts";
import { systemClock } from "../kernel/clock.ts";
import { openVault } from "./vault.ts";
import { openUploads } from "./vault-uploads.ts";

/** A process that takes an upload slowly until it is killed: `url folder vaultKey addressKey upload owner seed`. */
const [url = "", folder = "", vaultKey = "", addressKey = "", id = "", owner = "", seed = ""] = argv.slice(2);
const db = openDatabase(openPool(url, 4));
const vault = openVault(folder, { vault: Buffer.from(vaultKey, "hex"), address: Buffer.from(addressKey, "hex") });
async function* slowly() {
  for (let n = 0; ; n += 1) {
    // Each piece is 64 KiB, made from its number, so that the parent can go on from anywhere.
    yield Buffer.alloc(65_536, createHash("sha256").update(`${seed} ${n}`).digest());
    if (n % 64 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
await openUploads(db, vault).append({ id, owner, offset: 0, source: slowly(), cancel: () => undefined }, systemClock());
