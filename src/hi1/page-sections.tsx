import type { Section } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { Facts } from "../ui/facts.tsx";
import { Hash } from "../ui/hash.tsx";
import { Table } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { ETSI_VERSION, PROFILE } from "./dictionary.ts";
import { type OwnSide, ownSide } from "./own-side.ts";
import { Dispatches, nameWords, TONES } from "./pages.tsx";
import { dispatchesOf, type DispatchShown, dispatchesWith, type EndpointLine, endpointsOf } from "./views.ts";

/** What the provider must know of this node. */
function Ours({ own }: { readonly own: OwnSide }) {
  const { t } = useTools();
  return (
    <section>
      <h2>{t("hi1.own")}</h2>
      <p class="quiet">{t("hi1.own.hint")}</p>
      <Facts
        rows={[
          [t("hi1.names"), <bdi dir="ltr">{`${own.country} / ${own.identifier}`}</bdi>],
          [t("hi1.address"), <bdi dir="ltr">{own.url}</bdi>],
          [t("hi1.version"), <bdi dir="ltr">{`TS 103 120 ${ETSI_VERSION}, ${PROFILE.owner} ${PROFILE.version}`}</bdi>],
          [t("hi1.algorithm"), <bdi dir="ltr">{own.algorithm}</bdi>],
          [t("hi1.fingerprint"), <Hash value={own.fingerprint} label="SHA-256" />],
          [t("field.hi1-endpoint.public_key"), <pre class="look">{own.pem}</pre>],
        ]}
      />
    </section>
  );
}

/** What the page of a correspondent says of it. */
interface Spoken {
  readonly endpoints: readonly EndpointLine[];
  readonly messages: readonly DispatchShown[];
  readonly own: OwnSide;
}

/** On the page of a correspondent: whether and how it speaks the standard. */
export const correspondentEndpoints: Section = {
  on: "correspondent",
  order: 10,
  read: async (reader, id): Promise<Spoken> => {
    const endpoints = await endpointsOf(reader, id);
    const [first] = endpoints;
    return { endpoints, messages: first ? await dispatchesWith(reader, first.peer) : [], own: ownSide(reader.node) };
  },
  render: (found: never, tools, id) => {
    const { endpoints, messages, own } = found as Spoken;
    const { t, may } = tools;
    return (
      <>
        <h2>{t("hi1.title")}</h2>
        <Table
          caption={t("hi1.title")}
          rows={endpoints}
          id={(each) => each.id}
          href={(each) => `/hi1-endpoints/${each.id}`}
          tone={({ doubted_at: at, state }) => (at !== null && state === "trusted" ? "late" : undefined)}
          columns={[
            { key: "address", label: t("hi1.address"), primary: true, cell: ({ url }) => <bdi dir="ltr">{url}</bdi> },
            { key: "names", label: t("hi1.names"), cell: (each) => <bdi dir="ltr">{nameWords(each)}</bdi> },
            { key: "version", label: t("hi1.version"), cell: () => <bdi dir="ltr">{ETSI_VERSION}</bdi> },
            {
              key: "key",
              label: t("hi1.fingerprint"),
              cell: ({ state, fingerprint }) =>
                state !== "proposed" && <Hash value={fingerprint} label="SHA-256" short />,
            },
            {
              key: "state",
              label: t("board.state"),
              cell: ({ state }) => <Tag tone={TONES[state]}>{t(`state.${state}`)}</Tag>,
            },
          ]}
          empty={<p class="quiet">{t("hi1.none")}</p>}
        />
        {may("hi1-endpoint.propose") && (
          <p>
            <a class="button plain" href={`/correspondents/${id}/hi1-endpoints/new`}>
              {t("act.hi1-endpoint.propose")}
            </a>
          </p>
        )}
        {endpoints.length > 0 && (
          <>
            <section>
              <h2>{t("hi1.section")}</h2>
              <Dispatches messages={messages} on="endpoint" />
            </section>
            <Ours own={own} />
          </>
        )}
      </>
    );
  },
};

/** On the page of a request: the messages that carried it. */
export const requestDispatches: Section = {
  on: "request",
  order: 13,
  read: dispatchesOf,
  render: (found: never, { t }) =>
    (found as readonly DispatchShown[]).length === 0 ? null : (
      <>
        <h2>{t("hi1.section")}</h2>
        <Dispatches messages={found} on="request" />
      </>
    ),
};
