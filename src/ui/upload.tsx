import { useTools } from "../kernel/tools.ts";
import { FileField } from "./file-field.tsx";
import type { FieldProps } from "./field.tsx";

/** A file that is on its way, or has arrived. */
export interface Uploading {
  readonly name: string;
  /** Bytes in all, and how many have arrived. */
  readonly size: number;
  readonly received: number;
  /** The upload on the server, where it was begun. */
  readonly id?: string;
  /** Instead of what is said of its progress. */
  readonly words?: string;
  /** SHA-256, as the browser computed it. */
  readonly digest?: string;
  readonly error?: string;
  /** Told when another file is chosen to go on with. */
  readonly other?: string;
  /** Where the next step asks about it, once it has arrived. */
  readonly describe?: string;
  /** Address of the form that ends it. */
  readonly forget?: string;
}

/**
 * Files with their progress. Without JavaScript it is a file field of the form; the island `upload` hashes each file on the
 * device, sends it to the address in `data-upload` of the form, goes on after an interruption, and keeps the rows up to date.
 */
export function Upload({
  files = [],
  accept,
  ...props
}: FieldProps & { readonly files?: readonly Uploading[]; readonly accept?: string }) {
  return (
    <div class="upload">
      <FileField {...props} {...(accept ? { accept } : {})} />
      <Uploads files={files} />
    </div>
  );
}

/** The rows, and the template that the island makes further ones of. */
export function Uploads({ files }: { readonly files: readonly Uploading[] }) {
  return (
    <>
      <ul class="uploads" data-rows>
        {files.map((file) => (
          <UploadRow key={file.id ?? file.name} file={file} />
        ))}
      </ul>
      <template data-row>
        <UploadRow file={{ name: "", size: 1, received: 0 }} />
      </template>
      <p class="hidden" aria-live="polite" data-live />
    </>
  );
}

function UploadRow({ file }: { readonly file: Uploading }) {
  const { t, locale } = useTools();
  const { id, name, size, received, words, digest, error, other, describe } = file;
  const isWhole = received >= size;
  return (
    <li
      class={error ? "late" : undefined}
      {...(id === undefined ? {} : { "data-id": id, "data-name": name, "data-bytes": size, "data-other": other })}
      {...(id !== undefined && isWhole ? { "data-whole": "" } : {})}
    >
      <p class="upload-name">
        <bdi data-file>{name}</bdi>{" "}
        <span class="quiet" data-size>
          {sizeInWords(size, locale)}
        </span>
      </p>
      <StepRow step="hashing" label={t("ui.upload.hashing")} />
      <StepRow
        step="sending"
        label={t("ui.upload.sending")}
        shown={name !== ""}
        words={words ?? (isWhole ? t("ui.upload.done") : "")}
        size={size}
        received={received}
      />
      {digest && (
        <code class="small" dir="ltr" data-digest>
          {digest}
        </code>
      )}
      <p class="error" data-error hidden={!error}>
        {error}
      </p>
      <div class="buttons">
        <a class="button" data-describe hidden={describe === undefined} {...(describe ? { href: describe } : {})}>
          {t("ui.upload.describe")}
        </a>
        <button class="plain" type="button" data-choose hidden>
          {t("ui.upload.go-on")}
        </button>
        <button class="plain" type="button" data-act="pause" hidden>
          {t("ui.upload.pause")}
        </button>
        <button class="plain" type="button" data-act="go-on" hidden>
          {t("ui.upload.go-on")}
        </button>
        <Forget file={file} />
      </div>
    </li>
  );
}

/** Ends an upload: of one that the server knows also without JavaScript; of one that is only on the page, by the island. */
function Forget({ file: { name, forget } }: { readonly file: Uploading }) {
  const { t } = useTools();
  if (forget === undefined)
    return (
      <button class="plain" type="button" data-act="forget" hidden={name !== ""}>
        {t("ui.upload.forget")}
      </button>
    );
  return (
    <form method="post" action={forget}>
      <button class="plain" data-act="forget">
        {t("ui.upload.forget")}
      </button>
    </form>
  );
}

function StepRow({
  step,
  label,
  shown = false,
  words,
  size = 1,
  received = 0,
}: {
  readonly step: "hashing" | "sending";
  readonly label: string;
  readonly shown?: boolean;
  readonly words?: string;
  readonly size?: number;
  readonly received?: number;
}) {
  return (
    <div class="upload-step" data-step={step} hidden={!shown}>
      <progress max={Math.max(size, 1)} value={size === 0 ? 1 : received} aria-label={label} />
      <span class="small quiet" data-words>
        {words}
      </span>
    </div>
  );
}

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

/** A number of bytes as people say it: 1.4 MB (powers of 1000). */
export function sizeInWords(bytes: number, locale: string): string {
  const step = bytes < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  return new Intl.NumberFormat(locale, {
    style: "unit",
    unit: UNITS[step] ?? "byte",
    unitDisplay: step === 0 ? "long" : "short",
    maximumFractionDigits: step === 0 ? 0 : 1,
  }).format(bytes / 1000 ** step);
}
