import { direction } from "../kernel/i18n.ts";
import { page } from "../kernel/page.ts";
import { type Tools, useTools } from "../kernel/tools.ts";
import { type Reader, view } from "../kernel/view.ts";
import { type Letter } from "../mail/slice.ts";
import { History } from "../reports/slice.ts";
import { ActPanel } from "../ui/act-panel.tsx";
import { DeskPage } from "../ui/desk-page.tsx";
import { type Change, Diff } from "../ui/diff.tsx";
import { type Fact, Facts } from "../ui/facts.tsx";
import { Notice } from "../ui/notice.tsx";
import { Tag } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";
import { senderOf } from "./address.ts";
import { alertSubject, type Content, harmless, LANGUAGES, languagesOf, TEXTS, wordsFor } from "./alert.ts";
import { atomEntry, capOf, type Message, type PublicAlert } from "./feeds.ts";
import { alertLetter } from "./letters.ts";
import { toneOf } from "./page-list.tsx";
import { writingOf } from "./serving.ts";
import { alertFile, type AlertFound } from "./views.ts";

/** How a warning looks in each channel: what is public, or what would be if it were published now. */
interface Previews {
  readonly cap: string;
  readonly atom: string;
  readonly letters: readonly Letter[];
  readonly place: Place;
  /** Address of the page that the public reads; `undefined` while there is none. */
  readonly page: string | undefined;
}

/** The name of a district, of the whole country without one. */
type Place = (code: string | undefined) => string;
/** Where a warning is for, in words. */
const placesOf = ({ districts }: Content, place: Place): string =>
  (districts.length === 0 ? [undefined] : districts).map(place).join(", ");

function previewsOf(reader: Reader, row: AlertFound): Previews {
  const { node, now, locale } = reader;
  const writing = writingOf({ node }, locale);
  const content = row.pending ?? row.content;
  const last = row.versions.at(-1);
  const isSaid = last !== undefined && row.pending === null;
  const message: Message = isSaid
    ? last
    : {
        ...{ kind: last ? "update" : "alert", content, reason: last ? row.changed_reason : null },
        ...{ identifier: `${node.code}-${row.number}-${row.version + 1}`, sender: senderOf(node), sent_at: now },
      };
  const alert: PublicAlert = {
    ...row,
    content,
    reason: message.reason,
    published_at: row.published_at ?? now,
    state: isSaid ? row.state : last ? "updated" : "published",
  };
  return {
    cap: capOf(message, isSaid ? row.versions.slice(0, -1) : row.versions, { alert, writing }),
    atom: atomEntry(alert, writing)?.xml ?? "",
    letters: languagesOf(content).map((language) =>
      alertLetter(
        node,
        { id: row.id, number: row.number, kind: message.kind, content, reason: message.reason },
        language,
      ),
    ),
    place: (code) => writing.place(code, locale),
    page: row.version > 0 ? `${writing.base}/alerts/${row.id}` : undefined,
  };
}

const withPreviews = view({
  ...{ name: "alert.page", subject: alertSubject },
  input: alertFile.input,
  read: async (reader, input): Promise<{ file: AlertFound; previews: Previews } | undefined> => {
    const file = await alertFile.read(reader, input);
    return file ? { file, previews: previewsOf(reader, file) } : undefined;
  },
});

/** One warning on the desk: what it says, who wrote and published it, how each channel shows it, and what was said before. */
export const alertDeskPage = page({
  path: "/alerts/:id",
  view: withPreviews,
  render: ({ file, previews }) => <AlertDeskPage file={file} previews={previews} />,
});

