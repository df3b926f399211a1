import { page } from "../kernel/page.ts";
import { type Tools, useTools } from "../kernel/tools.ts";
import { ActPanel } from "../ui/act-panel.tsx";
import { DeskPage } from "../ui/desk-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { Facts } from "../ui/facts.tsx";
import { Notice } from "../ui/notice.tsx";
import { Tag, type Tone } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";
import { Worklist } from "../ui/worklist.tsx";
import { endpointSubject, SECRET_SHOWN_MINUTES } from "./endpoint.ts";
import { StandingTag } from "./page-list.tsx";
import { type DeliveryListed, type EndpointFound, endpointView } from "./views-endpoint.ts";

const STATES = ["waiting", "delivered", "given-up"] as const;
const TONES: Readonly<Record<string, Tone>> = { waiting: "waits", delivered: "good", "given-up": "late" };

/** One address: how it stands, and everything that was sent there. */
export const endpointPage = page({
  path: "/endpoints/:id",
  view: endpointView,
  render: (found, tools) => <EndpointPage found={found} tools={tools} />,
});

function EndpointPage({ found, tools }: { readonly found: EndpointFound; readonly tools: Tools }) {
  const { t } = tools;
  const { url, client, client_id: of, state, secret } = found;
  return (
    <DeskPage
      title={t("webhook.page", { client })}
      heading={<bdi dir="ltr">{url}</bdi>}
      kicker={t("thing.endpoint")}
      tags={<StandingTag state={state} />}
      trail={[
        { href: "/clients", label: t("things.client") },
        { href: `/clients/${of}`, label: client },
      ]}
      subject="endpoint"
      side={<ActPanel acts={tools.acts(endpointSubject, { ...found })} />}
    >
      {state === "paused" && (
        <Notice tone="late" title={t("webhook.paused")}>
          {t("webhook.paused.lead")}
        </Notice>
      )}
      {secret !== undefined && (
        <Notice tone="waits" title={t("webhook.secret.new")}>
          <p>{t("clients.key.new.lead", { minutes: SECRET_SHOWN_MINUTES })}</p>
          <p>
            <code class="secret" dir="ltr">
              {secret}
            </code>
          </p>
        </Notice>
      )}
      <Standing found={found} />
      <section>
        <h2>{t("webhook.log")}</h2>
        <Log found={found} />
      </section>
    </DeskPage>
  );
}

function Standing({ found }: { readonly found: EndpointFound }) {
  const { t, locale, now } = useTools();
  const { events, failing_since: failing, former_until: former, next_at: next, waiting, state } = found;
  return (
    <Facts
      rows={[
        [t("field.endpoint.events"), events.map((event) => t(`option.events.${event}`)).join(", ")],
        [t("clients.waiting"), new Intl.NumberFormat(locale).format(waiting)],
        [t("webhook.failing"), failing && <When at={failing} precision="long" />],
        [t("webhook.next"), failing && state === "active" && <When at={next} />],
        [
          t("webhook.former"),
          former && Temporal.Instant.compare(former, now) > 0 && <When at={former} precision="long" />,
        ],
        [t("clients.created"), <When at={found.created_at} precision="long" />],
      ]}
    />
  );
}

function Log({ found: { id, deliveries, filter } }: { readonly found: EndpointFound }) {
  const { t, has } = useTools();
  const href = (query: Readonly<Record<string, string>>) =>
    Object.keys(query).length === 0 ? `/endpoints/${id}` : `/endpoints/${id}?${new URLSearchParams(query).toString()}`;
  const chosen: Record<string, string> = filter ? { state: filter } : {};
  return (
    <Worklist<DeliveryListed>
      caption={t("webhook.log")}
      rows={deliveries.items}
      id={(row) => row.id}
      tone={({ state }) => (state === "given-up" ? "late" : undefined)}
      empty={<EmptyState title={t("webhook.log.none")}>{t("webhook.log.none.why")}</EmptyState>}
      next={deliveries.next === undefined ? undefined : href({ ...chosen, cursor: deliveries.next })}
      filters={[
        {
          label: t("clients.standing"),
          options: [
            { label: t("webhook.state.all"), href: href({}), active: filter === undefined },
            ...STATES.map((state) => ({
              label: t(`webhook.state.${state}`),
              href: href({ state }),
              active: filter === state,
            })),
          ],
        },
      ]}
      columns={[
        { key: "event", label: t("webhook.event"), primary: true, cell: ({ event }) => t(`option.events.${event}`) },
        {
          key: "reference",
          label: t("webhook.reference"),
          whole: true,
          cell: ({ reference }) => <span class="code-small">{reference}</span>,
        },
        { key: "at", label: t("webhook.at"), whole: true, cell: ({ at }) => <When at={at} /> },
        {
          key: "state",
          label: t("clients.standing"),
          whole: true,
          cell: ({ state }) => <Tag tone={TONES[state] ?? "plain"}>{t(`webhook.state.${state}`)}</Tag>,
        },
        {
          key: "answer",
          label: t("webhook.answer"),
          cell: ({ status, problem, took_ms: took }) => (
            <>
              {status ?? (problem && has(`webhook.problem.${problem}`) ? t(`webhook.problem.${problem}`) : "")}
              {took !== null && status !== null && <span class="quiet"> {t("webhook.took", { ms: took })}</span>}
            </>
          ),
        },
        { key: "tries", label: t("webhook.tries"), end: true, cell: ({ attempts }) => attempts },
        {
          key: "tried",
          label: t("webhook.tried"),
          whole: true,
          cell: ({ tried_at: at }) => at && <When at={at} />,
        },
        {
          key: "id",
          label: t("webhook.id"),
          whole: true,
          cell: ({ id: shown }) => (
            <a href={`/endpoints/${id}/replay?from=${shown}`}>
              {t("webhook.replay.from")} <span class="hidden">{shown}</span>
            </a>
          ),
        },
      ]}
    />
  );
}
