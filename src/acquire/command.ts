import { readFileSync } from "node:fs";
import { Command } from "commander";
import type { Clock } from "../kernel/clock.ts";
import { environment } from "../kernel/config.ts";
import { acquire, stateFolder } from "./acquiring.ts";
import { openBucket } from "./bucket.ts";
import { printable } from "../kernel/turning.ts";
import { Failure } from "./failure.ts";
import { bringReturn, type Returned, type WantedReturn } from "./returning.ts";
import { openProgress, sizeText } from "./progress.ts";

interface Options {
  readonly desk?: string;
  readonly tokenFile?: string;
  readonly case?: string;
  readonly request?: string;
  readonly description?: string;
  readonly kind?: string;
  readonly fact: readonly string[];
  readonly facts?: string;
  readonly digest?: string;
  readonly name?: string;
  readonly retainUntil?: string;
  readonly state?: string;
  readonly anew: boolean;
  readonly json: boolean;
  readonly return: boolean;
  readonly provider?: string;
  readonly reference?: string;
  readonly list?: string;
  readonly certificate?: string;
  readonly confirm: boolean;
  readonly despite?: string;
}

const HELP = `
Sources
  FILE             a file or a device (/dev/sdb)
  FOLDER           a folder with all that is in it, as one exhibit: a tar archive with a list of every file, its times, mode and three
                   digests. Links are noted and not followed; what cannot be read, changes while it is read, or has a name that is no
                   UTF-8 is in the list, too. Any number of files.
  -                standard input: dd if=/dev/sdb bs=1M | comity acquire - --name sdb.dd …
                   A program that fails before its last byte looks here like one that has ended: let the shell tell (set -o pipefail),
                   and give the digest that it says by --digest.
  s3://BUCKET/KEY  an object of an S3 store. Reads AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION and, for a
                   store of your own, AWS_ENDPOINT_URL from the environment.

Where it goes
  The desk is named by --desk or COMITY_DESK, its bearer token read from the file that --token-file names, or from COMITY_TOKEN. The token
  is never printed, and is not taken on the command line, where other users of this machine could read it.
  With --case the exhibit belongs to that case; without, it is lodged by itself, for a request where --request names one.

What is said about it
  --kind says what the thing is: disk-image, memory-image, mobile-device, cloud-export, provider-return, network-capture, screen-capture,
  files, document or other. Each kind has facts that must be said; the desk names what is missing. Facts are given by --fact NAME=VALUE, as
  often as needed, or by a JSON file of names and values (--facts). Time, tool, host and path are recorded without being asked for.

A provider's return
  With --return, a FOLDER is what a provider handed over: each file in it becomes an exhibit of its own. --provider says whose; --list names its
  list of files and digests (sha256sum, hashdeep, BagIt manifest, CSV with a head), --certificate the certificate, which becomes an exhibit,
  too. First it is told which files are as listed, which are different, missing or not listed. With --confirm they are then taken in, all or none,
  where all is as listed; --despite REASON takes them in although not all is. Without either, nothing is made; run it again, or decide at the desk.

After an interruption
  The same command, run again, goes on where the desk has all bytes for good. What it needs for that lies in --state (or
  XDG_STATE_HOME/comity/acquire, ~/.local/state/comity/acquire); it holds no bytes of the source and no token. Standard input cannot
  be read twice: a broken line is waited for, but a run that was ended must begin again. --anew forgets what an earlier run left.

What it checks
  MD5, SHA-1 and SHA-256 are computed here while reading, and at the desk of what arrived. An exhibit is made only if both agree.

Exit codes
  0  the exhibit is made     1  it is not: refused, out of reach, changed while read, or digests differ     2  wrong use

Examples
  comity acquire disk.E01 --case C-2026-000017 --kind disk-image --fact device_serial=S3Z9NB0K --fact write_blocker="Tableau T35u" \\
    --fact method=physical-image --description "Image of the laptop of A. B."
  comity acquire /mnt/export --case C-2026-000017 --description "Files of the shared drive" --kind files --json
`;

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

/** `comity acquire FILE|FOLDER|-|s3://…`: makes an exhibit out of what is on this machine, over the desk's API. */
export function acquireCommand(out: (text: string) => void, say: (text: string) => void, clock: Clock): Command {
  return new Command("acquire")
    .description("make an exhibit of a file, a device, a folder, standard input or an S3 object, at a desk")
    .argument("<source>", "FILE, FOLDER, - or s3://BUCKET/KEY")
    .option("--desk <url>", "address of the desk (COMITY_DESK)")
    .option("--token-file <file>", "file that holds the bearer token (or COMITY_TOKEN)")
    .option("--case <number>", "number or id of the case")
    .option("--request <id>", "id of the request that it is lodged for, where it belongs to no case")
    .option("--description <text>", "what it is, as a court should read it")
    .option("--kind <kind>", "what kind of thing it is; see below")
    .option("--fact <name=value>", "a fact of the acquisition; may be given again", collect, [])
    .option("--facts <file>", "a JSON file of facts")
    .option("--digest <sha256>", "SHA-256 that the source or its holder gave, to be compared")
    .option("--name <name>", "name of the file, for standard input")
    .option("--retain-until <date>", "keep at least until, YYYY-MM-DD")
    .option("--return", "the folder is a provider's return: each file an exhibit, held against its list", false)
    .option("--provider <name>", "whose return it is")
    .option("--reference <number>", "the provider's reference number")
    .option("--list <file>", "the provider's list of files and digests")
    .option("--certificate <file>", "the provider's certificate")
    .option("--confirm", "take the return in where all is as listed", false)
    .option("--despite <reason>", "take the return in although not all is as listed, and why")
    .option("--state <folder>", "where to remember what is under way")
    .option("--anew", "forget what an earlier run left", false)
    .option("--json", "print progress (on standard error) and the result as JSON", false)
    .addHelpText("after", HELP)
    .action(async (source: string, options: Options) => {
      const progress = openProgress({
        write: (text) => process.stderr.write(text),
        isTerminal: process.stderr.isTTY,
        isJson: options.json,
      });
      try {
        if (options.return)
          return await tellReturn(await bringReturn(returnOf(source, options), progress), options, out);
        const acquired = await acquire(wantedOf(source, options), clock, progress);
        const { number, bytes, md5, sha1, sha256, troubled } = acquired;
        if (options.json) return out(JSON.stringify(acquired));
        out(`${number}: ${sizeText(bytes)} acquired. Both sides computed:`);
        out(`  MD5      ${md5}\n  SHA-1    ${sha1}\n  SHA-256  ${sha256}`);
        return troubled > 0
          ? out(`  ${troubled} things could not be read whole. The list of the exhibit says which, and why.`)
          : undefined;
      } catch (error) {
        progress.end();
        if (!(error instanceof Failure)) throw error;
        if (options.json) out(JSON.stringify({ error: error.message }));
        say(printable(error.message));
        process.exit(error.exitCode);
      }
    });
}

