import { text as textOf } from "node:stream/consumers";
import { demandRoom, demandUploader, fileName, mediaType, uploadsOf, bytesMax } from "../evidence/slice.ts";
import { Refusal } from "../kernel/errors.ts";
import { type ActForm, type ActPage, page, route } from "../kernel/page.ts";
import { perform } from "../kernel/pipeline.ts";
import { useTools } from "../kernel/tools.ts";
import { ActFormPage } from "../ui/act-form.tsx";
import { ActPanel } from "../ui/act-panel.tsx";
import { DeskPage } from "../ui/desk-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { Facts } from "../ui/facts.tsx";
import { FileField } from "../ui/file-field.tsx";
import { Hash } from "../ui/hash.tsx";
import { Notice } from "../ui/notice.tsx";
import { Table } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { sizeInWords } from "../ui/upload.tsx";
import { When } from "../ui/when.tsx";
import { Worklist } from "../ui/worklist.tsx";
import { add, comparedOf, filesOf, relist } from "./acts.ts";
import { countsOf, type Outcome } from "./compare.ts";
import { LIST_MAX } from "./hash-list.ts";
import { openedReturn, type ReturnRow, returnSubject } from "./return.ts";
import {
  type ComparedLine,
  returnFile,
  type ReturnFound,
  returnList,
  type ReturnLine,
  type ReturnList,
} from "./views.ts";

const STATES = ["open", "taken", "dropped"] as const;
const OUTCOMES = ["different", "missing", "extra", "renamed", "matched"] as const;
const TONE = { matched: "good", renamed: "waits", different: "late", missing: "late", extra: "waits" } as const;

/** What providers returned, the newest first. */
export const returnsPage = page({ path: "/returns", view: returnList, render: (list) => <ReturnsPage list={list} /> });

function ReturnsPage({ list: { items, next, filters } }: { readonly list: ReturnList }) {
  const { t, may } = useTools();
  const begin = may("return.begin") ? { href: "/returns/new", label: t("act.return.begin") } : undefined;
  const href = (state: string | undefined, cursor?: string): string => {
    const query = new URLSearchParams({ ...(state ? { state } : {}), ...(cursor ? { cursor } : {}) });
    return query.size === 0 ? "/returns" : `/returns?${query}`;
  };
  return (
    <DeskPage title={t("returns.title")} lead={t("returns.lead")} action={begin}>
      <Worklist
        caption={t("returns.title")}
        filters={[
          {
            label: t("returns.state"),
            options: [
              { label: t("returns.all"), href: href(undefined), active: filters.state === undefined },
              ...STATES.map((state) => ({
                label: t(`state.return.${state}`),
                href: href(state),
                active: filters.state === state,
              })),
            ],
          },
        ]}
        rows={items}
        id={({ number }: ReturnLine) => number}
        href={({ id }: ReturnLine) => `/returns/${id}`}
        columns={[
          {
            key: "return",
            label: t("returns.return"),
            primary: true,
            cell: ({ number, provider, provider_reference }: ReturnLine) => (
              <>
                <span class="code-small">{number}</span> {provider} <span class="quiet">{provider_reference}</span>
              </>
            ),
          },
          { key: "state", label: t("returns.state"), cell: ({ state }: ReturnLine) => t(`state.return.${state}`) },
          {
            key: "who",
            label: t("returns.begun-by"),
            cell: ({ begun_by_name, office_name }: ReturnLine) => `${begun_by_name}, ${office_name}`,
          },
          {
            key: "when",
            label: t("returns.begun"),
            cell: ({ created_at }: ReturnLine) => <When at={created_at} precision="day" />,
          },
        ]}
        empty={
          <EmptyState title={t("returns.empty")} {...(begin ? { act: begin } : {})}>
            {t("returns.empty.hint")}
          </EmptyState>
        }
        {...(next ? { next: href(filters.state, next) } : {})}
        {...(filters.cursor ? { first: href(filters.state) } : {})}
      />
    </DeskPage>
  );
}

/** One return: what the provider says to have sent, what came, and what is to be decided. */
export const returnPage = page({
  path: "/returns/:id",
  view: returnFile,
  render: (found) => <ReturnPage found={found} />,
});

