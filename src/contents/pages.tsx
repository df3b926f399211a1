import { Readable } from "node:stream";
import { itemSubject } from "../evidence/slice.ts";
import { Refusal } from "../kernel/errors.ts";
import { type ActForm, type ActPage, page, route, type Section } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { Download } from "../kernel/view.ts";
import { Damaged, type Finding, type InnerDigest, VERIFIER } from "../room/slice.ts";
import { type SentenceKey, sentence, verifierLocale } from "../trust/verify-words.ts";
import { ActFormPage } from "../ui/act-form.tsx";
import { DeskPage } from "../ui/desk-page.tsx";
import { Facts } from "../ui/facts.tsx";
import { Hash } from "../ui/hash.tsx";
import { Notice } from "../ui/notice.tsx";
import { Table } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { sizeInWords } from "../ui/upload.tsx";
import { Worklist } from "../ui/worklist.tsx";
import { type ContentLine, type Contents, contentsView, fileOf, type Inside, insideOf } from "./views.ts";

/** On an item's page: what was found in it. */
export const itemInside: Section = {
  on: itemSubject.name,
  order: 5,
  read: insideOf,
  render: (inside: Inside | undefined, _tools, id) => (inside ? <InsideSection inside={inside} id={id} /> : null),
};

const TONE = { agrees: "good", differs: "late", damaged: "late", partial: "waits", unproved: "plain" } as const;

function InsideSection({ inside: { found, openings }, id }: { readonly inside: Inside; readonly id: string }) {
  const { t, locale, may } = useTools();
  const { form, verdict, mediaBytes, facts, digests, findings } = found;
  const [opening] = openings;
  return (
    <>
      <h2>{t("contents.title")}</h2>
      <p>
        {t(`contents.form.${form}`)} <Tag tone={TONE[verdict]}>{t(`contents.verdict.${verdict}`)}</Tag>
      </p>
      {verdict === "differs" && <Notice tone="late">{t("contents.differs.words")}</Notice>}
      {findings.length > 0 && (
        <ul>
          {findings.map((finding, index) => (
            <li key={index}>
              <FindingWords finding={finding} />
            </li>
          ))}
        </ul>
      )}
      <Facts
        rows={[
          mediaBytes !== null && [t("contents.media-bytes"), sizeInWords(mediaBytes, locale)],
          ...facts.map(
            ([name, value]) =>
              [
                t(`contents.fact.${name}`),
                /^[\da-f]{64}$/.test(value) ? (
                  <Hash value={value} label="SHA-256" />
                ) : (
                  <bdi class="breaks">{value}</bdi>
                ),
              ] as const,
          ),
        ]}
      />
      {digests.length > 0 && <Digests digests={digests} />}
      {form === "folder" && (
        <p class="buttons">
          {opening !== undefined ? (
            <a class="button plain" href={`/items/${id}/contents/${opening}`}>
              {t("contents.list")}
            </a>
          ) : (
            may("item.browse") && (
              <a class="button plain" href={`/items/${id}/browse`}>
                {t("act.item.browse")}
              </a>
            )
          )}
        </p>
      )}
    </>
  );
}

/** A finding in the reader's language; those of a package are the verifier's own sentences. */
function FindingWords({ finding: { key, values = {} } }: { readonly finding: Finding }) {
  const { t, locale } = useTools();
  if (!key.startsWith(VERIFIER)) return <>{t(`contents.finding.${key}`, values)}</>;
  const { "": subject, ...rest } = values;
  return (
    <>
      <bdi class="breaks">{String(subject)}</bdi>:{" "}
      {sentence(verifierLocale(locale), key.slice(VERIFIER.length) as SentenceKey, rest)}
    </>
  );
}

function Digests({ digests }: { readonly digests: readonly InnerDigest[] }) {
  const { t, has } = useTools();
  return (
    <Table
      caption={t("contents.digests")}
      rows={digests}
      id={({ of, algorithm }) => `${of} ${algorithm}`}
      columns={[
        {
          key: "of",
          label: t("contents.of"),
          primary: true,
          cell: ({ of, algorithm }) => (
            <>
              {has(`contents.of.${of}`) ? t(`contents.of.${of}`) : <bdi class="breaks">{of}</bdi>},{" "}
              {algorithm.toUpperCase()}
            </>
          ),
        },
        {
          key: "stated",
          label: t("contents.stated"),
          cell: ({ stated, algorithm }) => <Hash value={stated} label={algorithm} short />,
        },
        {
          key: "compared",
          label: t("contents.compared"),
          cell: ({ stated, computed }) =>
            computed === null ? (
              t("contents.read-only")
            ) : computed === stated ? (
              <Tag tone="good">{t("contents.same")}</Tag>
            ) : (
              <Tag tone="late">{t("contents.other")}</Tag>
            ),
        },
      ]}
    />
  );
}

/** Once its list is asked for, it comes. */
export const browsePage: ActPage = {
  act: "item.browse",
  render: (form) => <ActFormPage form={form as unknown as ActForm} />,
  then: ({ contents: to, id }) => (typeof to === "string" ? to : `/items/${String(id)}`),
};

