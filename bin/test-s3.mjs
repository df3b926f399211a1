// `npm run test:s3`: the suites of the store, the vault and the scrub, and uploads end to end, against a real Ceph with its S3
// gateway. It is installed from Debian's packages where it is missing (root only), runs in a folder of its own on loopback, and
// ends with the tests. `npm run test:s3 -- --keep` leaves the folder for a look at the logs.
import { spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { install, node, root } from "./prepare.mjs";

const SUITES = ["src/trust/vault.test.ts", "src/trust/vault-store.test.ts", "src/vault", "test/store-faults.test.ts"];
const PACKAGES = ["ceph-mon", "ceph-mgr", "ceph-osd", "radosgw", "ceph-common"];
const PROGRAMS = [
  "ceph-mon",
  "ceph-mgr",
  "ceph-osd",
  "radosgw",
  "radosgw-admin",
  "ceph",
  "ceph-authtool",
  "monmaptool",
];
const WAIT_MS = 120_000;

const say = (text) => process.stderr.write(`${text}\n`);
const isThere = (program) => spawnSync("sh", ["-c", `command -v ${program}`], { stdio: "ignore" }).status === 0;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function installCeph() {
  if (PROGRAMS.every(isThere)) return;
  say(`Installing ${PACKAGES.join(", ")} …`);
  if (process.getuid?.() !== 0 || !isThere("apt-get")) {
    say(
      `Ceph is missing. Install it as root, then run this again: apt-get install --no-install-recommends ${PACKAGES.join(" ")}`,
    );
    process.exit(1);
  }
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const parameters of [["update"], ["install", "-y", "--no-install-recommends", ...PACKAGES]])
    if (spawnSync("apt-get", parameters, { stdio: ["ignore", "ignore", 2], env }).status !== 0) {
      say(`apt-get ${parameters[0]} did not work. What it said is above.`);
      process.exit(1);
    }
}

