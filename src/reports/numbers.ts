import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import { numbersSchema } from "../access/slice.ts";
import type { Config } from "../kernel/config.ts";
import type { Node } from "../kernel/node.ts";

/** Whom to call, as the country's pack says in `numbers.json`. */
export type Numbers = Omit<z.output<typeof numbersSchema>, "source">;

/** 112 reaches the emergency service from any mobile telephone. @source 3GPP TS 22.101 §10 */
const EVERYWHERE: Numbers = { police: "112" };
const known = new WeakMap<Node, Numbers>();

/** The country's numbers; those that hold everywhere, where the pack names none. */
export function numbersOf(node: Node): Numbers {
  const numbers = known.get(node) ?? read(node.config);
  known.set(node, numbers);
  return numbers;
}

function read({ packs, pack }: Pick<Config, "packs" | "pack">): Numbers {
  const file = packs === undefined ? undefined : join(packs, pack, "numbers.json");
  return file !== undefined && existsSync(file)
    ? numbersSchema.parse(JSON.parse(readFileSync(file, "utf8")))
    : EVERYWHERE;
}
