import type { FieldError } from "../kernel/errors.ts";
import { useTools } from "../kernel/tools.ts";
import { ErrorSummary } from "../ui/error-summary.tsx";
import { Facts } from "../ui/facts.tsx";
import { FileField } from "../ui/file-field.tsx";
import { HiddenField } from "../ui/hidden-field.tsx";
import { PortalPage } from "../ui/portal-page.tsx";
import { Thread } from "../ui/thread.tsx";
import { TextareaField } from "../ui/textarea-field.tsx";
import { TextField } from "../ui/text-field.tsx";
import { When } from "../ui/when.tsx";
import type { OwnReport } from "../reports/slice.ts";

/** Asks for the code. */
export function CodePage({ typed = "", error }: { readonly typed?: string; readonly error?: string | undefined }) {
  const { t } = useTools();
  return (
    <PortalPage title={t("portal.follow.title")} back="/" wrong={error !== undefined}>
      <ErrorSummary mistakes={error ? [{ name: "code", message: error }] : []} />
      <form method="post" action="/follow" noValidate>
        <TextField
          name="code"
          autocomplete="off"
          spellcheck={false}
          short
          label={t("portal.follow.code")}
          hint={t("portal.follow.hint")}
          value={typed}
          error={error}
        />
        <p class="buttons">
          <button type="submit">{t("portal.follow.open")}</button>
        </p>
      </form>
    </PortalPage>
  );
}

/** A report as its reporter sees it: where it stands, what was written, and both ways to add to it. */
export function FollowPage({
  report,
  errors = [],
  typed = "",
  idempotencyKey,
}: {
  readonly report: OwnReport;
  readonly errors?: readonly FieldError[];
  readonly typed?: string;
  readonly idempotencyKey: string;
}) {
  const { t } = useTools();
  const wrong = (name: string) => {
    const error = errors.find(({ path }) => path === name);
    return error ? t(`refusal.${error.key}`, error.values) : undefined;
  };
  return (
    <PortalPage
      title={t("portal.follow.title")}
      heading={report.status}
      wrong={errors.length > 0}
      foot={
        <form method="post" action="/follow/leave">
          <button class="bare">{t("portal.follow.leave")}</button>
        </form>
      }
    >
      <ErrorSummary
        mistakes={errors.map(({ path, key, values }) => ({ name: path, message: t(`refusal.${key}`, values) }))}
      />
      <Facts
        rows={[
          [t("portal.sent.reference"), <span class="code-small">{report.reference}</span>],
          [t("portal.follow.received"), <When at={report.received_at} precision="long" />],
          report.closed_reason !== null && [t("portal.follow.closed"), t(`option.reason.${report.closed_reason}`)],
          [t("portal.follow.status"), t("portal.follow.linked", { count: report.linked })],
          [t("portal.follow.yours"), <span class="said">{report.description}</span>],
        ]}
      />
      <h2>{t("portal.follow.messages")}</h2>
      <Thread
        messages={report.messages.map(({ at, from, body }) => ({
          at,
          from: t(from === "office" ? "portal.follow.office" : "portal.follow.you"),
          own: from === "reporter",
          words: body,
        }))}
      />
      <form method="post" action="/follow/messages" noValidate>
        <HiddenField name="_key" value={idempotencyKey} />
        <TextareaField
          name="body"
          rows={4}
          maxLength={10_000}
          label={t("portal.follow.write")}
          value={typed}
          error={wrong("body")}
        />
        <p class="buttons">
          <button type="submit">{t("portal.follow.send")}</button>
        </p>
      </form>
      <h2>{t("portal.follow.files")}</h2>
      {report.files.length > 0 && (
        <ul>
          {report.files.map(({ at, name }) => (
            <li key={name + at.toString()}>
              {name} <When at={at} />
            </li>
          ))}
        </ul>
      )}
      <form method="post" action="/follow/files" encType="multipart/form-data">
        <FileField
          name="file"
          label={t("portal.follow.file")}
          hint={t("portal.follow.file.hint")}
          error={wrong("file")}
        />
        <p class="buttons">
          <button type="submit" class="plain">
            {t("portal.follow.upload")}
          </button>
        </p>
      </form>
    </PortalPage>
  );
}
