import { type ActForm, type ActPage, page } from "../kernel/page.ts";
import { type Tools, useTools } from "../kernel/tools.ts";
import { ActFormPage } from "../ui/act-form.tsx";
import { Radios } from "../ui/choice-field.tsx";
import { ActPanel } from "../ui/act-panel.tsx";
import { DeskPage } from "../ui/desk-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { Facts } from "../ui/facts.tsx";
import { Notice } from "../ui/notice.tsx";
import { Table } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";
import { typed } from "../kernel/form.ts";
import { Worklist } from "../ui/worklist.tsx";
import { OFFICE_KINDS, OFFICE_OF, ROLES, account } from "./account.ts";
import { officesOf } from "./officer.ts";
import { type AccountSeen, accountList, accountView, sessionList, tokenList, tokenView } from "./views.ts";

const STATES = ["invited", "active", "disabled"] as const;

const queryOf = (url: string): URLSearchParams => new URLSearchParams(url.split("?")[1] ?? "");
const withQuery = (path: string, query: Readonly<Record<string, string | undefined>>): string => {
  const given = Object.entries(query).flatMap(([name, value]) => (value ? [[name, value] as [string, string]] : []));
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given).toString()}`;
};

function StateTag({ state }: { readonly state: AccountSeen["state"] }) {
  const { t } = useTools();
  return (
    <Tag tone={state === "invited" ? "waits" : state === "disabled" ? "sealed" : "plain"}>
      {t(`account.state.${state}`)}
    </Tag>
  );
}

function AccountTable({ items, next }: { readonly items: readonly AccountSeen[]; readonly next?: string | undefined }) {
  const { t, url, path } = useTools();
  const query = queryOf(url);
  const [q, state] = [query.get("q") ?? "", query.get("state") ?? ""];
  return (
    <Worklist<AccountSeen>
      caption={t("accounts.title")}
      rows={items}
      id={({ id }) => id}
      href={({ id }) => `/accounts/${id}`}
      search={{ name: "q", value: q, label: t("accounts.search"), ...(state ? { keep: { state } } : {}) }}
      filters={[
        {
          label: t("accounts.state"),
          options: [
            { label: t("accounts.any-state"), href: withQuery(path, { q }), active: state === "" },
            ...STATES.map((one) => ({
              label: t(`account.state.${one}`),
              href: withQuery(path, { q, state: one }),
              active: state === one,
            })),
          ],
        },
      ]}
      columns={[
        { key: "name", label: t("accounts.name"), cell: ({ name }) => name, primary: true },
        { key: "username", label: t("accounts.username"), cell: ({ username }) => <code>{username}</code> },
        { key: "role", label: t("accounts.role"), cell: ({ role }) => t(`role.${role}`) },
        { key: "office", label: t("accounts.office"), cell: ({ officeName }) => officeName },
        { key: "state", label: t("accounts.state"), cell: (row) => <StateTag state={row.state} /> },
        {
          key: "seen",
          label: t("accounts.seen"),
          cell: ({ lastSeenAt }) => (lastSeenAt ? <When at={lastSeenAt} /> : t("accounts.never")),
        },
      ]}
      empty={<EmptyState title={t("accounts.none")} />}
      next={next === undefined ? undefined : withQuery(path, { q, state, cursor: next })}
      first={query.has("cursor") ? withQuery(path, { q, state }) : undefined}
    />
  );
}

/** The administrator's list of accounts. */
const accountsPage = page({
  path: "/accounts",
  view: accountList,
  render: ({ items, next }, { t }) => (
    <DeskPage
      title={t("accounts.title")}
      lead={t("accounts.lead")}
      action={{ href: "/accounts/new", label: t("accounts.new") }}
    >
      <AccountTable items={items} next={next} />
    </DeskPage>
  ),
});

/** What can be done with an account, and why what can't is not allowed. */
function AccountActs({ row: { id, state, role, office } }: { readonly row: AccountSeen }) {
  return <ActPanel acts={useTools().acts(account, { id, state, role, office })} />;
}

/** One account. */
const accountPage = page({
  path: "/accounts/:id",
  view: accountView,
  render: (row, { t, zone, locale }) => (
    <DeskPage
      title={row.name}
      tags={<StateTag state={row.state} />}
      trail={[{ href: "/accounts", label: t("accounts.title") }]}
      subject="account"
      side={<AccountActs row={row} />}
    >
      {row.invitation && (
        <Notice tone="waits" title={t("accounts.invitation")}>
          <p>
            {t("accounts.invitation.lead", {
              name: row.name,
              until: row.invitation.until
                .toZonedDateTimeISO(zone)
                .toLocaleString(locale, { dateStyle: "long", timeStyle: "short" }),
            })}
          </p>
          <p>
            <code>{row.invitation.code}</code>
          </p>
          <p>{t("accounts.invitation.where", { address: row.invitation.address })}</p>
        </Notice>
      )}
      {row.invitationLapsed && <Notice tone="late">{t("accounts.invitation.lapsed")}</Notice>}
      <Facts
        rows={[
          [t("accounts.username"), <code>{row.username}</code>],
          [t("accounts.role"), t(`role.${row.role}`)],
          [t("accounts.office"), row.officeName],
          [t("accounts.language"), new Intl.DisplayNames(locale, { type: "language" }).of(row.language)],
          [t("accounts.created"), <When at={row.createdAt} precision="long" />],
          [t("accounts.seen"), row.lastSeenAt ? <When at={row.lastSeenAt} precision="long" /> : t("accounts.never")],
        ]}
      />
    </DeskPage>
  ),
});

type Sessions = NonNullable<Awaited<ReturnType<typeof sessionList.read>>>;

function SessionTable({ items }: Sessions) {
  const { t } = useTools();
  return (
    <Table<Sessions["items"][number]>
      caption={t("sessions.title")}
      rows={items}
      id={({ id }) => id}
      columns={[
        {
          key: "device",
          label: t("sessions.device"),
          cell: ({ device, isThis }) => (
            <>
              {device} {isThis && <Tag tone="good">{t("sessions.this")}</Tag>}
            </>
          ),
          primary: true,
        },
        { key: "since", label: t("sessions.since"), cell: ({ createdAt }) => <When at={createdAt} /> },
        { key: "used", label: t("sessions.used"), cell: ({ usedAt }) => <When at={usedAt} /> },
        {
          key: "end",
          label: t("ui.side"),
          cell: ({ id }) => (
            <form method="post" action={`/sessions/${id}/end`}>
              <button class="bare">{t("sessions.end")}</button>
            </form>
          ),
        },
      ]}
    />
  );
}

/** The officer's own sessions. */
const sessionsPage = page({
  path: "/sessions",
  view: sessionList,
  render: (found, { t }) => (
    <DeskPage title={t("sessions.title")} lead={t("sessions.lead")} subject="session">
      <SessionTable {...found} />
      <p>
        <a href="/tokens">{t("tokens.title")}</a>
      </p>
    </DeskPage>
  ),
});

type Tokens = NonNullable<Awaited<ReturnType<typeof tokenList.read>>>;
const scopesIn = (scopes: readonly string[], t: Tools["t"]): string =>
  scopes
    .map((scope) => (scope === "*" ? t("tokens.scope.all") : scope === "read" ? t("tokens.scope.read") : scope))
    .join(", ");

function TokenTable({ items }: Tokens) {
  const { t } = useTools();
  return (
    <Table<Tokens["items"][number]>
      caption={t("tokens.title")}
      rows={items}
      id={({ id }) => id}
      href={({ id }) => `/tokens/${id}`}
      empty={<EmptyState title={t("tokens.none")} />}
      columns={[
        { key: "name", label: t("tokens.name"), cell: ({ name }) => name, primary: true },
        { key: "scopes", label: t("tokens.scopes"), cell: ({ scopes }) => scopesIn(scopes, t) },
        {
          key: "expires",
          label: t("tokens.expires"),
          cell: ({ expiresAt }) => <When at={expiresAt} precision="day" />,
        },
      ]}
    />
  );
}

/** The officer's own tokens. */
const tokensPage = page({
  path: "/tokens",
  view: tokenList,
  render: (found, { t }) => (
    <DeskPage
      title={t("tokens.title")}
      lead={t("tokens.lead")}
      subject="token"
      trail={[{ href: "/sessions", label: t("sessions.title") }]}
      action={{ href: "/tokens/new", label: t("tokens.new") }}
    >
      <TokenTable {...found} />
    </DeskPage>
  ),
});

/** One token; its secret while it is new. */
const tokenPage = page({
  path: "/tokens/:id",
  view: tokenView,
  render: ({ id, name, scopes, createdAt, expiresAt, endedAt, secret }, { t }) => (
    <DeskPage
      title={name}
      subject="token"
      trail={[{ href: "/tokens", label: t("tokens.title") }]}
      side={
        endedAt ? undefined : (
          <form method="post" action={`/tokens/${id}/end`}>
            <p class="buttons">
              <button class="grave">{t("tokens.end")}</button>
            </p>
          </form>
        )
      }
    >
      {secret !== undefined && (
        <Notice tone="waits" title={t("tokens.made.title")}>
          <p>{t("tokens.made.lead")}</p>
          <p>
            <code>{secret}</code>
          </p>
        </Notice>
      )}
      <Facts
        rows={[
          [t("tokens.scopes"), scopesIn(scopes, t)],
          [t("accounts.created"), <When at={createdAt} precision="long" />],
          [t("tokens.expires"), <When at={endedAt ?? expiresAt} precision="long" />],
        ]}
      />
    </DeskPage>
  ),
});

type Offices = Awaited<ReturnType<typeof officesOf>>;
const languageChoices = ({ locales, locale }: Tools) =>
  locales.map((value) => ({ value, label: new Intl.DisplayNames(locale, { type: "language" }).of(value) ?? value }));

const inviting: ActPage = {
  act: "account.create",
  prepare: (form: ActForm<never>) => officesOf(form.reader.db),
  render: (form: ActForm<never>, tools: Tools, offices: never) => {
    const { t } = tools;
    const found: Offices = offices;
    return (
      <ActFormPage
        form={form}
        before={
          tools.may("office.open") && (
            <p>
              {t("accounts.new.office")} <a href="/offices/new">{t("act.office.open")}</a>
            </p>
          )
        }
        choices={{
          role: ROLES.map((role) => ({
            value: role,
            label: `${t(`role.${role}`)} – ${t(`office-kind.${OFFICE_OF[role]}`)}`,
          })),
          office: found.map(({ id, name }) => ({ value: id, label: name })),
          language: languageChoices(tools),
        }}
      />
    );
  },
};
const openingOffice: ActPage = {
  act: "office.open",
  render: (form: ActForm<never>, tools: Tools) => (
    <ActFormPage
      form={form}
      choices={{
        kind: OFFICE_KINDS.map((value) => ({ value, label: tools.t(`office-kind.${value}`) })),
        language: languageChoices(tools),
      }}
    />
  ),
  then: () => "/accounts/new",
};
const makingToken: ActPage = {
  act: "token.create",
  render: (form: ActForm<never>, { t }: Tools) => (
    <ActFormPage
      form={form}
      before={<p>{t("tokens.new.lead")}</p>}
      instead={{
        scopes: (
          <Radios
            name="scopes.0"
            label={t("field.token.scopes")}
            value={typed(form.values, "scopes.0") || "read"}
            options={[
              { value: "read", label: t("tokens.scope.read") },
              { value: "*", label: t("tokens.scope.all") },
            ]}
          />
        ),
      }}
    />
  ),
};

export const accessActPages: readonly ActPage[] = [
  inviting,
  openingOffice,
  makingToken,
  {
    act: "session.end",
    render: (form: ActForm<never>) => <ActFormPage form={form} />,
    then: () => "/sessions?done=end",
  },
  { act: "token.end", render: (form: ActForm<never>) => <ActFormPage form={form} />, then: () => "/tokens?done=end" },
];
export const accessPages = [accountsPage, accountPage, sessionsPage, tokensPage, tokenPage];
