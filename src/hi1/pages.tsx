import { page } from "../kernel/page.ts";
import { type Tools, useTools } from "../kernel/tools.ts";
import { ActPanel } from "../ui/act-panel.tsx";
import { DeskPage } from "../ui/desk-page.tsx";
import { Facts } from "../ui/facts.tsx";
import { Hash } from "../ui/hash.tsx";
import { Notice } from "../ui/notice.tsx";
import { Table } from "../ui/table.tsx";
import { Tag, type Tone } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";
import { ETSI_VERSION } from "./dictionary.ts";
import { dispatch, type DispatchState, endpoint, type EndpointState, namesOf, type Problem } from "./endpoint.ts";
import { keyOf } from "./messages-endpoint.ts";
import { keyWords } from "./signature.ts";
import { type DispatchShown, dispatchView, type EndpointFound, endpointView, type EndpointLine } from "./views.ts";

/** Colour of an endpoint's state. */
export const TONES: Readonly<Record<EndpointState, Tone>> = { proposed: "waits", trusted: "good", revoked: "plain" };
const DISPATCH_TONES: Readonly<Record<DispatchState, Tone>> = {
  applied: "good",
  taken: "good",
  waiting: "waits",
  refused: "late",
  letter: "plain",
};

/** Why a message was not done, or not yet, in words; with what the other side said. */
function ProblemWords({ problem }: { readonly problem: Problem }) {
  const { t, has } = useTools();
  const key = `hi1.reason.${problem.type}`;
  return (
    <>
      {t(has(key) ? key : "hi1.reason.refused-there", { code: problem.code ?? 0 })}
      {problem.words && (
        <>
          <br />
          <bdi dir="ltr" class="quiet">
            {problem.words}
          </bdi>
        </>
      )}
    </>
  );
}

/** How an endpoint is named in messages, for a page. */
export const nameWords = (row: Parameters<typeof namesOf>[0]): string => {
  const { CountryCode, UniqueIdentifier } = namesOf(row);
  return `${CountryCode} / ${UniqueIdentifier}`;
};

/** What a message does, in words: `UPDATE LDTask` is a change of a disclosure task. */
const actionWords = (action: string, { t, has }: Pick<Tools, "t" | "has">): string => {
  const [verb = "", kind = ""] = action.split(" ");
  const name = has(`hi1.object.${kind}`) ? t(`hi1.object.${kind}`) : kind;
  return has(`hi1.action.${verb}`) ? t(`hi1.action.${verb}`, { object: name }) : action;
};

const listed = (words: readonly string[], { locale }: Pick<Tools, "locale">): string =>
  new Intl.ListFormat(locale).format(words);

/** Messages, with what became of each. */
export function Dispatches({
  messages,
  on,
}: {
  readonly messages: readonly DispatchShown[];
  readonly on: "endpoint" | "request";
}) {
  const tools = useTools();
  const { t } = tools;
  return (
    <Table<DispatchShown>
      caption={t("hi1.messages")}
      rows={messages}
      id={({ id }) => id}
      href={({ id }) => `/dispatches/${id}`}
      tone={({ state }) => (state === "refused" ? "late" : undefined)}
      columns={[
        {
          key: "actions",
          label: t("hi1.does"),
          primary: true,
          cell: ({ actions }) =>
            listed([...new Set(actions.map((each) => actionWords(each, tools)))], tools) || t("hi1.unread"),
        },
        {
          key: "direction",
          label: t("exchange.column.direction"),
          cell: ({ direction }) => t(`exchange.direction.${direction}`),
        },
        ...(on === "endpoint"
          ? [
              {
                key: "number",
                label: t("requests.number"),
                cell: ({ number }: DispatchShown) =>
                  number && (
                    <bdi dir="ltr" class="nowrap">
                      {number}
                    </bdi>
                  ),
              },
            ]
          : []),
        { key: "at", label: t("hi1.at"), cell: ({ at }) => <When at={at} /> },
        {
          key: "state",
          label: t("board.state"),
          cell: ({ state, direction }) => (
            <Tag tone={DISPATCH_TONES[state]}>{t(`hi1.state.${direction}.${state}`)}</Tag>
          ),
        },
        {
          key: "problem",
          label: t("hi1.problem"),
          cell: ({ problem }) => problem && <ProblemWords problem={problem} />,
        },
      ]}
      empty={<p class="quiet">{t("hi1.messages.none")}</p>}
    />
  );
}

