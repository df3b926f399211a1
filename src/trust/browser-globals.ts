import { Buffer as Plain } from "buffer";
import { Temporal as Polyfill } from "temporal-polyfill";

// The verifier is written for Node. What a browser lacks of that stands here, before anything of the verifier runs.

const from = Plain.from.bind(Plain) as (...given: readonly unknown[]) => Plain;
const spelled = (encoding: unknown): unknown => (encoding === "base64url" ? "base64" : encoding);
// Its base64 reads both alphabets, but knows only one of the names.
Plain.from = ((value: unknown, encoding: unknown, length: unknown) =>
  from(value, spelled(encoding), length)) as unknown as typeof Plain.from;

const toText = Plain.prototype.toString;
Plain.prototype.toString = function toString(this: Plain, encoding?: string, start?: number, end?: number): string {
  const text = toText.call(this, spelled(encoding) as BufferEncoding, start, end);
  return encoding === "base64url" ? text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "") : text;
};

const place = globalThis as { Buffer?: unknown; Temporal?: unknown };
place.Buffer = Plain;
place.Temporal ??= Polyfill;