const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/** One monitor, one manager, one OSD on a file of 4 GiB, one gateway. cephx must be on: the gateway waits for ever without it. */
class Ceph {
  constructor(folder, ports) {
    this.folder = folder;
    this.ports = ports;
    this.conf = join(folder, "ceph.conf");
    this.keyring = join(folder, "keyring");
  }
  get endpoint() {
    return `http://127.0.0.1:${this.ports.gateway}`;
  }
  run(program, ...parameters) {
    const { status, stdout, stderr } = spawnSync(program, parameters, { encoding: "utf8" });
    if (status !== 0) throw new Error(`${program} ${parameters.join(" ")}:\n${stderr}`);
    return stdout;
  }
  configure() {
    const at = (name) => join(this.folder, name);
    for (const name of ["mon", "mgr", "osd", "gateway", "run", "log"]) mkdirSync(at(name));
    this.fsid = randomUUID();
    writeFileSync(
      this.conf,
      `[global]
fsid = ${this.fsid}
keyring = ${this.keyring}
mon_host = [v2:127.0.0.1:${this.ports.mon},v1:127.0.0.1:${this.ports.mon1}]
mon_initial_members = a
auth_cluster_required = cephx
auth_service_required = cephx
auth_client_required = cephx
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 8
mon_allow_pool_size_one = true
osd_crush_chooseleaf_type = 0
ms_bind_ipv6 = false
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
run_dir = ${at("run")}
log_file = ${at("log")}/$name.log
pid_file = ${at("run")}/$name.pid
admin_socket = ${at("run")}/$name.$pid.asok
mon_data = ${at("mon")}
mgr_data = ${at("mgr")}
osd_data = ${at("osd")}
osd_objectstore = bluestore
bluestore_block_size = 4294967296
osd_memory_target = 939524096
[client.rgw]
rgw_data = ${at("gateway")}
rgw_frontends = beast endpoint=127.0.0.1:${this.ports.gateway}
`,
    );
    const all = ["--cap", "mon", "allow *", "--cap", "osd", "allow *", "--cap", "mgr", "allow *"];
    this.run("ceph-authtool", "--create-keyring", this.keyring, "--gen-key", "-n", "mon.", "--cap", "mon", "allow *");
    for (const name of ["client.admin", "mgr.x", "osd.0", "client.rgw"])
      this.run("ceph-authtool", this.keyring, "--gen-key", "-n", name, ...all);
  }
  async start() {
    this.configure();
    const map = join(this.folder, "monmap");
    const addresses = `[v2:127.0.0.1:${this.ports.mon},v1:127.0.0.1:${this.ports.mon1}]`;
    this.run("monmaptool", "--create", "--clobber", "--fsid", this.fsid, "--addv", "a", addresses, map);
    this.run("ceph-mon", "-c", this.conf, "-i", "a", "--mkfs", "--monmap", map, "--keyring", this.keyring);
    this.run("ceph-mon", "-c", this.conf, "-i", "a");
    this.run("ceph-mgr", "-c", this.conf, "-i", "x");
    const osd = randomUUID();
    this.run("ceph", "-c", this.conf, "osd", "new", osd, "0");
    this.run("ceph-osd", "-c", this.conf, "-i", "0", "--mkfs", "--osd-uuid", osd);
    this.run("ceph-osd", "-c", this.conf, "-i", "0");
    this.gateway = spawn("radosgw", ["-c", this.conf, "-n", "client.rgw", "-f"], { stdio: "ignore" });
    const until = Date.now() + WAIT_MS;
    for (;;) {
      const answered = await fetch(this.endpoint, { signal: AbortSignal.timeout(2_000) }).then(
        ({ ok }) => ok,
        () => false,
      );
      if (answered) break;
      if (Date.now() > until || this.gateway.exitCode !== null) throw new Error("the S3 gateway did not come up");
      await sleep(300);
    }
  }
  /** A user, and a bucket of theirs. */
  async makeBucket() {
    const [accessKey, secretKey, bucket] = ["comity", randomUUID(), "comity-evidence"];
    const keys = [`--access-key=${accessKey}`, `--secret-key=${secretKey}`];
    this.run("radosgw-admin", "-c", this.conf, "user", "create", "--uid=comity", "--display-name=comity", ...keys);
    const { CreateBucketCommand, S3Client } = await import("@aws-sdk/client-s3");
    const client = new S3Client({
      endpoint: this.endpoint,
      region: "us-east-1",
      forcePathStyle: true,
      credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
    });
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    client.destroy();
    return { endpoint: this.endpoint, region: "us-east-1", bucket, prefix: "", pathStyle: true, accessKey, secretKey };
  }
  /** Ends what it started, by number. */
  async stop() {
    const run = join(this.folder, "run");
    const daemons = existsSync(run)
      ? readdirSync(run)
          .filter((name) => name.endsWith(".pid"))
          .map((name) => Number(readFileSync(join(run, name), "utf8")))
      : [];
    const pids = [...(this.gateway?.pid ? [this.gateway.pid] : []), ...daemons];
    const send = (pid, signal) => {
      try {
        return process.kill(pid, signal);
      } catch {
        return false;
      }
    };
    for (const pid of pids) send(pid, "SIGTERM");
    const until = Date.now() + 20_000;
    while (Date.now() < until && pids.some((pid) => send(pid, 0))) await sleep(200);
    for (const pid of pids) send(pid, "SIGKILL");
  }
}

install();
installCeph();
const [mon, mon1, gateway] = [await freePort(), await freePort(), await freePort()];
const folder = mkdtempSync(join(tmpdir(), "comity-ceph-"));
const ceph = new Ceph(folder, { mon, mon1, gateway });
let status = 1;
let isOver = false;
const finish = async () => {
  if (isOver) return;
  isOver = true;
  await ceph.stop();
  if (process.argv.includes("--keep")) say(`The folder stays: ${folder}`);
  else rmSync(folder, { recursive: true, force: true });
};
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => void finish().then(() => process.exit(1)));
try {
  const from = Date.now();
  await ceph.start();
  const settings = await ceph.makeBucket();
  say(`Ceph with an S3 gateway at ${settings.endpoint}, after ${((Date.now() - from) / 1000).toFixed(0)} s.`);
  const named = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
  const thorough = process.argv.includes("--thorough") ? ["--thorough"] : [];
  const tests = spawn(node, [join(root, "bin/test.mjs"), ...thorough, ...(named.length > 0 ? named : SUITES)], {
    cwd: root,
    stdio: ["ignore", 1, 2],
    env: { ...process.env, COMITY_TEST_S3: JSON.stringify(settings) },
  });
  status = await new Promise((resolve) => tests.once("exit", (code) => resolve(code ?? 1)));
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
} finally {
  await finish();
}
process.exit(status);
