import { page } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { DeskPage } from "../ui/desk-page.tsx";
import { durationInWords } from "../ui/duration.ts";
import { Facts } from "../ui/facts.tsx";
import { Hash } from "../ui/hash.tsx";
import { Notice } from "../ui/notice.tsx";
import { Table } from "../ui/table.tsx";
import { sizeInWords } from "../ui/upload.tsx";
import { When } from "../ui/when.tsx";
import { defanged } from "./attachment.ts";
import type { MailFacts } from "../room/slice.ts";
import { Kind } from "./section.tsx";
import { type FileSeen, fileView } from "./views.ts";

/** One file that a reporter added: its bytes are never shown as they came. */
export const filePage = page({
  path: "/reports/:id/files/:file",
  view: fileView,
  render: (file) => <FilePage file={file} />,
});

function FilePage({ file }: { readonly file: FileSeen }) {
  const { t, locale } = useTools();
  const { id, report, reference, name, media, size, digest, at, facts } = file;
  const { picture, pdf, mail } = facts ?? {};
  return (
    <DeskPage
      title={name}
      trail={[
        { label: t("reports.title"), href: "/reports" },
        { label: reference, href: `/reports/${report}` },
      ]}
    >
      <Notice title={t("attachments.care")}>{t("attachments.care.words")}</Notice>
      <Facts
        rows={[
          [t("attachments.kind"), <Kind file={file} />],
          [t("attachments.media"), <span class="code-small">{media}</span>],
          [t("attachments.size"), sizeInWords(size, locale)],
          [t("attachments.at"), <When at={at} precision="long" />],
          [t("attachments.digest"), <Hash value={digest} />],
          picture && [
            t("attachments.picture"),
            t("attachments.picture.is", {
              width: picture.width,
              height: picture.height,
              format: picture.format.toUpperCase(),
            }),
          ],
          picture && [
            t("attachments.metadata"),
            t(picture.hasMetadata ? "attachments.metadata.there" : "attachments.metadata.none"),
          ],
          pdf && pdf.version !== "" && [t("attachments.version"), pdf.version],
        ]}
      />
      <p>
        <a href={`/api/v1/reports/${report}/files/${id}`} download>
          {t("attachments.save")}
        </a>
      </p>
      {file.hasPreview && <Preview file={file} />}
      {mail && <Mail mail={mail} />}
    </DeskPage>
  );
}

/** Opened by whoever wants to see it: pictures can hurt, and a page that is only passed through must not show one. */
function Preview({ file: { id, report } }: { readonly file: FileSeen }) {
  const { t } = useTools();
  return (
    <details class="preview-picture">
      <summary>{t("attachments.show")}</summary>
      <p class="small quiet">{t("attachments.drawn")}</p>
      <img src={`/api/v1/reports/${report}/files/${id}/preview`} alt={t("attachments.picture.alt")} loading="lazy" />
    </details>
  );
}

/** A message taken apart: who, by which stations, links that nobody can follow, files, text. */
export function Mail({ mail }: { readonly mail: MailFacts }) {
  const { t } = useTools();
  const { from, replyTo, returnPath, to, subject, date, messageId, checks, text } = mail;
  const said = (value: string) => value !== "" && <bdi class="breaks">{value}</bdi>;
  const row = (name: string, value: string) => value !== "" && ([t(`attachments.mail.${name}`), said(value)] as const);
  return (
    <>
      <section>
        <h2>{t("attachments.mail")}</h2>
        <Facts
          rows={[
            row("from", from),
            row("reply-to", replyTo),
            row("return-path", returnPath),
            row("to", to.join(", ")),
            row("subject", subject),
            date !== "" && [
              t("attachments.mail.date"),
              /^\d{4}-\d\d-\d\dT/.test(date) ? <When at={Temporal.Instant.from(date)} precision="long" /> : said(date),
            ],
            row("message-id", messageId),
            row("checks", checks.map(({ what, result, by }) => `${what}: ${result} (${by})`).join("; ")),
          ]}
        />
      </section>
      <Hops mail={mail} />
      <Links mail={mail} />
      <Parts mail={mail} />
      <section>
        <h2>{t("attachments.mail.text")}</h2>
        {text.trim() === "" ? (
          <p class="quiet">{t("attachments.mail.text.none")}</p>
        ) : (
          <p class="said">{text.trim()}</p>
        )}
      </section>
    </>
  );
}

function Hops({ mail: { hops } }: { readonly mail: MailFacts }) {
  const { t, locale } = useTools();
  return (
    <section>
      <h2>{t("attachments.hops")}</h2>
      <p class="small quiet">{t("attachments.hops.hint")}</p>
      <Table
        caption={t("attachments.hops")}
        rows={hops.map((hop, index) => ({ ...hop, index }))}
        id={({ index }) => String(index)}
        columns={[
          {
            key: "from",
            label: t("attachments.hop.from"),
            primary: true,
            cell: ({ from }) => <bdi class="breaks">{from === "" ? "–" : from}</bdi>,
          },
          {
            key: "ip",
            label: t("attachments.hop.ip"),
            cell: ({ ip }) => <bdi class="code-small breaks">{ip ?? ""}</bdi>,
          },
          { key: "by", label: t("attachments.hop.by"), cell: ({ by }) => <bdi class="breaks">{by}</bdi> },
          {
            key: "at",
            label: t("attachments.hop.at"),
            cell: ({ at }) => (at === null ? "" : <When at={Temporal.Instant.from(at)} />),
          },
          {
            key: "seconds",
            label: t("attachments.hop.seconds"),
            cell: ({ seconds }) =>
              seconds === null
                ? ""
                : seconds < 0
                  ? t("attachments.hop.before")
                  : durationInWords(seconds * 1_000, locale),
          },
        ]}
        empty={<p class="quiet">{t("attachments.hops.none")}</p>}
      />
    </section>
  );
}

function Links({ mail: { links } }: { readonly mail: MailFacts }) {
  const { t } = useTools();
  return (
    <section>
      <h2>{t("attachments.links")}</h2>
      <Table
        caption={t("attachments.links")}
        rows={links}
        id={({ target }) => target}
        columns={[
          {
            key: "target",
            label: t("attachments.link.target"),
            primary: true,
            cell: ({ target }) => <bdi class="code-small breaks">{defanged(target)}</bdi>,
          },
          {
            key: "shown",
            label: t("attachments.link.shown"),
            cell: ({ shown }) => <bdi class="breaks">{defanged(shown)}</bdi>,
          },
        ]}
        empty={<p class="quiet">{t("attachments.links.none")}</p>}
      />
    </section>
  );
}

function Parts({ mail: { attachments } }: { readonly mail: MailFacts }) {
  const { t, locale } = useTools();
  if (attachments.length === 0) return null;
  return (
    <section>
      <h2>{t("attachments.parts")}</h2>
      <Table
        caption={t("attachments.parts")}
        rows={attachments.map((each, index) => ({ ...each, index }))}
        id={({ index }) => String(index)}
        columns={[
          {
            key: "name",
            label: t("attachments.name"),
            primary: true,
            cell: ({ name }) => <bdi class="breaks">{name === "" ? "–" : name}</bdi>,
          },
          { key: "media", label: t("attachments.media"), cell: ({ media }) => <span class="code-small">{media}</span> },
          { key: "size", label: t("attachments.size"), end: true, cell: ({ bytes }) => sizeInWords(bytes, locale) },
          { key: "digest", label: t("attachments.digest"), cell: ({ sha256 }) => <Hash value={sha256} /> },
        ]}
      />
    </section>
  );
}
