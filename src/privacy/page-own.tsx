import type { Refusal } from "../kernel/errors.ts";
import { useTools } from "../kernel/tools.ts";
import { Radios } from "../ui/choice-field.tsx";
import { ErrorSummary } from "../ui/error-summary.tsx";
import { HiddenField } from "../ui/hidden-field.tsx";
import { PortalPage } from "../ui/portal-page.tsx";
import { TextareaField } from "../ui/textarea-field.tsx";
import { When } from "../ui/when.tsx";
import { OWN_DATA, OWN_EXPORT, OWN_REPORT } from "./address.ts";
import type { OwnRequest } from "./views.ts";

/** What is held about the reader: to take away, and to ask about. */
export function OwnDataPage({
  requests,
  idempotencyKey,
  typed,
  refusal,
}: {
  readonly requests: readonly OwnRequest[];
  readonly idempotencyKey: string;
  readonly typed: string;
  readonly refusal?: Refusal | undefined;
}) {
  const { t } = useTools();
  const mistakes = refusal
    ? refusal.fields.length > 0
      ? refusal.fields.map(({ path, key, values }) => ({
          name: path,
          message: key === "field-choice" || path === "kind" ? t("privacy.own.choose") : t(`refusal.${key}`, values),
        }))
      : [{ message: t(`refusal.${refusal.key}`, refusal.values) }]
    : [];
  return (
    <PortalPage title={t("privacy.own.title")} page="C4" back={OWN_REPORT} wrong={refusal !== undefined}>
      <ErrorSummary mistakes={mistakes} />
      <p>{t("privacy.own.lead")}</p>
      <p class="buttons">
        <a class="button" href={OWN_EXPORT} download>
          {t("privacy.own.take")}
        </a>
      </p>
      {requests.length > 0 && (
        <>
          <h2>{t("privacy.own.asked")}</h2>
          <ul>
            {requests.map(({ number, kind, state, asked_at, due_at, answer }) => (
              <li key={number}>
                <b>{t(`option.kind.${kind}`)}</b>, <When at={asked_at} precision="day" />:{" "}
                {state === "lodged" ? (
                  <>
                    {t("privacy.own.until")} <When at={due_at} precision="day" />
                  </>
                ) : (
                  t(`data-request.state.${state}`)
                )}
                {answer !== "" && <p class="said">{answer}</p>}
              </li>
            ))}
          </ul>
        </>
      )}
      <h2>{t("privacy.own.ask")}</h2>
      <form method="post" action={OWN_DATA} noValidate>
        <HiddenField name="_key" value={idempotencyKey} />
        <Radios
          name="kind"
          label={t("privacy.own.what")}
          value=""
          options={(["rectification", "erasure"] as const).map((kind) => ({
            value: kind,
            label: t(`option.kind.${kind}`),
            hint: t(`privacy.own.hint.${kind}`),
          }))}
          error={mistakes.some((each) => "name" in each && each.name === "kind") ? t("privacy.own.choose") : undefined}
        />
        <TextareaField name="words" rows={4} maxLength={4_000} label={t("privacy.own.words")} value={typed} />
        <p class="buttons">
          <button type="submit" class="plain">
            {t("privacy.own.send")}
          </button>
        </p>
      </form>
    </PortalPage>
  );
}
