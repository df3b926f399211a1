import { randomUUID } from "node:crypto";
import { renameSync, writeFileSync } from "node:fs";

/** Writes a file so that whoever reads it finds the old or the new, never a half. */
export function writeAtomically(file: string, text: string, mode: number): void {
  const beside = `${file}.${randomUUID()}`;
  writeFileSync(beside, text, { mode });
  renameSync(beside, file);
}