function ReturnPage({ found }: { readonly found: ReturnFound }) {
  const { t, acts, may } = useTools();
  const { id, number, provider, state, counts, whole, list, files, certificates, said } = found;
  const offered = acts(returnSubject, { ...found }).filter(({ act }) => act.verb !== "add" && act.verb !== "relist");
  return (
    <DeskPage
      title={`${number} – ${provider}`}
      heading={provider}
      kicker={
        <>
          {t("returns.return")} <span class="code-small">{number}</span>
        </>
      }
      subject="return"
      tags={<Tag tone={state === "open" ? "waits" : "plain"}>{t(`state.return.${state}`)}</Tag>}
      trail={[{ label: t("returns.title"), href: "/returns" }]}
      side={<ActPanel acts={offered} />}
    >
      {said !== undefined && (
        <Notice tone="late">
          {t(`returns.said.${["nothing", "list", "broken"].includes(said) ? said : "broken"}`)}
        </Notice>
      )}
      {state === "open" && list !== null && files > 0 && (
        <Notice tone={whole ? "good" : "late"} title={t(whole ? "returns.whole" : "returns.not-whole")}>
          {t(whole ? "returns.whole.words" : "returns.not-whole.words")}
        </Notice>
      )}
      <Standing found={found} />
      {certificates.length > 0 && (
        <section>
          <h2>{t("returns.certificate")}</h2>
          <Facts
            rows={certificates.map(({ name, sha256, item }) => [
              item ? <a href={`/items/${item}`}>{name}</a> : <bdi class="breaks">{name}</bdi>,
              <Hash value={sha256} label="SHA-256" />,
            ])}
          />
        </section>
      )}
      <section>
        <h2>
          {t("returns.files")} <span class="count">{files}</span>
        </h2>
        <p>
          {OUTCOMES.filter((outcome) => counts[outcome] > 0).map((outcome) => (
            <span key={outcome}>
              <a href={`/returns/${id}?outcome=${outcome}`}>
                <Tag tone={TONE[outcome]}>{t(`returns.count.${outcome}`, { count: counts[outcome] })}</Tag>
              </a>{" "}
            </span>
          ))}
          {found.outcome !== undefined && <a href={`/returns/${id}`}>{t("returns.all")}</a>}
        </p>
        <Lines found={found} />
      </section>
      {state === "open" && may("return.begin") && <AddFiles id={id} gib={FORM_GIB_MAX} />}
    </DeskPage>
  );
}

function Standing({ found }: { readonly found: ReturnFound }) {
  const { t } = useTools();
  const {
    provider_reference,
    authority,
    request,
    case: file,
    list,
    begun_by_name,
    office_name,
    created_at,
    ended_at,
  } = found;
  return (
    <Facts
      rows={[
        provider_reference !== undefined && [t("field.return.provider_reference"), provider_reference],
        authority !== undefined && [t("field.return.authority"), authority],
        request !== null && [t("field.item.request"), <a href={`/requests/${request.id}`}>{request.number}</a>],
        file !== null && [
          t("items.case"),
          <a href={`/cases/${file.id}`}>
            {file.number} {file.title}
          </a>,
        ],
        [
          t("field.return.list"),
          list === null
            ? t("returns.list.none")
            : `${t("returns.list.files", { count: list.files })}${list.unread_count > 0 ? `; ${t("returns.list.unread", { lines: list.unread.join(", ") })}` : ""}`,
        ],
        [t("returns.begun-by"), `${begun_by_name}, ${office_name}`],
        [t("returns.begun"), <When at={created_at} precision="long" />],
        ended_at !== null && [t("returns.ended"), <When at={ended_at} precision="long" />],
      ]}
    />
  );
}

function Lines({ found }: { readonly found: ReturnFound }) {
  const { t, locale } = useTools();
  const { id, lines, next, from, outcome, limit: _ } = { limit: 0, ...found };
  const href = (at: number) =>
    `/returns/${id}?${new URLSearchParams({ ...(outcome ? { outcome } : {}), from: `${at}` })}`;
  return (
    <>
      <Table
        caption={t("returns.files")}
        rows={lines}
        id={({ came, listed }: ComparedLine) => `${came?.id ?? ""} ${listed?.name ?? ""}`}
        columns={[
          {
            key: "name",
            label: t("items.file"),
            primary: true,
            cell: ({ came, listed, item }: ComparedLine) => (
              <>
                {item ? (
                  <a href={`/items/${item}`}>
                    <bdi class="breaks">{came?.name}</bdi>
                  </a>
                ) : (
                  <bdi class="breaks">{came?.name ?? listed?.name}</bdi>
                )}
                {came && <span class="small quiet"> {sizeInWords(came.bytes, locale)}</span>}
                {came && listed && came.name !== listed.name && (
                  <span class="quiet">
                    {" "}
                    ({t("returns.listed-as")} <bdi class="breaks">{listed.name}</bdi>)
                  </span>
                )}
              </>
            ),
          },
          {
            key: "outcome",
            label: t("returns.outcome"),
            cell: ({ outcome: each }: ComparedLine) => <Tag tone={TONE[each]}>{t(`returns.outcome.${each}`)}</Tag>,
          },
          {
            key: "listed",
            label: t("returns.digest.listed"),
            cell: ({ listed }: ComparedLine) => <Digest digests={listed?.digests} />,
          },
          {
            key: "came",
            label: t("returns.digest.came"),
            cell: ({ came, listed }: ComparedLine) => <Digest digests={came?.digests} like={listed?.digests} />,
          },
        ]}
        empty={<p class="quiet">{t("returns.no-files")}</p>}
      />
      {(next !== undefined || from > 0) && (
        <p>
          {from > 0 && <a href={href(0)}>{t("returns.first")}</a>}{" "}
          {next !== undefined && <a href={href(next)}>{t("returns.next")}</a>}
        </p>
      )}
    </>
  );
}

