import type { OnDamage } from "../kernel/slice.ts";
import { recordVerification } from "./acts-verify.ts";

/** What a custody event calls what the vault's scrub found. */
const PROBLEMS: Readonly<Record<string, string>> = { lost: "missing", unreadable: "unreadable" };

/** Puts what the scrub found of an item's bytes into the item's custody: an event when they are damaged, another when they are whole again. */
export const noteDamage: OnDamage = async (tx, { holder, kind, digest, whole }, node, now) => {
  const [, item] = /^item:([\da-f-]{36})$/.exec(holder) ?? [];
  if (item === undefined) return;
  const after = digest === null ? {} : { sha256: digest };
  const found = whole ? { after } : { after, problem: PROBLEMS[kind] ?? "altered" };
  await recordVerification(tx, node, { item, by: "vault-scrub", found, now });
};
