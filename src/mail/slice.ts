import type { Slice } from "../kernel/slice.ts";
import { sendMail } from "./acts-queue.ts";

export { mailOffered, queueMail } from "./acts-queue.ts";
export { addressSchema, type Letter } from "./letter.ts";
export { checkMail } from "./check.ts";
export { type MailCounts, mailsAbout } from "./views.ts";

/** What goes out by e-mail: queued with the act, sent by a job, at least once. */
export const mail: Slice = { name: "mail", jobs: [sendMail] };
