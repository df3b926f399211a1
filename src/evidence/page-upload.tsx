import type { ActForm, ActPage } from "../kernel/page.ts";
import { type RouteAnswer, type RouteCall, route } from "../kernel/page.ts";
import { Refusal } from "../kernel/errors.ts";
import { useTools } from "../kernel/tools.ts";
import { ActFormPage, useActTitle } from "../ui/act-form.tsx";
import { DeskPage } from "../ui/desk-page.tsx";
import { Facts } from "../ui/facts.tsx";
import { FileField } from "../ui/file-field.tsx";
import { Hash } from "../ui/hash.tsx";
import { HiddenField } from "../ui/hidden-field.tsx";
import { sizeInWords, Uploads } from "../ui/upload.tsx";
import { momentOf } from "../ui/when.tsx";
import { isUuid } from "../kernel/pipeline.ts";
import { ALGORITHMS } from "../trust/vault.ts";
import type { Upload } from "../trust/vault-upload-rows.ts";
import { acquire, lodge } from "./acts-acquire.ts";
import { isBegun, KindChoice, KindFacts, kindOf } from "./page-kind.tsx";
import { type RequestSeen, requestSeen } from "./views-request.ts";
import { bytesMax, demandRoom, demandUploader, fileName, mediaType, uploadsOf } from "./tus.ts";

/** What a form is about: the finished upload, `undefined` where there is none yet or no longer; the request that it is lodged for. */
interface About {
  readonly upload: Upload | undefined;
  /** The officer's other uploads that have not become items. */
  readonly others: readonly Upload[];
  readonly request: RequestSeen | undefined;
}

/** Acts of files that come for a request, or with an answer to one. */
const hasRequest = (act: string): boolean => act === lodge.name || act === acquire.name;

async function aboutOf(form: ActForm<never>): Promise<About> {
  const { act, values, reader } = form;
  const { actor, node, now, db } = reader;
  const mine = actor.kind === "officer" ? await uploadsOf(node).list(actor.account, now) : [];
  const upload = mine.find(({ id, digest }) => id === values["upload"] && digest !== null);
  return {
    upload,
    others: mine.filter((each) => each !== upload),
    request: hasRequest(act.name) ? await requestSeen(db, values["request"], reader) : undefined,
  };
}

/** First the file, on a page of its own, then what is to be said of it: an act that needs a finished upload. */
export const fileThen = (act: string): ActPage => ({
  act,
  prepare: aboutOf,
  render: (form: ActForm<never>, _tools, { upload, others, request }: About) =>
    upload ? <Described {...{ form, upload, others, request }} /> : <Choose {...{ form, others, request }} />,
});

/** What goes with a plain form at most: it cannot go on where it broke off. */
const FORM_GIB_MAX = 4;

/** What the island says of a file, with its own numbers in the places. */
const TEXTS = {
  hashing: ["part", "speed", "left"],
  "hashing-begins": ["part"],
  "hashing-done": [],
  "hashing-not": [],
  sending: ["part", "speed", "left"],
  "sending-begins": ["part"],
  "sending-done": [],
  waiting: [],
  paused: [],
  "other-tab": [],
  line: ["time"],
  "server-hashing": ["part"],
  agreed: [],
  received: [],
  failed: [],
  arrived: ["name"],
  forgotten: ["name"],
} as const;

function useTexts(): string {
  const { t } = useTools();
  const said = Object.entries(TEXTS).map(([key, names]) => [
    key,
    t(`items.upload.${key}`, Object.fromEntries(names.map((name) => [name, `{${name}}`]))),
  ]);
  return JSON.stringify({ ...Object.fromEntries(said), differs: t("refusal.digest-differs") });
}

const nextOf = ({ action }: ActForm<never>, request: RequestSeen | undefined): string =>
  request ? `${action}?request=${request.id}` : action;
const withUpload = (next: string, id: string): string => `${next}${next.includes("?") ? "&" : "?"}upload=${id}`;