const endpointRows = (found: EndpointLine, { t }: Pick<Tools, "t">) => [
  [t("hi1.version"), <bdi dir="ltr">{`TS 103 120 ${ETSI_VERSION}`}</bdi>] as const,
  [t("hi1.names"), <bdi dir="ltr">{nameWords(found)}</bdi>] as const,
  [t("hi1.address"), <bdi dir="ltr">{found.url}</bdi>] as const,
  [t("hi1.algorithm"), <bdi dir="ltr">{keyWords(keyOf(found))}</bdi>] as const,
  [
    t("hi1.fingerprint"),
    found.state === "proposed" ? t("hi1.fingerprint.hidden") : <Hash value={found.fingerprint} label="SHA-256" />,
  ] as const,
];

/** One endpoint. */
export const endpointPage = page({
  path: "/hi1-endpoints/:id",
  view: endpointView,
  render: (found, tools) => {
    const { t, acts } = tools;
    return (
      <DeskPage
        title={t("hi1.one", { name: found.name })}
        heading={found.name}
        kicker={t("hi1.kicker")}
        tags={<Tag tone={TONES[found.state]}>{t(`state.${found.state}`)}</Tag>}
        trail={[
          { href: "/hi1-endpoints", label: t("hi1.title") },
          { href: `/correspondents/${found.correspondent_id}`, label: found.name },
        ]}
        subject="hi1-endpoint"
        side={<ActPanel acts={acts(endpoint, { ...found })} />}
      >
        <Doubted found={found} />
        <Facts
          rows={[
            ...endpointRows(found, tools).map(([label, value]): [string, typeof value] => [label, value]),
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
            found.revoked_at && [t("exchange.revoked"), <When at={found.revoked_at} />],
          ]}
        />
        <section>
          <h2>{t("hi1.messages")}</h2>
          <Dispatches messages={found.messages} on="endpoint" />
        </section>
      </DeskPage>
    );
  },
});

function Doubted({
  found: { doubted, doubted_at: at },
}: {
  readonly found: Pick<EndpointFound, "doubted" | "doubted_at">;
}) {
  const { t } = useTools();
  if (at === null) return null;
  return (
    <Notice tone="late" title={t("hi1.doubted")}>
      {t("hi1.doubted.times", { count: doubted })} <When at={at} />. {t("hi1.doubted.next")}
    </Notice>
  );
}

/** One message. */
export const dispatchPage = page({
  path: "/dispatches/:id",
  view: dispatchView,
  render: (found, tools) => {
    const { t, acts } = tools;
    const { direction, state, number, request_id: request, problem } = found;
    const heading = t(`hi1.message.${direction}`, { peer: found.peer_name });
    return (
      <DeskPage
        title={t("hi1.message", { what: heading, mark: found.transaction.slice(-8) })}
        heading={heading}
        kicker={t("hi1.kicker")}
        tags={<Tag tone={DISPATCH_TONES[state]}>{t(`hi1.state.${direction}.${state}`)}</Tag>}
        trail={
          request && number
            ? [{ href: `/requests/${request}`, label: number }]
            : [{ href: "/correspondents", label: t("correspondents.title") }]
        }
        subject="dispatch"
        side={
          <ActPanel acts={acts(dispatch, { ...found })}>
            {state !== "letter" && (
              <p>
                <a href={`/api/v1/dispatches/${found.id}/message`}>{t("hi1.text")}</a>
              </p>
            )}
            {state !== "letter" && state !== "waiting" && (
              <p>
                <a href={`/api/v1/dispatches/${found.id}/answer`}>{t("hi1.answer")}</a>
              </p>
            )}
          </ActPanel>
        }
      >
        {problem && (
          <Notice tone={state === "letter" || state === "waiting" ? "waits" : "late"} title={t("hi1.problem")}>
            <ProblemWords problem={problem} />
          </Notice>
        )}
        <Facts
          rows={[
            [
              t("hi1.does"),
              listed(
                found.actions.map((each) => actionWords(each, tools)),
                tools,
              ) || t("hi1.unread"),
            ],
            [
              t(`hi1.says.${direction}`),
              found.said.length > 0 &&
                found.said.map((each, index) => (
                  <div key={index}>
                    <bdi>{each}</bdi>
                  </div>
                )),
            ],
            [
              t("requests.with"),
              <>
                <bdi>{found.peer_name}</bdi> (<bdi dir="ltr">{found.peer}</bdi>)
              </>,
            ],
            [t("hi1.transaction"), <code dir="ltr">{found.transaction}</code>],
            [t("hi1.digest"), found.digest && <Hash value={found.digest} label="SHA-256" />],
            [t("hi1.at"), <When at={found.at} precision="long" />],
            found.settled_at && [t("hi1.settled"), <When at={found.settled_at} precision="long" />],
            direction === "out" && [t("hi1.attempts"), found.attempts],
          ]}
        />
      </DeskPage>
    );
  },
});
