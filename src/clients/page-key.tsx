import { type ActForm, type ActPage, page } from "../kernel/page.ts";
import type { FormValues } from "../kernel/form.ts";
import { type Tools, useTools } from "../kernel/tools.ts";
import { ActFormPage } from "../ui/act-form.tsx";
import { ActPanel } from "../ui/act-panel.tsx";
import { DeskPage } from "../ui/desk-page.tsx";
import { Facts } from "../ui/facts.tsx";
import { Notice } from "../ui/notice.tsx";
import { When } from "../ui/when.tsx";
import { type ClientRow, keySubject } from "./client.ts";
import { KEY_SHOWN_MINUTES } from "./key.ts";
import { KeyTag } from "./page-client.tsx";
import { type KeyFound, keyView } from "./views.ts";

/** One key; while it is new, the key itself. */
export const keyPage = page({
  path: "/client-keys/:id",
  view: keyView,
  render: (key, tools) => <KeyPage of={key} tools={tools} />,
});

function KeyPage({ of: key, tools }: { readonly of: KeyFound; readonly tools: Tools }) {
  const { t } = useTools();
  const isGood = !key.ended_at && Temporal.Instant.compare(key.expires_at, tools.now) > 0;
  const acts = tools
    .acts(keySubject, { ...key })
    .filter(({ act }) => isGood && !(act.verb === "rotate" && key.successor !== null));
  return (
    <DeskPage
      title={`${t("thing.client-key")} ${key.name}`}
      heading={key.name}
      kicker={t("thing.client-key")}
      tags={<KeyTag of={key} />}
      trail={[
        { href: "/clients", label: t("things.client") },
        { href: `/clients/${key.client_id}`, label: key.client },
      ]}
      subject="client-key"
      side={<ActPanel acts={acts} />}
    >
      {key.secret !== undefined && (
        <Notice tone="waits" title={t("clients.key.new")}>
          <p>{t("clients.key.new.lead", { minutes: KEY_SHOWN_MINUTES })}</p>
          <p>
            <code class="secret" dir="ltr">
              {key.secret}
            </code>
          </p>
        </Notice>
      )}
      <Facts
        rows={[
          [t("clients.created"), <When at={key.created_at} precision="long" />],
          [t("clients.expires"), <When at={key.expires_at} precision="long" />],
          [t("clients.key.ended"), key.ended_at && <When at={key.ended_at} precision="long" />],
          [t("clients.used"), key.used_at ? <When at={key.used_at} precision="long" /> : t("clients.never")],
          [
            t("clients.key.successor"),
            key.successor && <a href={`/client-keys/${key.successor}`}>{t("clients.key.successor.link")}</a>,
          ],
        ]}
      />
    </DeskPage>
  );
}

/** What was agreed so far, as the form's first values. */
const agreed = (row: ClientRow): FormValues => ({
  organisation: row.organisation,
  contact_name: row.contact_name,
  contact_email: row.contact_email,
  contact_voice: row.contact_voice ?? "",
  scopes: [...row.scopes],
  categories: [...row.categories],
  day_quota: `${row.day_quota}`,
  minute_quota: `${row.minute_quota}`,
});

const amending: ActPage = {
  act: "client.amend",
  render: (form: ActForm<ClientRow>) => (
    <ActFormPage form={Object.keys(form.values).length > 0 ? form : { ...form, values: agreed(form.row) }} />
  ),
};
const rotating: ActPage = {
  act: "client-key.rotate",
  render: (form: ActForm<never>) => <ActFormPage form={form} />,
  then: ({ key }) => `/client-keys/${String(key)}?done=rotate`,
};

export const clientActPages: readonly ActPage[] = [amending, rotating];