export const contentsPage = page({
  path: "/items/:id/contents/:opening",
  view: contentsView,
  render: (contents) => <ContentsPage contents={contents} />,
});

function hrefOf({ item, opening, q, only }: Contents, change: { cursor?: number; only?: string | undefined }): string {
  const query = new URLSearchParams();
  if (q !== "") query.set("q", q);
  const kept = "only" in change ? change.only : only;
  if (kept) query.set("only", kept);
  if (change.cursor !== undefined) query.set("cursor", `${change.cursor}`);
  const text = query.toString();
  return `/items/${item.id}/contents/${opening}${text === "" ? "" : `?${text}`}`;
}

function ContentsPage({ contents }: { readonly contents: Contents }) {
  const { t, locale } = useTools();
  const { item, opening, name, files, folders, others, troubled, bytes, lines, next, unfinished, q, only, cursor } =
    contents;
  const number = (value: number) => value.toLocaleString(locale);
  return (
    <DeskPage
      title={t("contents.page", { number: item.number })}
      heading={<bdi class="breaks">{name}</bdi>}
      trail={[
        { label: t("items.title"), href: "/items" },
        { label: item.number, href: `/items/${item.id}` },
      ]}
    >
      <Facts
        rows={[
          [t("contents.fact.files"), `${number(files)}, ${sizeInWords(bytes, locale)}`],
          [t("contents.fact.folders"), number(folders)],
          [t("contents.fact.others"), number(others)],
          [t("contents.fact.troubled"), number(troubled)],
        ]}
      />
      <Worklist
        caption={t("contents.list")}
        filters={[
          {
            label: t("contents.show"),
            options: [
              { label: t("contents.all"), href: hrefOf(contents, { only: undefined }), active: only === undefined },
              {
                label: t("contents.only.troubled"),
                href: hrefOf(contents, { only: "troubled" }),
                active: only === "troubled",
              },
            ],
          },
        ]}
        search={{ name: "q", value: q, label: t("contents.search"), keep: only ? { only } : {} }}
        rows={lines}
        id={({ line }) => `${line}`}
        columns={useColumns(item.id, opening)}
        empty={<p>{t(unfinished ? "contents.search.more" : "contents.none")}</p>}
        {...(next === undefined ? {} : { next: hrefOf(contents, { cursor: next }) })}
        {...(cursor === undefined ? {} : { first: hrefOf(contents, {}) })}
      />
      {unfinished && lines.length > 0 && <p class="quiet">{t("contents.search.more")}</p>}
    </DeskPage>
  );
}

function useColumns(item: string, opening: string) {
  const { t, locale, zone } = useTools();
  return [
    {
      key: "path",
      label: t("contents.col.path"),
      primary: true,
      cell: ({ line, path, type, to, size }: ContentLine) => (
        <>
          {type === "file" && size > 0 ? (
            <a href={`/items/${item}/contents/${opening}/${line}`} download>
              <bdi class="breaks">{path}</bdi>
            </a>
          ) : (
            <bdi class="breaks">{path === "" ? "." : path}</bdi>
          )}
          {to !== undefined && (
            <span class="quiet">
              {" "}
              → <bdi class="breaks">{to}</bdi>
            </span>
          )}
        </>
      ),
    },
    { key: "type", label: t("contents.col.type"), cell: ({ type }: ContentLine) => t(`contents.type.${type}`) },
    {
      key: "size",
      label: t("contents.col.size"),
      cell: ({ type, size }: ContentLine) => (type === "file" ? sizeInWords(size, locale) : ""),
    },
    {
      key: "mtime",
      label: t("contents.col.mtime"),
      cell: ({ mtime }: ContentLine) =>
        Temporal.Instant.from(mtime)
          .toZonedDateTimeISO(zone)
          .toLocaleString(locale, { dateStyle: "medium", timeStyle: "short" }),
    },
    {
      key: "digest",
      label: t("contents.col.digest"),
      cell: ({ sha256 }: ContentLine) => (sha256 === undefined ? "" : <Hash value={sha256} label="SHA-256" short />),
    },
    {
      key: "read",
      label: t("contents.col.read"),
      cell: ({ read, error }: ContentLine) =>
        error !== undefined ? (
          <Tag tone="late">{t("contents.read.refused", { code: error })}</Tag>
        ) : read === undefined ? (
          ""
        ) : read === "whole" ? (
          t("contents.read.whole")
        ) : (
          <Tag tone="late">{t(`contents.read.${read}`)}</Tag>
        ),
    },
  ];
}

/** One file out of an opened folder. */
export const fileRoute = route({
  role: "desk",
  method: "GET",
  path: "/items/:id/contents/:opening/:line",
  access: "signed-in",
  handle: async ({ reader, params }) => {
    const { id = "", opening = "", line = "" } = params;
    const file = /^\d{1,16}$/.test(line)
      ? await fileOf(reader, { id, opening, line: Number(line) }).catch((error: unknown) => {
          // No line begins there.
          if (error instanceof Damaged) return undefined;
          throw error;
        })
      : undefined;
    if (!file) throw new Refusal("not-found", "not-found");
    return new Download(Readable.from(file.read(), { objectMode: false }), {
      type: "application/octet-stream",
      filename: file.name,
      size: file.bytes,
    });
  },
});
