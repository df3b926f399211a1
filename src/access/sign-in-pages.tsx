import { Refusal } from "../kernel/errors.ts";
import { useTools } from "../kernel/tools.ts";
import { DeskPage } from "../ui/desk-page.tsx";
import { ErrorSummary } from "../ui/error-summary.tsx";
import { HiddenField } from "../ui/hidden-field.tsx";
import { Notice } from "../ui/notice.tsx";
import { TextField } from "../ui/text-field.tsx";
import { PASSWORD_LENGTH_MIN } from "./account.ts";

/** What is wrong, and beside which field it is said. */
export interface Wrong {
  readonly refusal: Refusal;
  readonly field?: string;
}

function useWrong(wrong: Wrong | undefined) {
  const { t } = useTools();
  const message = wrong ? t(`refusal.${wrong.refusal.key}`, wrong.refusal.values) : undefined;
  return {
    mistakes: message ? [{ ...(wrong?.field ? { name: wrong.field } : {}), message }] : [],
    errorOf: (field: string) => (wrong?.field === field ? message : undefined),
  };
}

/** First step: who, and the password. */
export function SignInPage({
  to,
  username = "",
  wrong,
  welcome = false,
}: {
  readonly to: string;
  readonly username?: string;
  readonly wrong?: Wrong;
  readonly welcome?: boolean;
}) {
  const { t, node } = useTools();
  const { mistakes, errorOf } = useWrong(wrong);
  return (
    <DeskPage title={t("sign-in.title")} lead={t("sign-in.lead", { node: node.name })} wrong={wrong !== undefined}>
      {welcome && (
        <Notice tone="good" live>
          {t("invitation.done")}
        </Notice>
      )}
      <ErrorSummary mistakes={mistakes} />
      <form method="post" action="/sign-in" class="form" noValidate>
        <HiddenField name="to" value={to} />
        <TextField
          name="username"
          label={t("sign-in.username")}
          value={username}
          autocomplete="username"
          maxLength={100}
          spellcheck={false}
          error={errorOf("username")}
        />
        <TextField name="password" type="password" label={t("sign-in.password")} autocomplete="current-password" />
        <p class="buttons">
          <button type="submit">{t("sign-in.continue")}</button>
        </p>
      </form>
      <p>
        {t("sign-in.invited")} <a href="/invitation">{t("sign-in.invited.link")}</a>
      </p>
      <p class="small quiet">{t("sign-in.help")}</p>
    </DeskPage>
  );
}

/** Second step: the one-time code. */
export function CodePage({ to, wrong }: { readonly to: string; readonly wrong?: Wrong }) {
  const { t, node } = useTools();
  const { mistakes, errorOf } = useWrong(wrong);
  return (
    <DeskPage
      title={t("sign-in.code.title")}
      lead={t("sign-in.code.lead", { node: node.name })}
      wrong={wrong !== undefined}
    >
      <ErrorSummary mistakes={mistakes} />
      <form method="post" action="/sign-in/code" class="form" noValidate>
        <HiddenField name="to" value={to} />
        <TextField
          name="code"
          type="code"
          label={t("sign-in.code")}
          hint={t("sign-in.code.hint")}
          maxLength={7}
          error={errorOf("code")}
        />
        <p class="buttons">
          <button type="submit">{t("sign-in.finish")}</button>
          <a class="button plain" href="/sign-in">
            {t("sign-in.again")}
          </a>
        </p>
      </form>
    </DeskPage>
  );
}

/** The invitation's first page: username and code. */
export function InvitationPage({
  username = "",
  code = "",
  wrong,
}: {
  readonly username?: string;
  readonly code?: string;
  readonly wrong?: Wrong;
}) {
  const { t } = useTools();
  const { mistakes, errorOf } = useWrong(wrong);
  return (
    <DeskPage
      title={t("invitation.title")}
      lead={t("invitation.lead")}
      wrong={wrong !== undefined}
      trail={[{ href: "/sign-in", label: t("sign-in.title") }]}
    >
      <ErrorSummary mistakes={mistakes} />
      <form method="post" action="/invitation" class="form" noValidate>
        <TextField
          name="username"
          label={t("sign-in.username")}
          value={username}
          autocomplete="username"
          maxLength={100}
          spellcheck={false}
        />
        <TextField
          name="code"
          label={t("invitation.code")}
          hint={t("invitation.code.hint")}
          value={code}
          autocomplete="off"
          maxLength={60}
          spellcheck={false}
          error={errorOf("code")}
        />
        <p class="buttons">
          <button type="submit">{t("invitation.continue")}</button>
        </p>
      </form>
    </DeskPage>
  );
}

/** The invitation's second page: a password, and an authenticator that proves that it holds the secret. */
export function ChoosePage(of: {
  readonly username: string;
  readonly code: string;
  readonly name: string;
  /** The secret as people type it. */
  readonly secret: string;
  /** The secret as a picture, a `data:` address. */
  readonly picture: string;
  readonly wrong?: Wrong;
}) {
  const { t } = useTools();
  const { mistakes, errorOf } = useWrong(of.wrong);
  return (
    <DeskPage
      title={t("invitation.choose.title")}
      lead={t("invitation.choose.hello", { name: of.name })}
      wrong={of.wrong !== undefined}
    >
      <ErrorSummary mistakes={mistakes} />
      <form method="post" action="/invitation/accept" class="form" noValidate>
        <HiddenField name="username" value={of.username} />
        <HiddenField name="code" value={of.code} />
        <TextField
          name="password"
          type="password"
          label={t("invitation.password")}
          hint={t("invitation.password.hint", { minimum: PASSWORD_LENGTH_MIN })}
          autocomplete="new-password"
          error={errorOf("password")}
        />
        <section>
          <h2>{t("invitation.scan")}</h2>
          <p>
            <img src={of.picture} alt={t("invitation.scan.alt")} width="200" />
          </p>
          <p>
            {t("invitation.key")}
            <br />
            <code>{of.secret}</code>
          </p>
        </section>
        <TextField
          name="confirmation"
          type="code"
          label={t("invitation.confirm")}
          hint={t("sign-in.code.hint")}
          maxLength={7}
          error={errorOf("confirmation")}
        />
        <p class="buttons">
          <button type="submit">{t("invitation.finish")}</button>
        </p>
        <p class="small quiet">{t("invitation.privacy")}</p>
      </form>
    </DeskPage>
  );
}
