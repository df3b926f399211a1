import { type ActForm, type ActPage, page, type Section } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import type { RequestRow } from "../requests/slice.ts";
import { ActFormPage } from "../ui/act-form.tsx";
import { ActPanel } from "../ui/act-panel.tsx";
import { Checkboxes } from "../ui/choice-field.tsx";
import { DeskPage } from "../ui/desk-page.tsx";
import { Facts } from "../ui/facts.tsx";
import { Notice } from "../ui/notice.tsx";
import { DocumentPreview } from "../ui/preview.tsx";
import { errorAt } from "../ui/schema-fields.tsx";
import { Table } from "../ui/table.tsx";
import { Tag, type Tone } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";
import { type NoticeState, noticeSubject } from "./notice.ts";
import { type NoticeShown, noticeView, type Telling, tellingOf } from "./views.ts";

const TONES: Readonly<Record<NoticeState, Tone>> = {
  prepared: "waits",
  sent: "waits",
  served: "good",
  returned: "late",
  dropped: "plain",
};

/** On the page of a request: who is told that data about them was obtained, by which way, and how far that is. */
export const personSection: Section = {
  on: "request",
  order: 15,
  read: tellingOf,
  render: (found: never) => {
    const telling = found as Telling | undefined;
    return telling ? <TellingPart telling={telling} /> : null;
  },
};

function TellingPart({ telling: { request, notices } }: { readonly telling: Telling }) {
  const { t, may } = useTools();
  const isOwed = request.notification !== "told";
  return (
    <>
      <h2>{t("notices.title")}</h2>
      <p class="quiet">{t(isOwed ? "notices.lead" : "notices.told")}</p>
      {isOwed && may("notice.prepare") && (
        <p>
          <a href={`/requests/${request.id}/notices/new`}>{t("act.notice.prepare")}</a>
        </p>
      )}
      {notices.length > 0 && (
        <Table<NoticeShown>
          caption={t("notices.title")}
          rows={notices}
          id={({ id }) => id}
          href={({ id }) => `/notices/${id}`}
          columns={[
            { key: "way", label: t("field.notice.way"), primary: true, cell: ({ way }) => t(`option.way.${way}`) },
            { key: "prepared", label: t("notices.prepared"), cell: ({ prepared_at: at }) => <When at={at} /> },
            { key: "sent", label: t("notices.sent"), cell: ({ sent_at: at }) => at && <When at={at} /> },
            {
              key: "state",
              label: t("request.state"),
              cell: ({ state }) => <Tag tone={TONES[state]}>{t(`state.notice.${state}`)}</Tag>,
            },
          ]}
          empty={null}
        />
      )}
    </>
  );
}

/** One notice: the document, to whom it goes, and the proof. */
export const noticePage = page({
  path: "/notices/:id",
  view: noticeView,
  render: (notice, { t, acts }) => (
    <DeskPage
      title={t("notices.one", { number: notice.number })}
      heading={notice.person.name}
      kicker={t("notices.kicker")}
      tags={<Tag tone={TONES[notice.state]}>{t(`state.notice.${notice.state}`)}</Tag>}
      trail={[{ href: `/requests/${notice.request_id}`, label: notice.number }]}
      subject="notice"
      side={<ActPanel acts={acts(noticeSubject, { ...notice })} />}
    >
      {notice.mail === "failed" && (
        <Notice tone="late" title={t("notices.mail.failed")}>
          <p>{t("notices.mail.failed.hint")}</p>
        </Notice>
      )}
      <Facts
        rows={[
          [t("field.notice.person"), notice.person.name],
          [t("field.notice.address"), <span class="lines">{notice.person.address}</span>],
          [t("field.notice.way"), t(`option.way.${notice.way}`)],
          [
            t("notices.prepared"),
            <>
              {notice.preparer}, <When at={notice.prepared_at} precision="long" />
            </>,
          ],
          [t("notices.sent"), notice.sent_at && <When at={notice.sent_at} precision="long" />],
          [t("notices.mail"), notice.mail && t(`notices.mail.${notice.mail}`)],
          [t("field.notice.reference"), notice.reference],
          [t("notices.ended"), notice.ended_on && <When at={notice.ended_on} />],
          [t("field.notice.proof"), notice.proof && <span class="lines">{notice.proof}</span>],
        ]}
      />
      <DocumentPreview title={t("notices.document.title")} href={`/api/v1/notices/${notice.id}/document`} kind="PDF" />
    </DeskPage>
  ),
});

/** Which lines of the data concern the person: of the others the notice says nothing. */
const preparePage: ActPage = {
  act: "notice.prepare",
  render: (form, { t }) => {
    const { row, values, errors } = form as ActForm<RequestRow>;
    const typed = values["lines"];
    const chosen = Array.isArray(typed) ? typed.map(String) : typeof typed === "string" ? [typed] : [];
    return (
      <ActFormPage
        form={form}
        instead={{
          lines: (
            <Checkboxes
              name="lines"
              label={t("field.notice.lines")}
              hint={t("hint.notice.lines")}
              error={errorAt(errors, "lines", t)}
              required={false}
              value={chosen}
              options={row.data.map(({ category, description, identifiers }, index) => ({
                value: `${index + 1}`,
                label: `${t(`option.category.${category}`)}: ${description}`,
                detail: identifiers.join(", "),
              }))}
            />
          ),
        }}
      />
    );
  },
};
export const noticeActPages: readonly ActPage[] = [preparePage];