type Given = {
  readonly sha256?: string | undefined;
  readonly sha1?: string | undefined;
  readonly md5?: string | undefined;
};
function Digest({ digests, like }: { readonly digests: Given | undefined; readonly like?: Given | undefined }) {
  const names = ["sha256", "sha1", "md5"] as const;
  const name = names.find((each) => (like ?? digests)?.[each] !== undefined) ?? "sha256";
  const value = digests?.[name];
  return value === undefined ? null : (
    <Hash value={value} label={name === "md5" ? "MD5" : name === "sha1" ? "SHA-1" : "SHA-256"} short />
  );
}

const FORM_GIB_MAX = 4;
function AddFiles({ id, gib }: { readonly id: string; readonly gib: number }) {
  const { t } = useTools();
  return (
    <section>
      <h2>{t("returns.add")}</h2>
      <form method="post" action={`/returns/${id}/files`} encType="multipart/form-data">
        <FileField name="files" label={t("returns.add.files")} hint={t("returns.add.files.hint", { gib })} multiple />
        <FileField name="list" label={t("returns.add.list")} hint={t("returns.add.list.hint")} />
        <FileField name="certificate" label={t("returns.add.certificate")} hint={t("returns.add.certificate.hint")} />
        <p class="buttons">
          <button type="submit">{t("returns.add.go")}</button>
        </p>
      </form>
    </section>
  );
}

/** The plain form's way: any number of files, the list and the certificate, in one go. Each file that arrived whole stays, whatever breaks later. */
export const filesRoute = route({
  role: "desk",
  method: "POST",
  path: "/returns/:id/files",
  access: "signed-in",
  handle: async ({ node, actor, params, request }) => {
    const id = params["id"] ?? "";
    const back = (said?: string) => ({ redirect: `/returns/${id}${said === undefined ? "" : `?said=${said}`}` });
    if (actor.kind !== "officer" || !request.isMultipart()) throw new Refusal("unsupported", "upload-no-file");
    demandUploader(node, actor);
    await demandRoom(node, Number(request.headers["content-length"] ?? 0));
    const limit = Math.min(FORM_GIB_MAX * 1024 ** 3, bytesMax(node));
    let came = 0;
    try {
      for await (const part of request.parts({ limits: { fileSize: limit + 1, files: 10_000 } })) {
        if (part.type !== "file") continue;
        if (part.filename === "") {
          part.file.resume();
          continue;
        }
        if (part.fieldname === "list") {
          const list = await textOf(part.file);
          if (list.length > LIST_MAX) return back("list");
          await perform({ node, actor, act: relist, id, input: { list } });
          came += 1;
          continue;
        }
        const upload = await uploadsOf(node).take({
          owner: actor.account,
          name: fileName(part.filename),
          media: mediaType(part.mimetype),
          source: part.file,
          bytesMax: limit,
          now: node.clock(),
        });
        if (!upload) return back("broken");
        await perform({
          node,
          actor,
          act: add,
          id,
          input: { upload: upload.id, as: part.fieldname === "certificate" ? "certificate" : "file" },
        });
        came += 1;
      }
    } catch (error) {
      if (error instanceof Refusal && error.fields.some(({ key }) => key === "return-no-list")) return back("list");
      if (error instanceof Refusal) throw error;
      return back("broken");
    }
    return back(came === 0 ? "nothing" : undefined);
  },
});

/** Before it is taken in, the officer sees once more what is as it should be and what is not. */
export const takePage: ActPage = {
  act: "return.take",
  prepare: async ({ row, reader }) => {
    const found = openedReturn(reader.node, row as unknown as ReturnRow);
    const files = await filesOf(reader.db, reader.node, found.id);
    return countsOf(comparedOf(found, files).compared);
  },
  render: (form, _tools, counts: Readonly<Record<Outcome, number>>) => (
    <TakePage form={form as unknown as ActForm} counts={counts} />
  ),
};

function TakePage({ form, counts }: { readonly form: ActForm; readonly counts: Readonly<Record<Outcome, number>> }) {
  const { t } = useTools();
  const before = (
    <ul>
      {OUTCOMES.filter((outcome) => counts[outcome] > 0).map((outcome) => (
        <li key={outcome}>
          <Tag tone={TONE[outcome]}>{t(`returns.count.${outcome}`, { count: counts[outcome] })}</Tag>
        </li>
      ))}
    </ul>
  );
  return <ActFormPage form={form} before={before} />;
}
