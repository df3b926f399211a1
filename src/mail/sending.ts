import { createTransport } from "nodemailer";
import type { Config } from "../kernel/config.ts";
import { oneLine } from "./letter.ts";

/** A message as it waits, sealed, for its turn. */
export interface Message {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Address that ends the subscription by one POST. @source RFC 8058 §3.1 */
  readonly unsubscribe?: string;
  /** Files of ours that go with it, in base64. */
  readonly attachments?: readonly Attachment[];
  /** Asks for notices of delivery and of reading. @source RFC 3461 §4, RFC 8098 §2.1 */
  readonly receipts?: boolean;
}

/** A file of the node's own making. */
export interface Attachment {
  readonly filename: string;
  readonly type: string;
  readonly base64: string;
}

/** What came of trying to hand a message over. */
export type Outcome =
  | { readonly outcome: "sent" }
  /** Nobody at this address takes it, now or later. */
  | { readonly outcome: "refused"; readonly reason: string }
  | {
      readonly outcome: "later";
      readonly reason: string;
      /** True where the server itself could not be reached, so that others need not be tried now. */
      readonly away: boolean;
    };

/** The two settings that mail needs; `undefined` where the node sends none. */
export function mailSettings({ smtp_url, mail_from }: Config): { url: string; from: string } | undefined {
  return smtp_url !== undefined && mail_from !== undefined ? { url: smtp_url, from: mail_from } : undefined;
}

const TIMEOUT_MS = 30_000;
const CONNECTIONS_MAX = 4;
const MESSAGES_PER_CONNECTION = 100;
const REASON_MAX = 300;

/** The address alone, of `Police of Aruna <no-reply@example.org>`. */
const bare = (from: string): string => /<([^>]+)>/.exec(from)?.[1] ?? from;

/** A connection to the mail server, kept open over many messages. */
export interface Sender {
  /** `id` names the message the same at each try; never throws. */
  readonly send: (id: string, message: Message) => Promise<Outcome>;
  /** Throws where the server can't be reached or does not know us. */
  readonly check: () => Promise<void>;
  readonly close: () => void;
}

/** Opens the way to the mail server; connects when first needed. */
export function openSender({ url, from }: { url: string; from: string }, timeoutMs = TIMEOUT_MS): Sender {
  const transport = createTransport({
    url,
    pool: true,
    maxConnections: CONNECTIONS_MAX,
    maxMessages: MESSAGES_PER_CONNECTION,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    // No field of a message may reach into files or the network.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = bare(from).split("@")[1] ?? "localhost";
  return {
    send: async (id, { to, subject, text, html, unsubscribe, attachments = [], receipts }) => {
      try {
        await transport.sendMail({
          from,
          to: { name: "", address: to },
          subject: oneLine(subject),
          text,
          html,
          messageId: `<${id}@${domain}>`,
          attachments: attachments.map(({ filename, type, base64 }) => ({
            filename: oneLine(filename),
            contentType: type,
            content: Buffer.from(base64, "base64"),
          })),
          ...(receipts
            ? { dsn: { id, return: "headers", notify: ["success", "failure", "delay"], recipient: bare(from) } }
            : {}),
          headers: {
            "Auto-Submitted": "auto-generated",
            ...(receipts ? { "Disposition-Notification-To": bare(from) } : {}),
            ...(unsubscribe === undefined
              ? {}
              : {
                  "List-Unsubscribe": `<${oneLine(unsubscribe)}>`,
                  "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                }),
          },
        });
        return { outcome: "sent" };
      } catch (error) {
        return outcomeOf(error);
      }
    },
    check: async () => {
      await transport.verify();
    },
    close: () => transport.close(),
  };
}

/** Only what the server says of this message is for ever; that we could not reach it, or are not known to it, is our own matter. */
function outcomeOf(error: unknown): Outcome {
  const { code, responseCode, response, message } = error as {
    code?: string;
    responseCode?: number;
    response?: string;
    message?: string;
  };
  const reason = oneLine(String(response ?? message ?? code ?? "")).slice(0, REASON_MAX);
  const ofMessage = code === "EENVELOPE" || code === "EMESSAGE";
  if (ofMessage && (responseCode === undefined || responseCode >= 500)) return { outcome: "refused", reason };
  return { outcome: "later", reason, away: !ofMessage };
}
