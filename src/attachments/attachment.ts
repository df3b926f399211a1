import type { Seen } from "../room/slice.ts";

/** What was read in a file, or why nothing was. */
export type FileFacts = Seen & { readonly failed?: Failure };
export type Failure = "too-long" | "unreadable";

/** Where the facts of a file are sealed to. */
export const factsPlace = (report: string, file: string): string => `report:${report}:file:${file}`;

/** A link that nobody follows by mistake. */
export const defanged = (link: string): string =>
  link
    .replace(/^http/i, "hxxp")
    .replace(
      /^([a-z]+:\/\/)?([^/?#]+)/i,
      (_, scheme: string = "", host: string) => scheme + host.replaceAll(".", "[.]"),
    );
