import { page, type Section } from "../kernel/page.ts";
import { withParts } from "../kernel/sections.ts";
import type { Tools } from "../kernel/tools.ts";
import { useTools } from "../kernel/tools.ts";
import { paperTitle } from "../requests/slice.ts";
import { ActPanel } from "../ui/act-panel.tsx";
import { DeskPage } from "../ui/desk-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { Facts } from "../ui/facts.tsx";
import { Notice } from "../ui/notice.tsx";
import { Parts } from "../ui/parts.tsx";
import { Table } from "../ui/table.tsx";
import { Tag, type Tone } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";
import { Worklist } from "../ui/worklist.tsx";
import {
  type CorrespondentRow,
  correspondentSubject,
  type CorrespondentState,
  type LetterState,
  letterSubject,
} from "./correspondent.ts";
import { correspondentList, correspondentView, type LetterShown, lettersOf, letterView } from "./views.ts";

const TONES: Readonly<Record<CorrespondentState, Tone>> = { proposed: "waits", trusted: "good", revoked: "plain" };
const LETTER_TONES: Readonly<Record<LetterState, Tone>> = {
  queued: "waits",
  handed: "plain",
  delayed: "waits",
  delivered: "good",
  read: "good",
  bounced: "late",
};

const languagesIn = ({ languages }: Pick<CorrespondentRow, "languages">, { locale }: Pick<Tools, "locale">): string => {
  const names = new Intl.DisplayNames([locale], { type: "language" });
  return languages.map((each) => names.of(each) ?? each).join(", ");
};

/** Authorities and providers that run no node. */
export const correspondentsPage = page({
  path: "/correspondents",
  view: correspondentList,
  render: ({ items }, tools) => {
    const { t, may, url } = tools;
    return (
      <DeskPage
        title={t("correspondents.title")}
        lead={t("correspondents.lead")}
        trail={[{ href: "/contact-points", label: t("points.title") }]}
        {...(may("correspondent.propose")
          ? { action: { href: "/correspondents/new", label: t("act.correspondent.propose") } }
          : {})}
      >
        <p>
          <a href="/hi1-endpoints">{t("hi1.title")}</a>
        </p>
        <Worklist<CorrespondentRow>
          caption={t("correspondents.title")}
          search={{
            name: "q",
            value: new URLSearchParams(url.split("?")[1] ?? "").get("q") ?? "",
            label: t("correspondents.search"),
          }}
          rows={items}
          id={({ id }) => id}
          href={({ id }) => `/correspondents/${id}`}
          columns={[
            { key: "name", label: t("points.name"), primary: true, cell: ({ name, code }) => `${name} (${code})` },
            { key: "kind", label: t("points.kind"), cell: ({ kind }) => t(`exchange.kind.${kind}`) },
            {
              key: "address",
              label: t("field.correspondent.address"),
              cell: ({ address }) => <bdi dir="ltr">{address}</bdi>,
            },
            {
              key: "state",
              label: t("board.state"),
              cell: ({ state }) => <Tag tone={TONES[state]}>{t(`state.${state}`)}</Tag>,
            },
          ]}
          empty={<EmptyState title={t("correspondents.none")}>{t("correspondents.none.hint")}</EmptyState>}
        />
      </DeskPage>
    );
  },
});

