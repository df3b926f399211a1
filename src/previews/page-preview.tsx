import { Mail } from "../attachments/slice.ts";
import { type ActForm, type ActPage, page } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import type { ArchiveEntry, Look, MailSummary } from "../room/slice.ts";
import { Found, scanNow, scanOf, type Scanned } from "../malware/slice.ts";
import { ActFormPage } from "../ui/act-form.tsx";
import { DeskPage } from "../ui/desk-page.tsx";
import { durationInWords } from "../ui/duration.ts";
import { Facts } from "../ui/facts.tsx";
import { Notice } from "../ui/notice.tsx";
import { Table } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { sizeInWords } from "../ui/upload.tsx";
import { When } from "../ui/when.tsx";
import { type Preview, previewView } from "./views.ts";

/** Once it is asked for, the preview comes. */
export const previewPage: ActPage = {
  act: "item.preview",
  // Before it is shown it is scanned by the database of today, where there is a scanner.
  prepare: async ({ reader, row }: ActForm<never>): Promise<Scanned | undefined> => {
    const { id } = row as { id: string };
    await scanNow(reader.node, id);
    return scanOf(reader.db, reader.node, id);
  },
  render: (form, _tools, scan: Scanned | undefined) => {
    const isFound = scan?.state === "found";
    return (
      <ActFormPage
        form={form as unknown as ActForm}
        {...(isFound ? { before: <Found scan={scan} /> } : { instead: { despite_malware: null } })}
      />
    );
  },
  then: ({ page: to, id }) => (typeof to === "string" ? to : `/items/${String(id)}`),
};

/** What an opened item looks like. */
export const openedPage = page({
  path: "/items/:id/previews/:opening",
  view: previewView,
  render: (preview) => <OpenedPage preview={preview} />,
});

const hrefOf = ({ item, opening, hex }: Preview, change: { page?: number; as?: "hex" | undefined }): string => {
  const query = new URLSearchParams();
  if (change.page !== undefined) query.set("page", String(change.page));
  if ("as" in change ? change.as : hex) query.set("as", "hex");
  const text = query.toString();
  return `/items/${item.id}/previews/${opening}${text ? `?${text}` : ""}`;
};

function OpenedPage({ preview }: { readonly preview: Preview }) {
  const { t, locale, actor } = useTools();
  const { item, look, failed, hex, malware } = preview;
  return (
    <DeskPage
      title={t("previews.title", { number: item.number })}
      heading={<bdi class="breaks">{item.name}</bdi>}
      trail={[
        { label: t("items.title"), href: "/items" },
        { label: item.number, href: `/items/${item.id}` },
      ]}
    >
      {malware && (
        <>
          <Found scan={malware.scan} />
          {malware.shown ? (
            <p>
              {t("previews.malware.shown", { name: actor?.kind === "officer" ? actor.name : "" })}{" "}
              <When at={malware.opened} precision="long" />
            </p>
          ) : (
            <Notice tone="waits" title={t("previews.malware.withheld")}>
              <p>{t("previews.malware.withheld.words")}</p>
              <p>
                <a class="button plain" href={`/items/${item.id}/preview`}>
                  {t("act.item.preview")}
                </a>
              </p>
            </Notice>
          )}
        </>
      )}
      <Notice title={t("previews.care")}>{t("previews.care.words")}</Notice>
      {failed && (
        <Notice tone="late" title={t("previews.failed")}>
          {t(`previews.failed.${failed}`)}
        </Notice>
      )}
      {look?.kind === "large" && <Notice tone="waits">{t("previews.large")}</Notice>}
      <Facts
        rows={[
          look && [t("previews.media"), <span class="code-small">{look.media}</span>],
          [t("previews.size"), t("previews.size.is", { size: sizeInWords(item.bytes, locale), bytes: item.bytes })],
          ...useFactsOf(look),
        ]}
      />
      {look && <Shown preview={preview} look={look} />}
      <p class="buttons">
        {malware && !malware.shown ? null : hex ? (
          <a href={hrefOf(preview, { as: undefined })}>{t("previews.as-usual")}</a>
        ) : (
          look?.kind !== "hex" && <a href={hrefOf(preview, { as: "hex" })}>{t("previews.as-hex")}</a>
        )}
      </p>
    </DeskPage>
  );
}

type Rows = Parameters<typeof Facts>[0]["rows"];