function AlertDeskPage({ file, previews }: { readonly file: AlertFound; readonly previews: Previews }) {
  const { t, locale, acts } = useTools();
  const { number, state, content, pending, versions, history } = file;
  const title = wordsFor(content, locale)?.words.title ?? number;
  return (
    <DeskPage
      title={`${number} – ${title}`}
      heading={title}
      kicker={
        <>
          {t("thing.alert")} <span class="code-small">{number}</span>
        </>
      }
      tags={<Tag tone={toneOf(state)}>{t(`state.${state}`)}</Tag>}
      trail={[{ label: t("alerts.desk.title"), href: "/alerts" }]}
      side={<ActPanel acts={acts(alertSubject, { ...file })} />}
      subject="alert"
    >
      {pending && (
        <section>
          <Notice tone="waits" title={t("alerts.desk.change-waits")}>
            <p class="said" dir="auto">
              {file.changed_reason}
            </p>
          </Notice>
          <Diff changes={changesBetween(content, pending, { t, place: previews.place })} />
        </section>
      )}
      <Standing file={file} place={previews.place} />
      <Texts content={content} />
      <section>
        <h2>{t("alerts.desk.channels")}</h2>
        <Channels previews={previews} />
      </section>
      <Versions versions={versions} place={previews.place} />
      <section>
        <h2>{t("alerts.desk.history")}</h2>
        <History history={history} />
      </section>
    </DeskPage>
  );
}

/** What is decided on beside the words: about what, where, how heavy, for how long. */
export function Scope({ content, place }: { readonly content: Content; readonly place: Place }) {
  const { t } = useTools();
  return (
    <Facts rows={[...scopeOf(content, place, t), [t("alerts.until"), t("alerts.desk.days", { days: content.days })]]} />
  );
}

const scopeOf = (content: Content, place: Place, t: Tools["t"]): Fact[] => [
  [t("alerts.about"), t(`option.category.${content.category}`)],
  [t("alerts.where"), placesOf(content, place)],
  [
    t("alerts.desk.weight"),
    [
      t(`option.severity.${content.severity}`),
      t(`option.urgency.${content.urgency}`),
      t(`option.certainty.${content.certainty}`),
    ].join(" · "),
  ],
];

function Standing({ file, place }: { readonly file: AlertFound; readonly place: Place }) {
  const { t, may } = useTools();
  const { content, mails, subscribers, published_at, published_by_name, changed_reason, state } = file;
  return (
    <Facts
      rows={[
        ...scopeOf(content, place, t),
        [t("alerts.desk.drafted"), `${file.drafted_by_name}, ${file.office_name}`],
        published_at !== null && [
          t("alerts.desk.published"),
          <>
            {published_by_name}, <When at={published_at} />
          </>,
        ],
        state === "cancelled" && [t("alerts.is-cancelled"), changed_reason],
        [
          t("alerts.until"),
          published_at === null ? (
            t("alerts.desk.days", { days: content.days })
          ) : (
            <When at={file.expires_at} precision="long" />
          ),
        ],
        file.campaign_id !== null &&
          may("campaign.read") && [
            t("alerts.desk.from"),
            <a href={`/campaigns/${file.campaign_id}`}>{t("alerts.desk.campaign")}</a>,
          ],
        [
          t("alerts.desk.indicators"),
          content.indicators.length > 0 && (
            <ul class="plain">
              {content.indicators.map((each) => (
                <li key={each.key}>
                  <span class="code-small" dir="ltr">
                    {harmless(each)}
                  </span>
                </li>
              ))}
            </ul>
          ),
        ],
        [
          t("alerts.desk.mail"),
          t("alerts.desk.mails", { subscribers, sent: mails.sent, waiting: mails.waiting, failed: mails.failed }),
        ],
      ]}
    />
  );
}

/** What it says, in each language that it is written in. */
export function Texts({ content }: { readonly content: Content }) {
  const { t } = useTools();
  return (
    <>
      {languagesOf(content).map((language) => {
        const words = content.words[language];
        return (
          words && (
            <section key={language}>
              <h2>{t(`alerts.language.${language}`)}</h2>
              <Facts
                rows={TEXTS.map((name) => [
                  t(`field.alert.${name}`),
                  <p class="said" key={name} lang={language} dir={direction(language)}>
                    {words[name]}
                  </p>,
                ])}
              />
            </section>
          )
        );
      })}
    </>
  );
}