/** Step one: the files. With JavaScript they are hashed on the device and sent piece by piece; without, one goes with the form. */
function Choose({
  form,
  others,
  request,
}: {
  readonly form: ActForm<never>;
  readonly others: readonly Upload[];
  readonly request: RequestSeen | undefined;
}) {
  const { t } = useTools();
  const { values } = form;
  const next = nextOf(form, request);
  const missing =
    values["missing"] === "file"
      ? t("refusal.upload-no-file")
      : values["missing"] === "broken"
        ? t("refusal.upload-broken")
        : undefined;
  return (
    <DeskPage
      {...useActTitle(form as unknown as ActForm)}
      lead={t("items.upload.lead")}
      wrong={missing !== undefined}
      islands={["upload"]}
    >
      <LodgedFor request={request} />
      <form
        method="post"
        action={`/files?to=${encodeURIComponent(next)}`}
        encType="multipart/form-data"
        data-upload="/api/v1/uploads"
        data-next={next}
        data-texts={useTexts()}
      >
        <FileField
          name="file"
          label={t("items.upload.file")}
          hint={t("items.upload.hint", { gib: form.reader.node.config.upload_max_gib })}
          error={missing}
        />
        <noscript>
          <p class="small quiet">{t("items.upload.plain", { gib: FORM_GIB_MAX })}</p>
        </noscript>
        <p class="small quiet" data-several hidden>
          {t("items.upload.several")}
        </p>
        <p class="buttons">
          <button type="submit">{t("items.upload.go")}</button>
        </p>
      </form>
      <section data-uploads hidden={others.length === 0} aria-labelledby="uploads">
        <h2 id="uploads">{t("items.upload.under-way")}</h2>
        <Unfinished {...{ next, others }} />
      </section>
    </DeskPage>
  );
}

/** What this officer has begun to send, and what has arrived and nothing has been said of yet. */
function Unfinished({ next, others }: { readonly next: string; readonly others: readonly Upload[] }) {
  const tools = useTools();
  const { t, locale } = tools;
  const format = (at: Temporal.Instant) => momentOf(at, tools, "short");
  const part = (of: number, bytes: number) =>
    new Intl.NumberFormat(locale, { style: "percent" }).format(bytes === 0 ? 1 : Math.floor((of / bytes) * 100) / 100);
  const words = ({ offset, bytes, digest, hashed, expires_at }: Upload): string =>
    digest !== null
      ? t("items.upload.waits", { until: format(expires_at) })
      : offset === bytes
        ? t("items.upload.server-hashing", { part: part(hashed, bytes) })
        : t("items.upload.broken-off", { part: part(offset, bytes), until: format(expires_at) });
  return (
    <Uploads
      files={others.map((upload) => ({
        id: upload.id,
        name: upload.name,
        size: upload.bytes,
        received: upload.offset,
        words: words(upload),
        other: t("items.upload.other", { name: upload.name, size: sizeInWords(upload.bytes, locale) }),
        forget: `/files/${upload.id}/forget?to=${encodeURIComponent(next)}`,
        ...(upload.digest === null ? {} : { describe: withUpload(next, upload.id) }),
      }))}
    />
  );
}

