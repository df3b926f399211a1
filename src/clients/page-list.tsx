import { page } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { DeskPage } from "../ui/desk-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { Table } from "../ui/table.tsx";
import { Tag, type Tone } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";
import { type ClientListed, clientList } from "./views.ts";

const TONES: Readonly<Record<string, Tone>> = { active: "good", suspended: "late", paused: "late", closed: "sealed" };
/** Where a client or one of its addresses stands. */
export function StandingTag({ state }: { readonly state: string }) {
  const { t } = useTools();
  return <Tag tone={TONES[state] ?? "plain"}>{t(`clients.state.${state}`)}</Tag>;
}

/** Names of scopes in words. */
export function Scopes({ scopes }: { readonly scopes: readonly string[] }) {
  const { t } = useTools();
  return <>{scopes.map((scope) => t(`option.scopes.${scope}`)).join(", ")}</>;
}

/** The machines that report here. */
export const clientsPage = page({
  path: "/clients",
  view: clientList,
  render: ({ items }, { t, may, locale }) => {
    const action = may("client.register") ? { href: "/clients/new", label: t("act.client.register") } : undefined;
    return (
      <DeskPage title={t("things.client")} lead={t("clients.lead")} action={action}>
        <Table<ClientListed>
          caption={t("things.client")}
          rows={items}
          id={({ id }) => id}
          href={({ id }) => `/clients/${id}`}
          tone={({ paused, state }) => (paused > 0 || state === "suspended" ? "late" : undefined)}
          empty={
            <EmptyState title={t("clients.none")} {...(action ? { act: action } : {})}>
              {t("clients.none.why")}
            </EmptyState>
          }
          columns={[
            { key: "name", label: t("field.client.name"), primary: true, cell: ({ name }) => name },
            { key: "organisation", label: t("field.client.organisation"), cell: ({ organisation }) => organisation },
            {
              key: "state",
              label: t("clients.standing"),
              whole: true,
              cell: ({ state, paused }) => (
                <>
                  <StandingTag state={state} />{" "}
                  {paused > 0 && <Tag tone="late">{t("clients.paused", { count: paused })}</Tag>}
                </>
              ),
            },
            { key: "scopes", label: t("field.client.scopes"), cell: ({ scopes }) => <Scopes scopes={scopes} /> },
            {
              key: "today",
              label: t("clients.today"),
              end: true,
              cell: ({ today }) => new Intl.NumberFormat(locale).format(today),
            },
            { key: "keys", label: t("clients.keys.good"), end: true, cell: ({ keys }) => keys },
            {
              key: "used",
              label: t("clients.used"),
              whole: true,
              cell: ({ used_at: at }) => (at ? <When at={at} /> : t("clients.never")),
            },
          ]}
        />
      </DeskPage>
    );
  },
});
