import type { Translate } from "../kernel/i18n.ts";
import type { Node } from "../kernel/node.ts";
import type { Letter } from "../mail/slice.ts";
import { portalAddress } from "./address.ts";
import { type Content, harmless, wordsFor } from "./alert.ts";
import { CONFIRM_HOURS } from "./subscription.ts";

/** Asks whoever reads the mailbox whether they want warnings. It holds nothing that whoever typed the address could choose. */
export function confirmLetter(node: Node, locale: string, link: string): Letter {
  const t = node.translations.translate(locale);
  return {
    locale,
    subject: t("alerts.mail.confirm.subject", { country: node.name }),
    parts: [
      { text: t("alerts.mail.confirm.text", { country: node.name }) },
      { link: { label: t("alerts.mail.confirm.link"), href: link } },
      { text: t("alerts.mail.confirm.not-you", { hours: CONFIRM_HOURS }) },
    ],
  };
}

/** One version of a warning, as it is written to people. */
export interface Said {
  readonly id: string;
  readonly number: string;
  readonly kind: "alert" | "update" | "cancel";
  readonly content: Content;
  readonly reason: string | null;
}

/** How a title begins once a warning was changed, called off, or is past. */
export const titled = (t: Translate, state: string, title: string): string =>
  state === "updated" || state === "update"
    ? t("alerts.title.updated", { title })
    : state === "cancelled" || state === "cancel"
      ? t("alerts.title.cancelled", { title })
      : state === "expired"
        ? t("alerts.title.expired", { title })
        : title;

/** The warning as a letter; the link that ends the subscription is added for each. */
export function alertLetter(node: Node, { id, kind, content, reason }: Said, locale: string): Letter {
  const t = node.translations.translate(locale);
  const shown = wordsFor(content, locale);
  const words = shown?.words ?? { title: "", happens: "", recognise: "", advice: "" };
  return {
    locale: shown?.language ?? locale,
    subject: titled(t, kind, words.title),
    parts: [
      ...(shown && shown.language !== locale ? [{ text: t("alerts.other-language") }] : []),
      { heading: titled(t, kind, words.title) },
      ...(reason === null
        ? []
        : [{ text: t(kind === "cancel" ? "alerts.why-cancelled" : "alerts.why-updated", { reason }) }]),
      { text: words.happens },
      { heading: t("alerts.recognise") },
      { text: words.recognise },
      ...(content.indicators.length === 0
        ? []
        : [{ heading: t("alerts.indicators") }, { list: content.indicators.map(harmless) }]),
      { heading: t("alerts.advice") },
      { text: words.advice },
      { link: { label: t("alerts.read-online"), href: `${portalAddress(node)}/alerts/${id}` } },
    ],
  };
}

/** The letter with why one gets it and the way out, for one reader. */
export function withWayOut(node: Node, letter: Letter, locale: string, end: string): Letter {
  const t = node.translations.translate(locale);
  return {
    ...letter,
    foot: [
      { text: t("alerts.mail.why", { country: node.name }) },
      { link: { label: t("alerts.mail.end"), href: end } },
    ],
  };
}