/** One of them. */
export const correspondentPage = page({
  path: "/correspondents/:id",
  view: withParts("correspondent.page", correspondentSubject, correspondentView),
  render: ({ file: found, parts }, tools) => {
    const { t, acts } = tools;
    return (
      <DeskPage
        title={`${found.name} (${found.code})`}
        heading={found.name}
        kicker={t("correspondents.kicker")}
        tags={<Tag tone={TONES[found.state]}>{t(`state.${found.state}`)}</Tag>}
        trail={[{ href: "/correspondents", label: t("correspondents.title") }]}
        subject="correspondent"
        side={<ActPanel acts={acts(correspondentSubject, { ...found })} />}
      >
        <Facts
          rows={[
            [t("points.kind"), t(`exchange.kind.${found.kind}`)],
            [t("field.correspondent.address"), <bdi dir="ltr">{found.address}</bdi>],
            [t("contact.languages"), languagesIn(found, tools)],
            [t("contact.voice"), found.voice && <bdi dir="ltr">{found.voice}</bdi>],
            [t("contact.hours"), found.hours],
            [t("contact.escalation"), found.escalation],
            [
              t("correspondents.proposed"),
              <>
                <bdi>{found.proposer}</bdi>, <When at={found.proposed_at} />
              </>,
            ],
            found.confirmed_at && [
              t("correspondents.confirmed"),
              <>
                <bdi>{found.confirmer}</bdi>, <When at={found.confirmed_at} />
              </>,
            ],
          ]}
        />
        {found.kind === "provider" && <Parts of={found.id} parts={parts} />}
        <section>
          <h2>{t("letters.title")}</h2>
          <Letters letters={found.letters} />
        </section>
      </DeskPage>
    );
  },
});

function Letters({ letters }: { readonly letters: readonly LetterShown[] }) {
  const { t } = useTools();
  return (
    <Table<LetterShown>
      caption={t("letters.title")}
      rows={letters}
      id={({ id }) => id}
      href={({ id }) => `/letters/${id}`}
      tone={({ state }) => (state === "bounced" ? "late" : undefined)}
      columns={[
        {
          key: "act",
          label: t("letters.what"),
          primary: true,
          cell: ({ act, number }) => `${lettered(act, t)}, ${number ?? ""}`,
        },
        { key: "at", label: t("letters.written"), cell: ({ at }) => <When at={at} /> },
        {
          key: "state",
          label: t("board.state"),
          cell: ({ state, mailed }) => (
            <Tag tone={mailed ? LETTER_TONES[state] : "waits"}>
              {t(mailed ? `state.letter.${state}` : "letters.not-mailed")}
            </Tag>
          ),
        },
        { key: "detail", label: t("letters.detail"), cell: ({ detail }) => detail },
      ]}
      empty={<p class="quiet">{t("letters.none")}</p>}
    />
  );
}

/** What a letter carries, as a noun: a refusal, a withdrawal. */
const lettered = (act: string, t: Tools["t"]): string => paperTitle(act.slice(act.indexOf(".") + 1), t);

/** One letter. */
export const letterPage = page({
  path: "/letters/:id",
  view: letterView,
  render: (letter, { t, acts }) => (
    <DeskPage
      title={t("letters.one", { number: letter.number ?? "", act: lettered(letter.act, t) })}
      kicker={t("letters.kicker")}
      tags={<Tag tone={LETTER_TONES[letter.state]}>{t(`state.letter.${letter.state}`)}</Tag>}
      trail={[{ href: `/requests/${letter.request_id}`, label: letter.number ?? "" }]}
      subject="letter"
      side={
        <ActPanel acts={acts(letterSubject, { ...letter }).filter(() => letter.mailed)}>
          <a href={`/api/v1/letters/${letter.id}/document`}>{t("letters.document")}</a>
        </ActPanel>
      }
    >
      {!letter.mailed && (
        <Notice tone="waits" title={t("letters.not-mailed")}>
          {t("letters.not-mailed.hint")}
        </Notice>
      )}
      <Facts
        rows={[
          [t("letters.what"), lettered(letter.act, t)],
          [t("requests.with"), t("requests.peer", { name: letter.peer_name, code: letter.peer })],
          [t("letters.written"), <When at={letter.at} precision="long" />],
          [t("letters.changed"), <When at={letter.changed_at} precision="long" />],
          [t("letters.detail"), letter.detail],
        ]}
      />
      <p>{t("letters.explained")}</p>
    </DeskPage>
  ),
});

/** On the page of a request: the letters that carried it. */
export const requestLetters: Section = {
  on: "request",
  order: 12,
  read: lettersOf,
  render: (found: never, { t }) =>
    (found as readonly LetterShown[]).length === 0 ? null : (
      <>
        <h2>{t("letters.title")}</h2>
        <p class="quiet">{t("letters.explained")}</p>
        <Letters letters={found} />
      </>
    ),
};
