import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { sql } from "../kernel/database.ts";
import { loadTranslations } from "../kernel/i18n.ts";
import type { Node } from "../kernel/node.ts";
import type { Registry } from "../kernel/slice.ts";
import { isRole, ROLES } from "./account.ts";
import { UnusablePack } from "./cedar.ts";
import { checkCountry, type Country, loadCountry } from "./country.ts";
import { differences, type OpenRequest, touchedBy } from "./pack-diff.ts";
import { explain } from "./pack-explain.ts";
import { makePackKey, SIGNATURE_FILE, signPack, signatureProblems } from "./pack-sign.ts";
import { decisionTable, type Matter, tableCsv, tableMarkdown, type TableRow } from "./pack-table.ts";
import { readPack } from "./pack.ts";

/** What was found of one pack. */
export interface PackChecked {
  readonly code: string;
  /** SHA-256 of its policies together with the core's, hex; absent where it can't be read. */
  readonly digest?: string;
  readonly policies?: number;
  /** Sentences; empty where the pack is good. */
  readonly problems: readonly string[];
}

/** Looks at packs as the node would when it starts; with a key, at their signatures too. */
export function checkPacks(
  packs: string,
  codes: readonly string[],
  registered: Registry,
  vkey?: string,
): PackChecked[] {
  return codes.map((code) => {
    try {
      const { policy, problems } = checkCountry({ packs, pack: code, code }, registered);
      const unsigned = vkey === undefined ? [] : signatureProblems(packs, code, vkey);
      return { code, digest: policy.pack, policies: policy.notes.size, problems: [...problems, ...unsigned] };
    } catch (error) {
      if (!(error instanceof UnusablePack)) throw error;
      return { code, problems: error.problems };
    }
  });
}

/** What the command needs of the program. */
interface Program {
  readonly packs: string;
  readonly locales: string;
  readonly registered: () => Registry;
  readonly onNode: <T>(work: (node: Node) => Promise<T>) => Promise<T>;
  readonly now: () => Temporal.Instant;
}
type Out = (text: string) => void;

const codesIn = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "convention")
    .map(({ name }) => name)
    .filter((name) => existsSync(join(folder, name, "powers.json")));

/** Says what is wrong in words instead of a trace, and ends with 1. */
const saying =
  <Args extends unknown[]>(out: Out, work: (...args: Args) => Promise<void> | void) =>
  async (...args: Args): Promise<void> => {
    try {
      await work(...args);
    } catch (error) {
      if (!(error instanceof UnusablePack)) throw error;
      for (const problem of error.problems) out(problem);
      process.exitCode = 1;
    }
  };

/** The commands `comity pack …`. */
export function packCommand(program: Program, out: Out): Command {
  const command = new Command("pack").description("look at country packs: the law that nodes decide by");
  for (const add of [addCheck, addDiff, addExplain, addSign, addTable]) add(command, program, out);
  return command;
}

function addCheck(command: Command, { packs, registered }: Program, out: Out): void {
  command
    .command("check [codes...]")
    .description(
      "say in words what is wrong with packs: unknown acts, things or attributes, rules that lists can't apply, signatures that don't verify",
    )
    .option("--packs <folder>", "folder of the packs", packs)
    .option("--key <vkey>", "verifier key that must have signed them")
    .option("--json", "print as JSON", false)
    .action((codes: string[], { packs: folder, key, json }: { packs: string; key?: string; json: boolean }) => {
      const checked = checkPacks(folder, codes.length > 0 ? codes : codesIn(folder), registered(), key);
      if (json) out(JSON.stringify(checked, null, 2));
      else
        for (const { code, digest, policies, problems } of checked)
          out(
            problems.length === 0
              ? `${code} is good: ${policies ?? 0} rules, ${digest ?? ""}`
              : `${code} can't be used:\n${problems.map((problem) => `  ${problem}`).join("\n")}`,
          );
      if (checked.some(({ problems }) => problems.length > 0)) process.exitCode = 1;
    });
}

