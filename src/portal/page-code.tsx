import type { Price } from "../reports/slice.ts";
import { useTools } from "../kernel/tools.ts";
import { ErrorSummary } from "../ui/error-summary.tsx";
import { HiddenField } from "../ui/hidden-field.tsx";
import { Notice } from "../ui/notice.tsx";
import { PortalPage } from "../ui/portal-page.tsx";
import { TextField } from "../ui/text-field.tsx";
import { WorkField } from "../ui/work-field.tsx";
import { CODE } from "./address.ts";

/** Asks for the code, of a report or of one that is not sent yet. */
export function CodePage({
  typed = "",
  error,
  body = "",
  isOver = false,
}: {
  readonly typed?: string;
  readonly error?: string | undefined;
  /** A message that was written when the page had been open too long: it goes with the code, so that it is not lost. */
  readonly body?: string;
  /** The report had been open too long. */
  readonly isOver?: boolean;
}) {
  const { t } = useTools();
  return (
    <PortalPage title={t("portal.code.title")} page="C" back="/" wrong={error !== undefined}>
      {isOver && <Notice tone="waits">{t(body === "" ? "portal.code.over" : "portal.code.over.message")}</Notice>}
      <ErrorSummary mistakes={error ? [{ name: "code", message: error }] : []} />
      <form method="post" action={CODE} noValidate>
        {body !== "" && <HiddenField name="body" value={body} />}
        <TextField
          name="code"
          type="code"
          autocomplete="off"
          spellcheck={false}
          short
          label={t("portal.follow.code")}
          hint={t("portal.follow.hint")}
          value={typed}
          error={error}
        />
        <p class="buttons">
          <button type="submit">{t("portal.code.open")}</button>
        </p>
      </form>
    </PortalPage>
  );
}

/**
 * The price of a try, where many wrong codes come from this network: a few seconds, which this page takes to be read. Where there is
 * JavaScript, the island works it off and goes on by itself.
 */
export function PricePage({
  typed,
  price,
  body = "",
}: {
  readonly typed: string;
  readonly price: Price;
  readonly body?: string;
}) {
  const { t } = useTools();
  return (
    <PortalPage title={t("portal.price.title")} page="C" back={CODE}>
      <p>{t("portal.price.why")}</p>
      <p>{t("portal.price.how", { seconds: price.seconds })}</p>
      <form method="post" action={CODE}>
        <WorkField name="work" challenge={price.ticket} bits={price.bits} submits />
        <HiddenField name="code" value={typed} />
        <HiddenField name="ticket" value={price.ticket} />
        {body !== "" && <HiddenField name="body" value={body} />}
        <p class="buttons">
          <button type="submit">{t("portal.code.open")}</button>
        </p>
      </form>
    </PortalPage>
  );
}
