import { page, type ActPage, type ActForm } from "../kernel/page.ts";
import { ActFormPage } from "../ui/act-form.tsx";
import { DeskPage } from "../ui/desk-page.tsx";
import { Facts } from "../ui/facts.tsx";
import { Notice } from "../ui/notice.tsx";
import { digestView } from "./views.ts";

/** Whether the reader is written to about what waits, and the way to choose. */
export const digestPage = page({
  path: "/digests",
  view: digestView,
  render: ({ offered, own }, { t }) => (
    <DeskPage title={t("digest.title")} lead={t("digest.explained")}>
      {!offered && <Notice>{t("refusal.digest-no-mail")}</Notice>}
      {own ? (
        <Facts
          rows={[
            [t("field.digest.address"), own.address],
            [t("field.digest.every"), t(`option.every.${own.every}`)],
            [t("field.digest.hour"), t("digest.hour", { hour: own.hour })],
          ]}
        />
      ) : (
        <p class="quiet">{t("digest.none")}</p>
      )}
      <p class="buttons">
        {offered && (
          <a class="button" href="/digests/new">
            {t(own ? "digest.change" : "act.digest.choose")}
          </a>
        )}
        {own && (
          <a class="button plain" href={`/digests/${own.id}/stop`}>
            {t("act.digest.stop")}
          </a>
        )}
      </p>
    </DeskPage>
  ),
});

const back = (act: string): ActPage => ({
  act,
  render: (form: ActForm) => <ActFormPage form={form} />,
  then: () => "/digests",
});
export const digestActPages: readonly ActPage[] = [back("digest.choose"), back("digest.stop")];
