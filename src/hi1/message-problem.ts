import type { Problem } from "./endpoint.ts";
import { errorInformation, type Hi1Error } from "./message.ts";

/** Longest words of a problem that are kept, in characters. */
const WORDS_MAX = 500;

/** An error as it is kept beside a message. */
export function problemOf(error: Hi1Error): Problem {
  const { ErrorCode: code, ErrorDescription: words } = errorInformation(error);
  return { type: error.error, code, words: words.slice(0, WORDS_MAX) };
}
