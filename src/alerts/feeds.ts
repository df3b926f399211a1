import type { Translate } from "../kernel/i18n.ts";
import {
  type Content,
  groupOf,
  harmless,
  type Language,
  languagesOf,
  type State,
  type Words,
  wordsFor,
} from "./alert.ts";
import { titled } from "./letters.ts";
import { documentOf, element, type Xml } from "./xml.ts";

/** A warning as the public reads it. */
export interface PublicAlert {
  readonly id: string;
  readonly number: string;
  readonly state: State;
  readonly version: number;
  readonly content: Content;
  readonly reason: string | null;
  readonly published_at: Temporal.Instant;
  readonly changed_at: Temporal.Instant;
  readonly expires_at: Temporal.Instant;
}

/** One thing that was said to the public, with the name it went out under. */
export interface Message {
  readonly kind: "alert" | "update" | "cancel";
  readonly content: Content;
  readonly reason: string | null;
  readonly identifier: string;
  readonly sender: string;
  readonly sent_at: Temporal.Instant;
}

/** What feeds are written with. */
export interface Writing {
  /** Address of the portal, without a slash at its end. */
  readonly base: string;
  /** Who warns. */
  readonly name: string;
  readonly locale: string;
  readonly t: Translate;
  /** Names of districts in a language, and of the whole country. */
  readonly place: (code: string | undefined, locale: string) => string;
  readonly zone: string;
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** A moment as CAP wants it: seconds, with the place's own offset, `-00:00` for UTC. @source CAP 1.2 §3.3.2 */
export const capTime = (at: Temporal.Instant, zone: string): string =>
  at
    .toZonedDateTimeISO(zone)
    .toString({ timeZoneName: "never", smallestUnit: "second", fractionalSecondDigits: 0 })
    .replace(/\+00:00$/, "-00:00");

const KINDS = { alert: "Alert", update: "Update", cancel: "Cancel" } as const;

/** One message in the Common Alerting Protocol, with an `<info>` for each language. Not signed. @source CAP 1.2 §3.2 */
export function capOf(
  message: Message,
  /** Those that went out before it, the oldest first: an update or a cancellation names them. */
  before: readonly Message[],
  { alert, writing }: { readonly alert: Pick<PublicAlert, "id" | "expires_at">; readonly writing: Writing },
): string {
  const { zone } = writing;
  const time = (at: Temporal.Instant): string => capTime(at, zone);
  return documentOf(
    element(
      "alert",
      { xmlns: "urn:oasis:names:tc:emergency:cap:1.2" },
      element("identifier", {}, message.identifier),
      element("sender", {}, message.sender),
      element("sent", {}, time(message.sent_at)),
      element("status", {}, "Actual"),
      element("msgType", {}, KINDS[message.kind]),
      element("scope", {}, "Public"),
      message.reason === null ? undefined : element("note", {}, message.reason),
      before.length === 0
        ? undefined
        : element(
            "references",
            {},
            before.map(({ sender, identifier, sent_at }) => [sender, identifier, time(sent_at)].join(",")).join(" "),
          ),
      languagesOf(message.content).map((language) => infoOf(message, language, { alert, writing })),
    ),
  );
}

function infoOf(
  { content, kind }: Message,
  language: Language,
  { alert, writing }: { readonly alert: Pick<PublicAlert, "id" | "expires_at">; readonly writing: Writing },
): Xml | undefined {
  const words = content.words[language];
  if (!words) return undefined;
  const { base, name, place, t, zone } = writing;
  const pair = (kindOf: string, label: string, value: string): Xml =>
    element(kindOf, {}, element("valueName", {}, label), element("value", {}, value));
  const areas = content.districts.length === 0 ? [undefined] : content.districts;
  return element(
    "info",
    {},
    element("language", {}, language),
    element("category", {}, "Security"),
    element("event", {}, t(`option.category.${content.category}`)),
    element("responseType", {}, kind === "cancel" ? "AllClear" : "Avoid"),
    element("urgency", {}, capital(content.urgency)),
    element("severity", {}, capital(content.severity)),
    element("certainty", {}, capital(content.certainty)),
    pair("eventCode", "comity-category", content.category),
    element("expires", {}, capTime(alert.expires_at, zone)),
    element("senderName", {}, name),
    element("headline", {}, words.title),
    element("description", {}, `${words.happens}\n\n${words.recognise}`),
    element("instruction", {}, words.advice),
    element("web", {}, `${base}/alerts/${alert.id}?lang=${language}`),
    content.indicators.map((each) => pair("parameter", `indicator-${each.type}`, harmless(each))),
    areas.map((code) =>
      element(
        "area",
        {},
        element("areaDesc", {}, place(code, language)),
        code === undefined ? undefined : pair("geocode", "district", code),
      ),
    ),
  );
}

/** Everything a warning says in one language, as plain text. */
export function plainOf(content: Pick<Content, "indicators">, words: Words, t: Translate): string {
  const parts = [
    words.happens,
    `${t("alerts.recognise")}: ${words.recognise}`,
    ...(content.indicators.length === 0
      ? []
      : [`${t("alerts.indicators")}: ${content.indicators.map(harmless).join(", ")}`]),
    `${t("alerts.advice")}: ${words.advice}`,
  ];
  return parts.join("\n\n");
}

const seconds = (at: Temporal.Instant): string => at.toString({ smallestUnit: "second" });

/** One entry of the Atom feed. */
export function atomEntry(alert: PublicAlert, { base, t, locale }: Writing): Xml | undefined {
  const shown = wordsFor(alert.content, locale);
  if (!shown) return undefined;
  const { language, words } = shown;
  const page = `${base}/alerts/${alert.id}`;
  return element(
    "entry",
    { "xml:lang": language },
    element("id", {}, `urn:uuid:${alert.id}`),
    element("title", {}, titled(t, alert.state, words.title)),
    element("published", {}, seconds(alert.published_at)),
    element("updated", {}, seconds(alert.changed_at)),
    element("link", { rel: "alternate", type: "text/html", href: `${page}?lang=${language}` }),
    element("link", { rel: "related", type: "application/cap+xml", href: `${page}.cap` }),
    element("category", {
      term: groupOf(alert.content.category),
      label: t(`advice.${groupOf(alert.content.category)}.title`),
    }),
    element("category", { term: alert.state, scheme: `${base}/alerts#state`, label: t(`state.${alert.state}`) }),
    ...(alert.reason === null ? [] : [element("summary", { type: "text" }, alert.reason)]),
    element("content", { type: "text" }, plainOf(alert.content, words, t)),
  );
}

/** The newest warnings as an Atom feed; changed and cancelled ones come up again. @source RFC 4287 */
export function atomOf(alerts: readonly PublicAlert[], writing: Writing, self: string): string {
  const { base, name, t, locale } = writing;
  const newest = alerts[0]?.changed_at ?? Temporal.Instant.fromEpochMilliseconds(0);
  return documentOf(
    element(
      "feed",
      { xmlns: "http://www.w3.org/2005/Atom", "xml:lang": locale },
      element("id", {}, `${base}/alerts`),
      element("title", {}, t("alerts.feed.title", { country: name })),
      element("updated", {}, seconds(newest)),
      element("author", {}, element("name", {}, name)),
      element("link", { rel: "self", type: "application/atom+xml", href: self }),
      element("link", { rel: "alternate", type: "text/html", href: `${base}/alerts` }),
      alerts.map((alert) => atomEntry(alert, writing)),
    ),
  );
}

/** One item of the JSON feed. `_comity` holds what the format has no name for. @source JSON Feed 1.1 */
export function jsonItem(alert: PublicAlert, { base, t, locale, place }: Writing): Record<string, unknown> {
  const { content, state } = alert;
  const shown = wordsFor(content, locale);
  const page = `${base}/alerts/${alert.id}`;
  return {
    id: alert.id,
    url: page,
    ...(shown
      ? {
          title: titled(t, state, shown.words.title),
          content_text: plainOf(content, shown.words, t),
          language: shown.language,
        }
      : {}),
    ...(alert.reason === null ? {} : { summary: alert.reason }),
    date_published: seconds(alert.published_at),
    date_modified: seconds(alert.changed_at),
    tags: [groupOf(content.category)],
    _comity: {
      number: alert.number,
      state,
      version: alert.version,
      category: content.category,
      districts: content.districts.map((code) => ({ code, name: place(code, locale) })),
      severity: content.severity,
      urgency: content.urgency,
      certainty: content.certainty,
      expires: seconds(alert.expires_at),
      indicators: content.indicators.map(({ type, value }) => ({ type, value: harmless({ type, value }) })),
      words: content.words,
      cap: `${page}.cap`,
    },
  };
}

/** The newest warnings as a JSON feed. */
export const jsonFeedOf = (
  alerts: readonly PublicAlert[],
  writing: Writing,
  self: string,
): Record<string, unknown> => ({
  version: "https://jsonfeed.org/version/1.1",
  title: writing.t("alerts.feed.title", { country: writing.name }),
  home_page_url: `${writing.base}/alerts`,
  feed_url: self,
  language: writing.locale,
  authors: [{ name: writing.name }],
  items: alerts.map((alert) => jsonItem(alert, writing)),
});
