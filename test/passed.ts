import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Notes of packs that passed their checks in an earlier test. A node believes one only for exactly the policies, vocabulary and
 * engine that it stands for, and to check them anew is most of all work of a start.
 */
const PASSED = "node_modules/.cache/passed";

/** Where the note of a country's pack stands that tests share. */
export function passedNote(code: string): string {
  mkdirSync(PASSED, { recursive: true });
  return join(PASSED, code.toLowerCase());
}
const own = (folder: string): string => join(folder, "pack.passed");

/** Puts the note of that country into a node's folder, before it starts. */
export function takePassed(folder: string, code: string): void {
  const kept = passedNote(code);
  if (!existsSync(kept)) return;
  mkdirSync(dirname(own(folder)), { recursive: true, mode: 0o700 });
  copyFileSync(kept, own(folder));
}

/** Keeps the note of a node that has started. */
export function keepPassed(folder: string, code: string): void {
  if (existsSync(own(folder))) copyFileSync(own(folder), passedNote(code));
}
