// Loaded before a program (`node --import`): its clock goes as far off the machine's as a file says, in milliseconds, and follows when the file changes.
import { readFileSync } from "node:fs";

const FILE = process.env.CLOCK_OFF_FILE ?? "";
const LOOK_MS = 25;
const now = Date.now.bind(Date);
let offMs = 0;
const look = () => {
  try {
    offMs = Number(readFileSync(FILE, "utf8")) || 0;
  } catch {
    // It is just being written.
  }
};
look();
setInterval(look, LOOK_MS).unref();
Date.now = () => now() + offMs;
Temporal.Now.instant = () => Temporal.Instant.fromEpochMilliseconds(now() + offMs);
