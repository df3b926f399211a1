import { pino, type Logger } from "pino";

/**
 * The operator's log. It holds no personal data: requests are logged by route pattern, never by address or body, and
 * errors by name and place.
 */
export function makeLog(level: string, node: string): Logger {
  return pino({
    level,
    base: { node },
    serializers: {
      err: (error: unknown) =>
        error instanceof Error
          ? { name: error.name, code: (error as { code?: unknown }).code, message: error.message, stack: error.stack }
          : { name: typeof error },
    },
    redact: { paths: ["req", "body", "headers", "password", "token", "code"], remove: true },
  });
}
