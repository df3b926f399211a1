import { destination, type Logger, type LoggerOptions, pino } from "pino";

/** Where the log goes: a server's output is its log; a command's output is what was asked for, so its log goes beside the errors. */
export type LogTo = "output" | "errors";
const ERRORS = 2;

/**
 * The operator's log. It holds no personal data: requests are logged by route pattern, never by address or body, and
 * errors by name and place.
 */
export function makeLog(level: string, node: string, to: LogTo = "output"): Logger {
  const options: LoggerOptions = {
    level,
    base: { node },
    serializers: {
      err: (error: unknown) =>
        error instanceof Error
          ? { name: error.name, code: (error as { code?: unknown }).code, message: error.message, stack: error.stack }
          : { name: typeof error },
    },
    redact: { paths: ["req", "body", "headers", "password", "token", "code"], remove: true },
  };
  return to === "output" ? pino(options) : pino(options, destination({ dest: ERRORS, sync: true }));
}
