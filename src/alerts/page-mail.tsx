import type { FieldError } from "../kernel/errors.ts";
import type { FormValues } from "../kernel/form.ts";
import { useTools } from "../kernel/tools.ts";
import { Checkboxes } from "../ui/choice-field.tsx";
import { ErrorSummary } from "../ui/error-summary.tsx";
import { HiddenField } from "../ui/hidden-field.tsx";
import { Notice } from "../ui/notice.tsx";
import { PortalPage } from "../ui/portal-page.tsx";
import { errorAt } from "../ui/schema-fields.tsx";
import { TextField } from "../ui/text-field.tsx";
import { TOPICS } from "./alert.ts";
import { CONFIRM_HOURS } from "./subscription.ts";

type Districts = readonly { readonly code: string; readonly name: string }[];
const listOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.map(String) : typeof value === "string" ? [value] : [];

/** Asks for an address, and of what its owner wants to be warned. */
export function AskPage({
  districts,
  values = {},
  errors = [],
}: {
  readonly districts: Districts;
  readonly values?: FormValues;
  readonly errors?: readonly FieldError[];
}) {
  const { t, locale } = useTools();
  return (
    <PortalPage title={t("alerts.by-mail")} wrong={errors.length > 0} leave={false} back="/alerts">
      <ErrorSummary
        mistakes={errors.map((error) => ({ name: error.path, message: errorAt([error], error.path, t) ?? "" }))}
      />
      <p class="lead">{t("alerts.mail.lead")}</p>
      <form method="post" action="/alerts/mail" noValidate>
        <HiddenField name="language" value={locale} />
        <TextField
          name="email"
          type="email"
          autocomplete="email"
          label={t("alerts.mail.address")}
          hint={t("alerts.mail.address.hint")}
          value={typeof values["email"] === "string" ? values["email"] : ""}
          error={errorAt(errors, "email", t)}
          maxLength={254}
        />
        <Checkboxes
          name="categories"
          label={t("alerts.about")}
          hint={t("alerts.mail.all")}
          required={false}
          value={listOf(values["categories"])}
          error={errorAt(errors, "categories", t)}
          options={TOPICS.map((group) => ({ value: group, label: t(`advice.${group}.title`) }))}
        />
        {districts.length > 0 && (
          <Checkboxes
            name="districts"
            label={t("alerts.where")}
            hint={t("alerts.mail.all")}
            required={false}
            value={listOf(values["districts"])}
            error={errorAt(errors, "districts", t)}
            options={districts.map(({ code, name }) => ({ value: code, label: name }))}
          />
        )}
        <p class="buttons">
          <button type="submit">{t("alerts.mail.ask")}</button>
        </p>
      </form>
    </PortalPage>
  );
}

/** E-mail is not offered here: said, with what is. */
export function NoMailPage() {
  const { t } = useTools();
  return (
    <PortalPage title={t("alerts.by-mail")} leave={false} back="/alerts">
      <Notice>{t("refusal.alert-mail-not-offered")}</Notice>
      <p>
        <a href="/alerts.atom">{t("alerts.feed.instead")}</a>
      </p>
    </PortalPage>
  );
}

/** The same whether the address is known or not. */
export function AskedPage() {
  const { t } = useTools();
  return (
    <PortalPage title={t("alerts.mail.asked.title")} leave={false} back="/alerts">
      <p class="lead">{t("alerts.mail.asked", { hours: CONFIRM_HOURS })}</p>
      <p>{t("alerts.mail.asked.none")}</p>
    </PortalPage>
  );
}

/** What a link of a message leads to: a button, because programs that read mail follow every link. */
export function LinkPage({ purpose, action }: { readonly purpose: "confirm" | "end"; readonly action: string }) {
  const { t } = useTools();
  return (
    <PortalPage title={t(`alerts.mail.${purpose}.title`)} leave={false}>
      <p class="lead">{t(`alerts.mail.${purpose}.lead`)}</p>
      <form method="post" action={action}>
        <p class="buttons">
          <button type="submit">{t(`alerts.mail.${purpose}.button`)}</button>
        </p>
      </form>
    </PortalPage>
  );
}

/** What has been done, or that the link is no longer good. */
export function DonePage({ what }: { readonly what: "confirmed" | "ended" | "gone" }) {
  const { t } = useTools();
  return (
    <PortalPage title={t(`alerts.mail.${what}.title`)} leave={false}>
      <p class="lead">{t(`alerts.mail.${what}`)}</p>
      <p>
        <a href={what === "gone" ? "/alerts/mail" : "/alerts"}>
          {t(what === "gone" ? "alerts.by-mail" : "alerts.title")}
        </a>
      </p>
    </PortalPage>
  );
}