/** A pack named by its code below the folder, or by the path of its own folder. */
const packAt = (packs: string, name: string) =>
  name.includes("/") ? readPack(dirname(name), basename(name)) : readPack(packs, name);

const openRequests = async (node: Node): Promise<OpenRequest[]> => {
  const { rows } = await sql<OpenRequest>`select number, measure, state, offence_code from request
    where state not in ('denied', 'refused', 'withdrawn', 'lapsed', 'closed') order by number`.execute(node.db);
  return rows;
};

function addDiff(command: Command, { packs, onNode }: Program, out: Out): void {
  command
    .command("diff <before> <after>")
    .description(
      "say in words what differs between two texts of a law, and with --node which open requests each change touches",
    )
    .option("--packs <folder>", "folder of the packs that are named by code", packs)
    .option("--node", "look at the open requests of the node that COMITY_CONFIG describes", false)
    .option("--json", "print as JSON", false)
    .action(
      saying(
        out,
        async (
          before: string,
          after: string,
          { packs: folder, node, json }: { packs: string; node: boolean; json: boolean },
        ) => {
          const changes = differences(packAt(folder, before), packAt(folder, after));
          const open = node ? await onNode(openRequests) : undefined;
          const told = changes.map((change) => ({
            ...change,
            ...(open ? { touches: touchedBy(change, open).map(({ number }) => number) } : {}),
          }));
          if (json) return out(JSON.stringify(told, null, 2));
          if (told.length === 0) out("Nothing differs.");
          for (const { what, name, how, words, touches } of told) {
            out(`${how}: ${what} ${name}`);
            for (const line of words) out(`  ${line}`);
            if (touches) out(touches.length === 0 ? "  touches no open request" : `  touches ${touches.join(", ")}`);
          }
        },
      ),
    );
}

const asRole = (text: string) => {
  if (isRole(text)) return text;
  throw new InvalidArgumentError(`is no role: ${ROLES.join(", ")}`);
};
const URGENCY = ["routine", "urgent", "emergency"] as const;
const asUrgency = (text: string): Matter["urgency"] => {
  const found = URGENCY.find((each) => each === text);
  if (found) return found;
  throw new InvalidArgumentError(`is none of ${URGENCY.join(", ")}`);
};

function addExplain(command: Command, { packs, locales, registered, onNode, now }: Program, out: Out): void {
  command
    .command("explain <code>")
    .description("say in words whether a role may do an act to a request, by which provision, and who else may")
    .requiredOption("--role <role>", "who", asRole)
    .requiredOption("--act <act>", "what: request.authorise")
    .option("--request <number>", "that very request of the node that COMITY_CONFIG describes")
    .option("--measure <code>", "of which measure", "M31")
    .option("--category <category>", "for which data", "subscriber")
    .option("--urgency <urgency>", "how pressing", asUrgency, "urgent")
    .option("--state <state>", "in which state", "submitted")
    .option("--language <tag>", "language of the words", "en")
    .option("--packs <folder>", "folder of the packs", packs)
    .option("--json", "print as JSON", false)
    .action(
      saying(out, async (code: string, given: ExplainOptions) => {
        const country = loadCountry({ packs: given.packs, pack: code, code }, registered());
        const row =
          given.request === undefined ? undefined : await onNode((node) => requestNumbered(node, given.request ?? ""));
        if (given.request !== undefined && !row) throw new UnusablePack([`there is no request ${given.request}`]);
        const answer = explain(
          country,
          registered(),
          { ...given, ...(row ? { row } : {}) },
          { t: loadTranslations(locales).translate(given.language), now: now() },
        );
        out(given.json ? JSON.stringify(answer, null, 2) : answer.lines.join("\n"));
        if (!answer.allowed) process.exitCode = 1;
      }),
    );
}
interface ExplainOptions extends Matter {
  readonly role: (typeof ROLES)[number];
  readonly act: string;
  readonly state: string;
  readonly request?: string;
  readonly language: string;
  readonly packs: string;
  readonly json: boolean;
}
const requestNumbered = async (node: Node, number: string) => {
  const { rows } = await sql<
    Record<string, unknown> & { id: string }
  >`select * from request where number = ${number} order by side desc limit 1`.execute(node.db);
  return rows[0];
};