/** Step two: what the file is, and how it came to be. */
function Described({
  form,
  upload,
  others,
  request,
}: {
  readonly form: ActForm<never>;
  readonly upload: Upload;
  readonly others: readonly Upload[];
  readonly request: RequestSeen | undefined;
}) {
  const { t, locale } = useTools();
  const given = form.values["sha256"];
  const waiting = others.filter(({ digest }) => digest !== null).length;
  const before = (
    <>
      <LodgedFor request={request} />
      <h2>{t("items.upload.received")}</h2>
      <Facts
        rows={[
          [t("items.file"), upload.name],
          [t("items.size"), sizeInWords(upload.bytes, locale)],
          [t("items.digest"), <Hash value={upload.digest ?? ""} label="SHA-256" compare />],
          upload.sha1 !== null && [t("items.sha1"), <Hash value={upload.sha1} label="SHA-1" />],
          upload.md5 !== null && [t("items.md5"), <Hash value={upload.md5} label="MD5" />],
        ]}
      />
      <p class="quiet">{t(typeof given === "string" ? "items.upload.agreed" : "items.upload.compare")}</p>
      {waiting > 0 && (
        <p>
          <a href={nextOf(form, request)}>{t("items.upload.more", { count: waiting })}</a>
        </p>
      )}
    </>
  );
  const asked = form as unknown as ActForm;
  const hasFacts = form.act.name !== "item.derive";
  const kind = kindOf(asked);
  const told = ALGORITHMS.flatMap((name) => {
    const digest = form.values[name];
    return typeof digest === "string" ? [[name, digest] as const] : [];
  });
  const hidden = { upload: upload.id, ...(request ? { request: request.id } : {}), ...Object.fromEntries(told) };
  if (hasFacts && !kind && !isBegun(asked)) return <KindChoice form={asked} before={before} hidden={hidden} />;
  const again = `${form.action}?${new URLSearchParams(hidden)}`;
  return (
    <ActFormPage
      form={asked}
      before={before}
      instead={{
        upload: <HiddenField name="upload" value={upload.id} />,
        request: request ? <HiddenField name="request" value={request.id} /> : null,
        ...(hasFacts ? { acquisition: <KindFacts form={asked} kind={kind ?? "other"} again={again} /> } : {}),
        ...Object.fromEntries(
          ALGORITHMS.map((name) => {
            const digest = form.values[name];
            return [name, typeof digest === "string" ? <HiddenField name={name} value={digest} /> : null];
          }),
        ),
      }}
    />
  );
}

/** The request for which a file is lodged, on both steps. */
function LodgedFor({ request }: { readonly request: RequestSeen | undefined }) {
  const { t } = useTools();
  return (
    request && (
      <p>
        {t("items.upload.for")} <a href={`/requests/${request.id}`}>{request.number}</a>
      </p>
    )
  );
}

const TARGET = /^\/(cases|items|hash-sets)(\/[\w-]+)*(\?request=[\da-f-]{36})?$/;

/** The plain form's way: the file comes with the form, in one piece, and the next page asks about it. */
export const fileRoute = route({
  role: "desk",
  method: "POST",
  path: "/files",
  access: "signed-in",
  handle: async ({ node, actor, query, request }: RouteCall): Promise<RouteAnswer> => {
    const to = query["to"] ?? "";
    if (actor.kind !== "officer" || !TARGET.test(to) || !request.isMultipart())
      throw new Refusal("unsupported", "upload-no-file");
    demandUploader(node, actor);
    const back = (name: string, value: string) => ({
      redirect: `${to}${to.includes("?") ? "&" : "?"}${name}=${value}`,
    });
    await demandRoom(node, Number(request.headers["content-length"] ?? 0));
    const limit = Math.min(FORM_GIB_MAX * 1024 ** 3, bytesMax(node));
    const part = await request.file({ limits: { fileSize: limit + 1, files: 1 } }).catch((): never => {
      throw new Refusal("unsupported", "upload-no-file");
    });
    if (!part || part.filename === "") {
      part?.file.resume();
      return back("missing", "file");
    }
    const upload = await uploadsOf(node).take({
      owner: actor.account,
      name: fileName(part.filename),
      media: mediaType(part.mimetype),
      source: part.file,
      bytesMax: limit,
      now: node.clock(),
    });
    return upload ? back("upload", upload.id) : back("missing", "broken");
  },
});

/** Ends an upload, from the list on the page. */
export const forgetRoute = route({
  role: "desk",
  method: "POST",
  path: "/files/:id/forget",
  access: "signed-in",
  handle: async ({ node, actor, query, params }: RouteCall): Promise<RouteAnswer> => {
    const { id = "" } = params;
    const to = query["to"] ?? "";
    if (actor.kind !== "officer" || !TARGET.test(to) || !isUuid(id)) throw new Refusal("not-found", "not-found");
    await uploadsOf(node).end(id, actor.account, node.clock());
    return { redirect: to };
  },
});

/** Once it is opened, the bytes come. */
export const openPage: ActPage = {
  act: "item.open",
  render: (form) => <ActFormPage form={form as unknown as ActForm} />,
  then: ({ content, id }) => (typeof content === "string" ? content : `/items/${String(id)}`),
};
