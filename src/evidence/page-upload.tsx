import type { ActForm, ActPage } from "../kernel/page.ts";
import { type RouteAnswer, type RouteCall, route } from "../kernel/page.ts";
import { Refusal } from "../kernel/errors.ts";
import { useTools } from "../kernel/tools.ts";
import { officesOf, officersOf } from "../access/slice.ts";
import { ActFormPage, useActTitle } from "../ui/act-form.tsx";
import { DeskPage } from "../ui/desk-page.tsx";
import { Facts } from "../ui/facts.tsx";
import { FileField } from "../ui/file-field.tsx";
import { Hash } from "../ui/hash.tsx";
import { HiddenField } from "../ui/hidden-field.tsx";
import { sizeInWords } from "../ui/upload.tsx";
import type { Upload } from "../trust/vault-uploads.ts";
import { lodge } from "./acts-acquire.ts";
import { type RequestSeen, requestSeen } from "./views-request.ts";
import { bytesMax, demandRoom, demandUploader, fileName, mediaType, uploadsOf } from "./tus.ts";

/** What a form is about: the finished upload, `undefined` where there is none yet or no longer; the request that it is lodged for. */
interface About {
  readonly upload: Upload | undefined;
  readonly request: RequestSeen | undefined;
}

const aboutOf = async (form: ActForm<never>): Promise<About> => ({
  upload: await uploadOf(form),
  request:
    form.act.name === lodge.name ? await requestSeen(form.reader.db, form.values["request"], form.reader) : undefined,
});

async function uploadOf({ values, reader }: ActForm<never>): Promise<Upload | undefined> {
  const id = values["upload"];
  const { actor, node, now } = reader;
  if (actor.kind !== "officer" || typeof id !== "string" || !/^[\da-f-]{36}$/i.test(id)) return undefined;
  const upload = await uploadsOf(node).find(id, actor.account, now);
  return upload?.digest ? upload : undefined;
}

/** First the file, on a page of its own, then what is to be said of it: an act that needs a finished upload. */
export const fileThen = (act: string): ActPage => ({
  act,
  prepare: aboutOf,
  render: (form: ActForm<never>, _tools, { upload, request }: About) =>
    upload ? <Described {...{ form, upload, request }} /> : <Choose {...{ form, request }} />,
});

/** Step one: the file. With JavaScript it is hashed on the device and sent in pieces; without, it goes with the form. */
function Choose({ form, request }: { readonly form: ActForm<never>; readonly request: RequestSeen | undefined }) {
  const { t } = useTools();
  const { action, values } = form;
  const next = request ? `${action}?request=${request.id}` : action;
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
        data-hashing={t("items.upload.hashing")}
        data-sending={t("items.upload.sending")}
        data-differs={t("refusal.digest-differs")}
        data-failed={t("items.upload.failed")}
      >
        <FileField
          name="file"
          label={t("items.upload.file")}
          hint={t("items.upload.hint", { gib: form.reader.node.config.upload_max_gib })}
          error={missing}
        />
        <p aria-live="polite">
          <span data-words /> <progress max={1} value={0} hidden aria-label={t("items.upload.progress")} />
        </p>
        <p class="buttons">
          <button type="submit">{t("items.upload.go")}</button>
        </p>
      </form>
    </DeskPage>
  );
}

/** Step two: what the file is, and how it came to be. */
function Described({
  form,
  upload,
  request,
}: {
  readonly form: ActForm<never>;
  readonly upload: Upload;
  readonly request: RequestSeen | undefined;
}) {
  const { t, locale } = useTools();
  const given = form.values["sha256"];
  const before = (
    <>
      <LodgedFor request={request} />
      <h2>{t("items.upload.received")}</h2>
      <Facts
        rows={[
          [t("items.file"), upload.name],
          [t("items.size"), sizeInWords(upload.bytes, locale)],
          [t("items.digest"), <Hash value={upload.digest ?? ""} label="SHA-256" compare />],
        ]}
      />
      <p class="quiet">{t(typeof given === "string" ? "items.upload.agreed" : "items.upload.compare")}</p>
    </>
  );
  return (
    <ActFormPage
      form={form as unknown as ActForm}
      before={before}
      instead={{
        upload: <HiddenField name="upload" value={upload.id} />,
        request: request ? <HiddenField name="request" value={request.id} /> : null,
        sha256: typeof given === "string" ? <HiddenField name="sha256" value={given} /> : null,
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

const TARGET = /^\/(cases|items)(\/[\w-]+)*(\?request=[\da-f-]{36})?$/;
const FORM_GIB_MAX = 4;

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

/** Handing over asks to which office and to whom. */
export const transferPage: ActPage = {
  act: "item.transfer",
  prepare: async ({ reader }) => {
    const [offices, officers] = [await officesOf(reader.db), await officersOf(reader.db)];
    return {
      to_office: offices.map(({ id, name }) => ({ value: id, label: name })),
      to_account: officers.map(({ id, name, officeName }) => ({ value: id, label: `${name}, ${officeName}` })),
    };
  },
  render: (form, _tools, choices: Readonly<Record<string, readonly { value: string; label: string }[]>>) => (
    <ActFormPage form={form as unknown as ActForm} choices={choices} />
  ),
};

/** Once it is opened, the bytes come. */
export const openPage: ActPage = {
  act: "item.open",
  render: (form) => <ActFormPage form={form as unknown as ActForm} />,
  then: ({ content, id }) => (typeof content === "string" ? content : `/items/${String(id)}`),
};
