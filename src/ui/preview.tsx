import { useTools } from "../kernel/tools.ts";
import { sizeInWords } from "./upload.tsx";

/** A document: what it is, how large, in which languages, and a link that opens it. The page never shows foreign bytes itself. */
export function DocumentPreview({
  title,
  href,
  kind,
  sizeBytes,
  pages,
  versions = [],
}: {
  readonly title: string;
  readonly href: string;
  /** "PDF". */
  readonly kind: string;
  readonly sizeBytes?: number;
  readonly pages?: number;
  /** The same document in other languages or forms. */
  readonly versions?: readonly { readonly label: string; readonly href: string }[];
}) {
  const { t, locale } = useTools();
  const remarks = [
    kind,
    ...(pages === undefined ? [] : [t("ui.pages", { count: pages })]),
    ...(sizeBytes === undefined ? [] : [sizeInWords(sizeBytes, locale)]),
  ];
  return (
    <div class="preview">
      <svg width="32" height="40" viewBox="0 0 32 40" aria-hidden="true" focusable="false">
        <path d="M1 1h21l9 9v29H1z" fill="var(--paper)" stroke="currentColor" stroke-width="1.500" />
        <path d="M22 1v9h9M7 18h18M7 24h18M7 30h11" fill="none" stroke="currentColor" stroke-width="1.500" />
      </svg>
      <div>
        <p>
          <a href={href}>{title}</a>
        </p>
        <p class="small quiet">{remarks.join(", ")}</p>
        {versions.length > 0 && (
          <p class="small">
            {versions.map((version) => (
              <a key={version.href} href={version.href}>
                {version.label}
              </a>
            ))}
          </p>
        )}
      </div>
    </div>
  );
}