/** What came of a return. Ends with 1 where it is not as listed and was not taken in. */
async function tellReturn(returned: Returned, { json }: Options, out: (text: string) => void): Promise<void> {
  const { number, counts, wrong, exhibits, whole } = returned;
  if (json) out(JSON.stringify(returned));
  else {
    out(
      `${number}: ${counts.matched} as listed, ${counts.renamed} under another name, ${counts.different} different, ${counts.missing} missing, ${counts.extra} not listed.`,
    );
    for (const { outcome, name } of wrong) out(printable(`  ${outcome}: ${name}`));
    out(
      exhibits > 0
        ? `${exhibits} exhibits made.`
        : "Nothing has been taken in yet: --confirm or --despite REASON does, or the page of the return at the desk.",
    );
  }
  if (exhibits === 0 && !whole) process.exitCode = 1;
}

function returnOf(source: string, options: Options): WantedReturn {
  const { desk, token } = deskOf(options);
  const { provider, reference, list, certificate, confirm, despite, state, anew, request } = options;
  if (!provider) throw new Failure("Say by --provider whose return it is.", 2);
  for (const file of [list, certificate]) if (file !== undefined) textOf(file);
  return {
    folder: source,
    desk,
    token,
    provider,
    ...(reference === undefined ? {} : { reference }),
    ...(options.case === undefined ? {} : { case: options.case }),
    ...(request === undefined ? {} : { request }),
    ...(list === undefined ? {} : { list }),
    ...(certificate === undefined ? {} : { certificate }),
    state: state ?? stateFolder(environment()),
    anew,
    confirm: confirm || despite !== undefined,
    ...(despite === undefined ? {} : { despite }),
  };
}

/** The desk and the token, from the options or the environment. */
function deskOf({ desk, tokenFile }: Options): { readonly desk: string; readonly token: string } {
  const around = environment();
  const url = desk ?? around["COMITY_DESK"];
  if (!url || !/^https?:\/\//.test(url)) throw new Failure("Name the desk by --desk https://… or COMITY_DESK.", 2);
  const token = tokenFile === undefined ? around["COMITY_TOKEN"] : textOf(tokenFile).trim();
  if (!token) throw new Failure("Give the token by --token-file FILE or COMITY_TOKEN.", 2);
  return { desk: url, token };
}

function wantedOf(source: string, options: Options): Parameters<typeof acquire>[0] {
  const { description, state, anew, name, retainUntil } = options;
  const around = environment();
  const { desk: url, token } = deskOf(options);
  if (!description) throw new Failure("Say by --description what it is, as a court should read it.", 2);
  if (options.case !== undefined && options.request !== undefined)
    throw new Failure("Give --case or --request, not both: an exhibit of a case finds the case's requests there.", 2);
  return {
    source,
    desk: url,
    token,
    description,
    ...(options.case === undefined ? {} : { case: options.case }),
    ...(options.request === undefined ? {} : { request: options.request }),
    ...(name === undefined ? {} : { name }),
    ...(retainUntil === undefined ? {} : { retainUntil }),
    facts: factsOf(options),
    state: state ?? stateFolder(around),
    anew,
    input: process.stdin,
    openBucket: (address) => openBucket(address, around),
  };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    throw new Failure(`${file} can't be read.`, 2);
  }
}

/** Facts from the file, then those given one by one, then those with an option of their own. */
function factsOf({ facts, fact, kind, digest }: Options): Record<string, unknown> {
  let given: Record<string, unknown> = {};
  if (facts !== undefined) {
    try {
      given = JSON.parse(textOf(facts)) as Record<string, unknown>;
    } catch (error) {
      if (error instanceof Failure) throw error;
      throw new Failure(`${facts} is no JSON: ${error instanceof Error ? error.message : ""}`, 2);
    }
    if (typeof given !== "object" || given === null || Array.isArray(given))
      throw new Failure(`${facts} must hold one JSON object of names and values.`, 2);
  }
  const single = fact.map((each) => {
    const at = each.indexOf("=");
    if (at < 1) throw new Failure(`--fact ${each}: write NAME=VALUE.`, 2);
    return [each.slice(0, at), each.slice(at + 1)] as const;
  });
  return {
    ...given,
    ...Object.fromEntries(single),
    ...(kind === undefined ? {} : { kind }),
    ...(digest === undefined ? {} : { digest_before: digest.toLowerCase() }),
  };
}
