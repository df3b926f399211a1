import { isWhole } from "../kernel/i18n.ts";
import type { Node } from "../kernel/node.ts";
import type { queueMail } from "../mail/slice.ts";
import { certificateFingerprint } from "../trust/signers.ts";
import type { NoticeRow } from "./notice.ts";

/** The one message of the mail queue that a notice is. */
export const mailKey = (id: string): string => `notice:${id}`;

/** The e-mail to a registered mailbox that a signed notice travels with: that there is a letter, and how to check it. Nothing of the matter. */
export function coveringMail(
  node: Node,
  { row, address, number, pdf }: { row: NoticeRow; address: string; number: string; pdf: Buffer },
): Parameters<typeof queueMail>[2] {
  const language = isWhole(row.language) ? row.language : "en";
  const t = node.translations.translate(language);
  const fingerprint = certificateFingerprint(node).replaceAll(/(.{4})(?=.)/g, "$1 ");
  return {
    kind: "request.notice",
    to: address,
    letter: {
      locale: language,
      subject: t("notices.mail.subject", { node: node.name }),
      parts: [
        { text: t("notices.mail.opening", { node: node.name }) },
        { heading: t("letters.check") },
        { text: t("letters.check.how", { fingerprint }) },
      ],
    },
    once: mailKey(row.id),
    receipts: true,
    attachments: [{ filename: `${number}.pdf`, type: "application/pdf", base64: pdf.toString("base64") }],
  };
}
