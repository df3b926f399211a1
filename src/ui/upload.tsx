import { useTools } from "../kernel/tools.ts";
import { FileField } from "./file-field.tsx";
import type { FieldProps } from "./field.tsx";

/** A file that is on its way, or has arrived. */
export interface Uploading {
  readonly name: string;
  /** Bytes in all, and how many have arrived. */
  readonly size: number;
  readonly received: number;
  /** SHA-256, as the browser computed it before it sent anything. */
  readonly digest?: string;
  readonly error?: string;
}

/**
 * Files with their progress. Without JavaScript it is a file field of the form; the island named in `data-upload` hashes each
 * file on the device, sends it in pieces to that address, goes on after an interruption, and keeps the list below up to date.
 */
export function Upload({
  to,
  files = [],
  accept,
  ...props
}: FieldProps & { readonly to: string; readonly files?: readonly Uploading[]; readonly accept?: string }) {
  const { t } = useTools();
  return (
    <div class="upload" data-upload={to} data-name={props.name}>
      <FileField {...props} multiple {...(accept ? { accept } : {})} />
      <ul class="uploads" aria-live="polite">
        {files.map((file) => (
          <UploadRow key={file.name} file={file} />
        ))}
      </ul>
      <template data-row>
        <UploadRow file={{ name: "", size: 1, received: 0 }} />
      </template>
      <p class="small quiet" data-hashing hidden>
        {t("ui.upload.hashing")}
      </p>
    </div>
  );
}

function UploadRow({ file: { name, size, received, digest, error } }: { readonly file: Uploading }) {
  const { t, locale } = useTools();
  const part = size === 0 ? 1 : received / size;
  return (
    <li class={error ? "late" : undefined}>
      <span class="upload-name" data-file>
        {name}
      </span>
      <span class="quiet" data-size>
        {sizeInWords(size, locale)}
      </span>
      {error ? (
        <span class="error" data-error>
          {error}
        </span>
      ) : part < 1 ? (
        <progress max={size} value={received} aria-label={t("ui.upload.progress", { file: name })} />
      ) : (
        <span class="quiet" data-state>
          {t("ui.upload.done")}
        </span>
      )}
      {digest && (
        <code class="small" dir="ltr" data-digest>
          {digest}
        </code>
      )}
    </li>
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
