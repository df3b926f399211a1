export type { Seen } from "./attachment.ts";
export type { ArchiveEntry, Look, MailSummary, TextSeen } from "./look.ts";
export type { MailFacts } from "./mail.ts";
export { type Failure, isolation, readApart, sourceOf } from "./room.ts";
export type { Source } from "./source.ts";
