import { useTools } from "../kernel/tools.ts";
import { ErrorSummary } from "../ui/error-summary.tsx";
import { Facts } from "../ui/facts.tsx";
import { HiddenField } from "../ui/hidden-field.tsx";
import { Notice } from "../ui/notice.tsx";
import { PortalPage } from "../ui/portal-page.tsx";
import { TextField } from "../ui/text-field.tsx";
import { When } from "../ui/when.tsx";
import { DEFENCE } from "./address.ts";
import type { DisclosureRow, Words } from "./disclosure.ts";

/** Asks the defence for the code of its disclosure. */
export function DefenceCodePage({ error }: { readonly error?: string | undefined }) {
  const { t } = useTools();
  return (
    <PortalPage title={t("defence.title")} page="D" back="/" wrong={error !== undefined} leave={false}>
      <ErrorSummary mistakes={error ? [{ name: "code", message: error }] : []} />
      <p>{t("defence.lead")}</p>
      <form method="post" action={DEFENCE} noValidate>
        <TextField
          name="code"
          type="code"
          autocomplete="off"
          spellcheck={false}
          label={t("defence.code")}
          hint={t("defence.code.hint")}
          value=""
          error={error}
        />
        <p class="buttons">
          <button type="submit">{t("portal.code.open")}</button>
        </p>
      </form>
    </PortalPage>
  );
}

/** What a code opens: the package of what is given, the schedule of everything, and the receipt. */
export function DefencePage({
  row,
  words,
  code,
  counts,
  error,
}: {
  readonly row: DisclosureRow;
  readonly words: Words;
  /** Goes back with each form, so that nothing needs to be remembered on this device. */
  readonly code: string;
  readonly counts: { readonly given: number; readonly inspect: number; readonly withheld: number };
  readonly error?: string | undefined;
}) {
  const { t, locale } = useTools();
  return (
    <PortalPage title={t("defence.title")} page="D" wrong={error !== undefined} leave={false}>
      <ErrorSummary mistakes={error ? [{ name: "name", message: error }] : []} />
      {row.state === "received" && <Notice tone="good">{t("defence.received")}</Notice>}
      <Facts
        rows={[
          [t("disclosure.col.number"), <bdi class="code-small">{row.number}</bdi>],
          [t("field.disclosure.to"), words.to],
          [t("field.disclosure.defendant"), words.defendant],
          [t("disclosure.items"), t("disclosure.counts", counts)],
          [t("field.disclosure.conditions"), words.conditions],
          row.open_until !== null && [t("disclosure.open-until"), <When at={row.open_until} precision="long" />],
        ]}
      />
      <h2>{t("disclosure.package")}</h2>
      <p>{t(words.recipient === undefined ? "defence.package" : "defence.package.sealed")}</p>
      <form method="post" action={`${DEFENCE}/package`}>
        <HiddenField name="code" value={code} />
        <p class="buttons">
          <button type="submit">{t("defence.package.save")}</button>
        </p>
      </form>
      <h2>{t("disclosure.document.title")}</h2>
      <p>{t("defence.schedule")}</p>
      <form method="post" action={`${DEFENCE}/schedule`}>
        <HiddenField name="code" value={code} />
        <HiddenField name="language" value={locale} />
        <p class="buttons">
          <button type="submit" class="plain">
            {t("defence.schedule.save")}
          </button>
        </p>
      </form>
      {row.state === "served" && (
        <>
          <h2>{t("act.disclosure.receipt")}</h2>
          <p>{t("defence.receipt")}</p>
          <form method="post" action={`${DEFENCE}/receipt`} noValidate>
            <HiddenField name="code" value={code} />
            <TextField name="name" label={t("field.disclosure.name")} value="" error={error} />
            <p class="buttons">
              <button type="submit" class="plain">
                {t("act.disclosure.receipt")}
              </button>
            </p>
          </form>
        </>
      )}
    </PortalPage>
  );
}