function Channels({ previews: { cap, atom, letters, page: shown } }: { readonly previews: Previews }) {
  const { t } = useTools();
  return (
    <>
      {shown && (
        <p>
          <a href={shown}>{t("alerts.desk.preview.page")}</a>
        </p>
      )}
      {letters.map((letter) => (
        <details key={letter.locale}>
          <summary>{t("alerts.desk.preview.mail", { language: t(`alerts.language.${letter.locale}`) })}</summary>
          <div lang={letter.locale} dir={direction(letter.locale)}>
            <p>
              <b>{letter.subject}</b>
            </p>
            {letter.parts.map((part, index) => (
              <div key={index}>
                {"heading" in part ? (
                  <p>
                    <b>{part.heading}</b>
                  </p>
                ) : "list" in part ? (
                  <ul>
                    {part.list.map((each) => (
                      <li key={each}>{each}</li>
                    ))}
                  </ul>
                ) : "link" in part ? (
                  <p>
                    <u>{part.link.label}</u>
                  </p>
                ) : (
                  <p class="said">{part.text}</p>
                )}
              </div>
            ))}
          </div>
        </details>
      ))}
      <details>
        <summary>{t("alerts.desk.preview.cap")}</summary>
        <pre>{inLines(cap)}</pre>
      </details>
      <details>
        <summary>{t("alerts.desk.preview.atom")}</summary>
        <pre>{inLines(atom)}</pre>
      </details>
    </>
  );
}

/** A line for each element that holds others: for reading, never for sending. */
const inLines = (xml: string): string =>
  xml.replaceAll(/(<\/[\w:]+>|\/>|<(?:alert|info|area|entry|parameter|eventCode|geocode)\b[^>]*>)(?=<)/g, "$1\n");

function Versions({ versions, place }: Pick<AlertFound, "versions"> & { readonly place: Place }) {
  const { t } = useTools();
  if (versions.length === 0) return null;
  return (
    <section>
      <h2>{t("alerts.desk.said")}</h2>
      {versions.map((version, index) => {
        const before = versions[index - 1];
        const changes = before ? changesBetween(before.content, version.content, { t, place }) : [];
        return (
          <details key={version.version} open={index === versions.length - 1 && index > 0}>
            <summary>
              {t(`alerts.desk.kind.${version.kind}`, { version: version.version })}, <When at={version.sent_at} />,{" "}
              {version.by_name}
            </summary>
            {version.reason !== null && (
              <p class="said" dir="auto">
                {version.reason}
              </p>
            )}
            {changes.length > 0 && <Diff changes={changes} />}
            <p class="small quiet code-small">{version.identifier}</p>
          </details>
        );
      })}
    </section>
  );
}

/** What differs between two contents, field by field. */
export function changesBetween(
  before: Content,
  after: Content,
  { t, place }: { readonly t: Tools["t"]; readonly place: Place },
): Change[] {
  const texts = LANGUAGES.flatMap((language) =>
    TEXTS.map((name) => ({
      label: `${t(`field.alert.${name}`)} (${t(`alerts.language.${language}`)})`,
      before: before.words[language]?.[name] ?? "",
      after: after.words[language]?.[name] ?? "",
    })),
  );
  const facts = [
    ...(["severity", "urgency", "certainty", "category"] as const).map((name) => ({
      label: t(`field.alert.${name}`),
      before: t(`option.${name}.${before[name]}`),
      after: t(`option.${name}.${after[name]}`),
    })),
    { label: t("alerts.where"), before: placesOf(before, place), after: placesOf(after, place) },
    { label: t("field.alert.days"), before: String(before.days), after: String(after.days) },
    {
      label: t("alerts.desk.indicators"),
      before: before.indicators.map(harmless).join(" "),
      after: after.indicators.map(harmless).join(" "),
    },
  ];
  return [...texts, ...facts].filter((change) => change.before !== change.after);
}