function addSign(command: Command, { packs }: Program, out: Out): void {
  command
    .command("key <name>")
    .description("make an Ed25519 key to sign packs with; keep the file outside of every node")
    .requiredOption("--out <file>", "where to write the private key (PKCS #8, PEM)")
    .action((name: string, { out: file }: { out: string }) => {
      const { secret, vkey } = makePackKey(name);
      writeFileSync(file, secret, { mode: 0o600, flag: "wx" });
      out(vkey);
    });
  command
    .command("sign <code>")
    .description(
      `sign a pack: writes ${SIGNATURE_FILE} beside its files and prints the verifier key that nodes are told`,
    )
    .requiredOption("--key <file>", "private key (Ed25519, PKCS #8, PEM)")
    .requiredOption("--name <name>", "name of the signer, as the key has it: justice.example")
    .option("--packs <folder>", "folder of the packs", packs)
    .action(
      saying(out, (code: string, { key, name, packs: folder }: { key: string; name: string; packs: string }) => {
        const { note, vkey } = signPack({ packs: folder, code, name }, readFileSync(key, "utf8"));
        writeFileSync(join(folder, code, SIGNATURE_FILE), note);
        out(vkey);
      }),
    );
}

/** Matters that stand for the measures of a table where none is named: kept data, data of a provider, content, interception. */
const USUAL: readonly Matter[] = [
  { measure: "P29", category: "traffic", urgency: "urgent" },
  { measure: "P29", category: "traffic", urgency: "emergency" },
  { measure: "O18b", category: "subscriber", urgency: "routine" },
  { measure: "M31", category: "traffic", urgency: "urgent" },
  { measure: "M31", category: "content", urgency: "urgent" },
  { measure: "I21", category: "content", urgency: "urgent" },
  { measure: "I21", category: "content", urgency: "emergency" },
];

/** The whole table of some packs. */
export const tableOf = (
  countries: readonly Country[],
  registered: Registry,
  now: Temporal.Instant,
  matters = USUAL,
): TableRow[] =>
  countries.flatMap((country) => matters.flatMap((matter) => decisionTable(country, registered, matter, now)));

function addTable(command: Command, { packs, locales, registered, now }: Program, out: Out): void {
  command
    .command("table [codes...]")
    .description(
      "print, for every role, act and state of requests, the decision of each pack with its reason and provision",
    )
    .option("--measure <code>", "only this measure")
    .option("--category <category>", "for which data", "subscriber")
    .option("--urgency <urgency>", "how pressing", asUrgency, "urgent")
    .option("--format <format>", "csv, markdown or json", "csv")
    .option("--packs <folder>", "folder of the packs", packs)
    .action(
      saying(
        out,
        (codes: string[], given: Omit<Matter, "measure"> & { measure?: string; format: string; packs: string }) => {
          const all = registered();
          const countries = (codes.length > 0 ? codes : codesIn(given.packs)).map((code) =>
            loadCountry({ packs: given.packs, pack: code, code }, all),
          );
          const matters =
            given.measure === undefined
              ? USUAL
              : [{ measure: given.measure, category: given.category, urgency: given.urgency }];
          const rows = tableOf(countries, all, now(), matters);
          const t = loadTranslations(locales).translate("en");
          const words = ({ allowed, reason, act, state }: TableRow) =>
            allowed ? `${reason}` : t(`refusal.${reason}`, { act: t(`act.${act}`), state: t(`state.${state}`) });
          if (given.format === "json") out(JSON.stringify(rows, null, 2));
          else if (given.format === "markdown") out(tableMarkdown(rows, words));
          else out(tableCsv(rows, words));
        },
      ),
    );
}