function useFactsOf(look: Look | undefined): Rows {
  const { t, locale } = useTools();
  if (!look) return [];
  switch (look.kind) {
    case "text":
      return [
        [
          t("previews.encoding"),
          t(look.guessed ? "previews.encoding.guessed" : "previews.encoding.sure", {
            encoding: look.encoding.toUpperCase(),
          }),
        ],
      ];
    case "picture": {
      const { width, height, format, frames, hasMetadata, taken, place, said } = look.picture;
      return [
        [t("previews.picture"), t("previews.picture.is", { width, height, format: format.toUpperCase() })],
        frames > 1 && [t("previews.frames"), t("previews.frames.are", { count: frames })],
        taken !== undefined && [t("previews.taken"), <bdi>{taken}</bdi>],
        place !== undefined && [
          t("previews.place"),
          <bdi dir="ltr">
            {[place.latitude, place.longitude].map((each) => each.toFixed(6)).join(", ")}
            {place.altitude !== undefined && ` (${Math.round(place.altitude)} m)`}
          </bdi>,
        ],
        ...said.map(([name, value]) => [t("previews.said", { name }), <bdi class="breaks">{value}</bdi>] as const),
        [t("previews.metadata"), t(hasMetadata ? "previews.metadata.there" : "previews.metadata.none")],
      ];
    }
    case "pdf":
      return [
        look.version !== "" && [t("previews.version"), look.version],
        look.active.length > 0 && [
          t("previews.active"),
          <>
            {look.active.map((each) => (
              <span key={each}>
                <Tag tone="late">{t(`attachments.active.${each}`)}</Tag>{" "}
              </span>
            ))}
          </>,
        ],
      ];
    case "archive":
      return [
        [
          t("previews.entries"),
          t(look.whole ? "previews.entries.are" : "previews.entries.at-least", { count: look.count }),
        ],
        [t("previews.unpacked"), t("previews.unpacked.is", { size: sizeInWords(look.bytes, locale) })],
      ];
    case "media":
      return look.facts.map(
        ([name, value]) =>
          [
            t(`previews.fact.${name}`),
            name === "seconds" ? durationInWords(Number(value) * 1_000, locale) : <bdi class="breaks">{value}</bdi>,
          ] as const,
      );
    case "mail":
    case "mailbox":
    case "hex":
    case "large":
      return [];
  }
}

function Shown({ preview, look }: { readonly preview: Preview; readonly look: Look }) {
  const { t } = useTools();
  const name = t("previews.content");
  switch (look.kind) {
    case "text":
      return (
        <section>
          <h2>{name}</h2>
          <Pages preview={preview} at={look} />
          {look.text === "" ? (
            <p class="quiet">{t("previews.empty")}</p>
          ) : (
            <pre class="look" tabIndex={0} dir="auto" aria-label={name}>
              {look.text}
            </pre>
          )}
        </section>
      );
    case "hex":
      return (
        <section>
          <h2>{t("previews.bytes")}</h2>
          <p class="small quiet">{t("previews.bytes.hint")}</p>
          <Pages preview={preview} at={look} />
          {look.rows.length === 0 ? (
            <p class="quiet">{t("previews.empty")}</p>
          ) : (
            <pre class="look hex" tabIndex={0} dir="ltr" aria-label={t("previews.bytes")}>
              {look.rows.join("\n")}
            </pre>
          )}
        </section>
      );
    case "picture":
      return <Drawn preview={preview} alt={t("previews.picture.alt")} />;
    case "pdf":
      return (
        <>
          <Pages preview={preview} at={look} />
          <Drawn preview={preview} alt={t("previews.sheet.alt", { page: look.page })} />
          <section>
            <h2>{t("previews.sheet.text")}</h2>
            {look.text.trim() === "" ? (
              <p class="quiet">{t("previews.sheet.text.none")}</p>
            ) : (
              <p class="said" dir="auto">
                {look.text.trim()}
              </p>
            )}
          </section>
        </>
      );
    case "mail":
      return <Mail mail={look.mail} />;
    case "mailbox":
      return (
        <>
          <Mailbox preview={preview} list={look.list} current={look.page} isCut={!look.whole} />
          {look.mail ? <Mail mail={look.mail} /> : <p class="quiet">{t("previews.message.unreadable")}</p>}
        </>
      );
    case "archive":
      return <Entries entries={look.entries} count={look.count} />;
    case "media":
      return <p class="quiet">{t("previews.media.not-played")}</p>;
    case "large":
      return null;
  }
}

