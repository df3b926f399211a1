import { createHash } from "node:crypto";
import type { Look, MailSummary } from "./look.ts";
import { type MailFacts, readMail } from "./mail.ts";
import type { Looked } from "./program.ts";
import type { Asked, Source } from "./source.ts";

export const lookAtMail = async (bytes: Buffer): Promise<Looked> => ({
  answer: { kind: "mail", media: "message/rfc822", mail: await readMail(bytes) } satisfies Look,
});

/** How much of a mailbox is searched for messages, how many are listed, and how long one may be that is read. */
const MAILBOX_BYTES = 16 * 1_024 ** 2;
const MESSAGES_MAX = 200;
const MESSAGE_BYTES_MAX = 16 * 1_024 ** 2;
const HEADERS_BYTES = 16_384;

/** The first messages of a mailbox, and one of them whole. @source RFC 4155 */
export async function lookAtMailbox({ page: asked = 1 }: Asked, source: Source): Promise<Looked> {
  const bytes = await source.read(0, MAILBOX_BYTES);
  const starts: number[] = [];
  for (let at = 0; at !== -1 && starts.length <= MESSAGES_MAX;) {
    starts.push(at);
    const next = bytes.indexOf("\nFrom ", at + 1, "latin1");
    at = next === -1 ? -1 : next + 1;
  }
  const isCut = bytes.length < source.bytes || starts.length > MESSAGES_MAX;
  const messages = starts
    .slice(0, MESSAGES_MAX)
    .map((from, index) => bytes.subarray(from, Math.min(starts[index + 1] ?? bytes.length, from + MESSAGE_BYTES_MAX)))
    .map((message) => message.subarray(message.indexOf("\n") + 1));
  const page = Math.min(Math.max(asked, 1), messages.length);
  const shown = messages[page - 1];
  const list: MailSummary[] = [];
  for (const message of messages) {
    // Headers alone: the bodies of two hundred messages are not for a list.
    const end = message.indexOf("\n\n") === -1 ? message.indexOf("\r\n\r\n") : message.indexOf("\n\n");
    const { from, subject, date } = await readMail(
      message.subarray(0, Math.min(end === -1 ? HEADERS_BYTES : end + 4, HEADERS_BYTES)),
    ).catch(() => ({ from: "", subject: "", date: "" }));
    list.push({ from, subject, date });
  }
  const mail = shown ? await readMail(shown).catch(() => null) : null;
  return {
    answer: {
      kind: "mailbox",
      media: "application/mbox",
      list,
      whole: !isCut,
      page,
      pages: messages.length,
      mail,
    } satisfies Look,
  };
}

const LINE_MAX = 500;
const TEXT_MAX = 20_000;
const line = (text: unknown): string =>
  typeof text === "string"
    ? text
        .replaceAll(/\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu, " ")
        .replaceAll(/\s+/g, " ")
        .trim()
        .slice(0, LINE_MAX)
        .toWellFormed()
    : "";

/** A message as Outlook saves it. Its transport headers, where it has them, are read as those of any message. */
export async function lookAtMessage(bytes: Buffer): Promise<Looked> {
  // The package is CommonJS with a default of its own.
  const { default: module } = await import("@kenjiuno/msgreader");
  const reader = new module.default(new Uint8Array(bytes).buffer);
  const said = reader.getFileData();
  const headers = await readMail(Buffer.from(`${said.headers ?? ""}\r\n\r\n`)).catch(() => undefined);
  const address = (name: unknown, mail: unknown): string =>
    [line(name), line(mail)].filter((each, index, all) => each !== "" && all.indexOf(each) === index).join(", ");
  const attachments = (said.attachments ?? []).slice(0, 100).map((each) => {
    const content = each.innerMsgContent ? Buffer.alloc(0) : Buffer.from(reader.getAttachment(each).content);
    return {
      name: line(each.fileName ?? each.name),
      media: line(each.attachMimeTag),
      bytes: content.length,
      sha256: createHash("sha256").update(content).digest("hex"),
    };
  });
  const mail: MailFacts = {
    from: headers?.from || address(said.senderName, said.senderSmtpAddress ?? said.senderEmail),
    replyTo: headers?.replyTo ?? "",
    returnPath: headers?.returnPath ?? "",
    to: (said.recipients ?? []).slice(0, 50).map((each) => address(each.name, each.smtpAddress ?? each.email)),
    subject: line(said.subject),
    date: headers?.date || line(said.messageDeliveryTime ?? said.clientSubmitTime),
    messageId: line(said.messageId),
    hops: headers?.hops ?? [],
    checks: headers?.checks ?? [],
    links: [],
    attachments,
    text: (said.body ?? "")
      .replaceAll("\r\n", "\n")
      .replaceAll(/[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/gu, "")
      .slice(0, TEXT_MAX)
      .toWellFormed(),
    warnings: headers?.warnings ?? [],
  };
  return { answer: { kind: "mail", media: "application/vnd.ms-outlook", mail } satisfies Look };
}
