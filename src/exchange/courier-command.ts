import { constants, createReadStream } from "node:fs";
import { access } from "node:fs/promises";
import { dirname } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import type { Node } from "../kernel/node.ts";
import { officer, saying } from "./command-saying.ts";
import { writeParts } from "./courier-archive.ts";
import { bringCourier, giveCourier } from "./courier.ts";
import { type Brought, courierFile } from "./messages-courier.ts";

type OnNode = <T>(work: (node: Node) => Promise<T>) => Promise<T>;
type Out = (text: string) => void;
const UNITS: Readonly<Record<string, number>> = { "": 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 };

/** `700M` in bytes; throws `InvalidArgumentError` where it is no size. */
export function bytesOfSize(text: string): number {
  const [, digits, unit = ""] = /^(\d{1,12})([KMG]?)(?:i?B)?$/i.exec(text.trim()) ?? [];
  const bytes = Number(digits ?? Number.NaN) * (UNITS[unit.toUpperCase()] ?? Number.NaN);
  if (!Number.isSafeInteger(bytes) || bytes < 65_536)
    throw new InvalidArgumentError(`${text} is no size. Give at least 64K, for example 700M or 4G.`);
  return bytes;
}

interface Exporting {
  readonly to: string;
  readonly as: string;
  readonly carrier: string;
  readonly maxSize?: number;
  readonly json: boolean;
}
interface Importing {
  readonly as: string;
  readonly answer?: string;
  readonly maxSize?: number;
  readonly json: boolean;
}

/** The commands `comity courier export | import`: what goes by hand while no line does. */
export function courierCommand(onNode: OnNode, out: Out): Command {
  const command = new Command("courier").description(
    "exchange by hand what no line takes: the same envelopes, the same effect",
  );
  command
    .command("export <file>")
    .description("write everything that waits for a node, with its files, as one file that only that node can open")
    .requiredOption("--to <code>", "the node it is for")
    .requiredOption("--as <username>", "account that gives it to the courier, for the journal")
    .option("--carrier <words>", "who carries it, as the desk will show", "Courier")
    .option(
      "--max-size <size>",
      "split over several files of at most so much each: FILE.001, FILE.002 … (700M, 4G)",
      bytesOfSize,
    )
    .option("--json", "print as JSON", false)
    .action((file: string, { to, as, carrier, maxSize, json }: Exporting) =>
      onNode((node) =>
        saying(node, async () => {
          await demandFolder(file);
          const { peer, messages } = await giveCourier(node, await officer(node, as), { to, carrier });
          const files = await writeParts(await courierFile(node, peer, { carrier }), file, maxSize);
          if (json) return out(JSON.stringify({ to, messages, files }));
          return out(
            `${messages} messages for ${to} are in ${files.join(", ")}. On that node:\n  comity courier import ${files.join(" ")} --as <username>`,
          );
        }),
      ),
    );
  command
    .command("import <file...>")
    .description(
      "take what a courier brought, in order, and write what goes back: receipts, and what waits here. Parts of one file are named one after the other",
    )
    .requiredOption("--as <username>", "account that takes it, for the journal")
    .option("--answer <file>", "where to write what goes back; FILE.answer where none is given")
    .option("--max-size <size>", "split what goes back, as for export", bytesOfSize)
    .option("--json", "print as JSON", false)
    .action((files: string[], { as, answer, maxSize, json }: Importing) =>
      onNode((node) =>
        saying(node, async () => {
          const back = answer ?? `${files[0] ?? "courier"}.answer`;
          for (const each of files) await access(each, constants.R_OK);
          await demandFolder(back);
          const { peer, carrier, brought } = await bringCourier(node, await officer(node, as), oneAfterAnother(files));
          const parts = brought.owed
            ? await writeParts(await courierFile(node, peer, { carrier, owed: brought.owed }), back, maxSize)
            : [];
          if (json) return out(JSON.stringify({ from: peer.code, ...brought, answer: parts }));
          const { envelopes, fresh, files: count, receipts, problem } = brought;
          out(`From ${peer.code}: ${envelopes} messages, ${fresh} of them new; ${count} files; ${receipts} receipts.`);
          if (parts.length > 0) out(`What goes back to ${peer.code} is in ${parts.join(", ")}.`);
          if (problem) throw new Error(notTaken(node, peer.code, problem));
        }),
      ),
    );
  return command;
}

/** Why a message was not taken, and what to do. */
function notTaken(node: Node, from: string, { seq, type, expected }: NonNullable<Brought["problem"]>): string {
  const why =
    expected === undefined
      ? node.translations.translate("en")(`exchange.problem.${type}`, { what: "", expected: 0 })
      : `Message ${expected} is missing here: take the file before this one first, or ask ${from} for a new one.`;
  return `Message ${seq} was not taken. ${why}`;
}

/** A file can't be written where there is no folder: that is said before anything is noted as given. */
const demandFolder = (file: string): Promise<void> => access(dirname(file), constants.W_OK);

async function* oneAfterAnother(paths: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const path of paths) yield* createReadStream(path) as AsyncIterable<Uint8Array>;
}