/** Opened by whoever wants to see it: pictures can hurt, and a page that is only passed through must not show one. */
function Drawn({ preview: { picture }, alt }: { readonly preview: Preview; readonly alt: string }) {
  const { t } = useTools();
  if (picture === undefined) return null;
  return (
    <details class="preview-picture" open={false}>
      <summary>{t("previews.show")}</summary>
      <p class="small quiet">{t("previews.drawn")}</p>
      <img src={picture} alt={alt} />
    </details>
  );
}

function Pages({
  preview,
  at: { page: current, pages },
}: {
  readonly preview: Preview;
  readonly at: { readonly page: number; readonly pages: number };
}) {
  const { t } = useTools();
  if (pages < 2) return null;
  const link = (to: number, words: string, rel?: string) => (
    <a href={hrefOf(preview, { page: to })} {...(rel ? { rel } : {})}>
      {words}
    </a>
  );
  return (
    <nav class="pagination" aria-label={t("previews.pages")}>
      {current > 1 && link(1, t("previews.first"))}
      {current > 1 && link(current - 1, t("previews.previous"), "prev")}
      <span>{t("previews.page-of", { page: current, pages })}</span>
      {current < pages && link(current + 1, t("previews.next"), "next")}
      {current < pages && link(pages, t("previews.last"))}
    </nav>
  );
}

function Mailbox({
  preview,
  list,
  current,
  isCut,
}: {
  readonly preview: Preview;
  readonly list: readonly MailSummary[];
  readonly current: number;
  readonly isCut: boolean;
}) {
  const { t } = useTools();
  return (
    <section>
      <h2>
        {t("previews.messages")} <span class="count">{list.length}</span>
      </h2>
      {isCut && <p class="quiet">{t("previews.messages.cut")}</p>}
      <Table
        caption={t("previews.messages")}
        rows={list.map((each, index) => ({ ...each, number: index + 1 }))}
        id={({ number }) => String(number)}
        href={({ number }) => hrefOf(preview, { page: number })}
        tone={({ number }) => (number === current ? "waits" : undefined)}
        columns={[
          { key: "number", label: t("previews.message"), whole: true, cell: ({ number }) => number },
          {
            key: "subject",
            label: t("attachments.mail.subject"),
            primary: true,
            cell: ({ subject }) => (
              <bdi class="breaks">{subject === "" ? t("previews.message.untitled") : subject}</bdi>
            ),
          },
          { key: "from", label: t("attachments.mail.from"), cell: ({ from }) => <bdi class="breaks">{from}</bdi> },
          { key: "date", label: t("attachments.mail.date"), cell: ({ date }) => <bdi>{date}</bdi> },
        ]}
      />
    </section>
  );
}

/** From how many times its packed size on an entry is marked: nothing honest packs so well. */
const UNFOLDS = 200;

function Entries({ entries, count }: { readonly entries: readonly ArchiveEntry[]; readonly count: number }) {
  const { t, locale } = useTools();
  return (
    <section>
      <h2>{t("previews.listing")}</h2>
      <p class="small quiet">{t("previews.listing.hint")}</p>
      {count > entries.length && <p class="quiet">{t("previews.listing.cut", { count: entries.length })}</p>}
      <Table
        caption={t("previews.listing")}
        rows={entries.map((entry, index) => ({ ...entry, index }))}
        id={({ index }) => String(index)}
        empty={<p class="quiet">{t("previews.listing.none")}</p>}
        columns={[
          {
            key: "name",
            label: t("attachments.name"),
            primary: true,
            cell: ({ name }) => <bdi class="breaks">{name}</bdi>,
          },
          {
            key: "bytes",
            label: t("previews.size"),
            end: true,
            whole: true,
            cell: ({ bytes }) => sizeInWords(bytes, locale),
          },
          {
            key: "at",
            label: t("previews.changed"),
            whole: true,
            cell: ({ at }) => <bdi dir="ltr">{at?.replace("T", " ") ?? ""}</bdi>,
          },
          {
            key: "odd",
            label: t("previews.odd"),
            cell: ({ bytes, packed, encrypted, name }) => (
              <>
                {encrypted && <Tag tone="sealed">{t("previews.encrypted")}</Tag>}
                {packed !== null && bytes > 1_024 ** 2 && bytes > packed * UNFOLDS && (
                  <Tag tone="late">{t("previews.unfolds", { times: Math.round(bytes / Math.max(packed, 1)) })}</Tag>
                )}
                {/(?:^|[/\\])\.\.(?:[/\\]|$)|^[/\\]|^[A-Za-z]:/.test(name) && (
                  <Tag tone="late">{t("previews.leads-out")}</Tag>
                )}
              </>
            ),
          },
        ]}
      />
    </section>
  );
}
