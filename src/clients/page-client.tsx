import type * as Plot from "@observablehq/plot";
import { page } from "../kernel/page.ts";
import { type Tools, useTools } from "../kernel/tools.ts";
import { ActButton, ActPanel } from "../ui/act-panel.tsx";
import { DeskPage } from "../ui/desk-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { Facts } from "../ui/facts.tsx";
import { Figure, SERIES } from "../ui/figure.tsx";
import { Notice } from "../ui/notice.tsx";
import { Table } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { dateLocale, When } from "../ui/when.tsx";
import { clientSubject, keySubject } from "./client.ts";
import { endpointSubject } from "./endpoint.ts";
import { Scopes, StandingTag } from "./page-list.tsx";
import { type ClientFound, clientView, type DayOfUse, type EndpointListed, type KeyListed } from "./views.ts";

/** One machine: what was agreed, its keys, what it used, where it is told. */
export const clientPage = page({
  path: "/clients/:id",
  view: clientView,
  render: (client, tools) => <ClientPage client={client} tools={tools} />,
});

function ClientPage({ client, tools }: { readonly client: ClientFound; readonly tools: Tools }) {
  const { t } = tools;
  const paused = client.endpoints.filter(({ state }) => state === "paused");
  return (
    <DeskPage
      title={client.name}
      kicker={t("thing.client")}
      tags={<StandingTag state={client.state} />}
      trail={[{ href: "/clients", label: t("things.client") }]}
      subject="client"
      side={<ActPanel acts={tools.acts(clientSubject, { ...client })} />}
    >
      {paused.length > 0 && (
        <Notice tone="late" title={t("clients.paused.title")}>
          <ul>
            {paused.map(({ id, url }) => (
              <li key={id}>
                <a href={`/endpoints/${id}`} dir="ltr">
                  {url}
                </a>
              </li>
            ))}
          </ul>
        </Notice>
      )}
      <Agreement client={client} />
      <Keys client={client} />
      <section>
        <h2>{t("clients.use")}</h2>
        <Use use={client.use} since={client.since} quota={client.day_quota} />
      </section>
      <Endpoints client={client} />
    </DeskPage>
  );
}

function Agreement({ client }: { readonly client: ClientFound }) {
  const { t, locale } = useTools();
  const number = new Intl.NumberFormat(locale);
  const quota = (of: number, left: number) => t("clients.quota", { quota: of, left });
  const { allowance } = client;
  return (
    <section>
      <h2>{t("clients.agreement")}</h2>
      <Facts
        rows={[
          [t("field.client.organisation"), client.organisation],
          [t("clients.contact"), <Contact client={client} />],
          [t("field.client.scopes"), <Scopes scopes={client.scopes} />],
          [
            t("field.client.categories"),
            client.categories.length === 0 ? t("clients.categories.all") : client.categories.join(", "),
          ],
          [t("field.client.day_quota"), quota(client.day_quota, allowance.day.left)],
          [t("field.client.minute_quota"), quota(client.minute_quota, allowance.minute.left)],
          [t("clients.created"), <When at={client.created_at} precision="long" />],
          [t("clients.used"), client.used_at ? <When at={client.used_at} precision="long" /> : t("clients.never")],
          [t("clients.reports"), number.format(client.use.reduce((sum, { taken }) => sum + taken, 0))],
        ]}
      />
    </section>
  );
}

function Contact({ client: { contact_name, contact_email, contact_voice } }: { readonly client: ClientFound }) {
  return (
    <>
      {contact_name}, <a href={`mailto:${contact_email}`}>{contact_email}</a>
      {contact_voice && (
        <>
          , <span dir="ltr">{contact_voice}</span>
        </>
      )}
    </>
  );
}

/** How a key stands at a moment. */
export function KeyTag({ of: { ended_at: ended, expires_at: expires, successor } }: { readonly of: KeyListed }) {
  const { t, now } = useTools();
  if (ended) return <Tag tone="sealed">{t("clients.key.revoked")}</Tag>;
  if (Temporal.Instant.compare(expires, now) <= 0) return <Tag tone="sealed">{t("clients.key.expired")}</Tag>;
  return successor ? (
    <Tag tone="waits">{t("clients.key.replaced")}</Tag>
  ) : (
    <Tag tone="good">{t("clients.key.good")}</Tag>
  );
}

function Keys({ client: { id, state, keys } }: { readonly client: ClientFound }) {
  const { t, decide } = useTools();
  const may = state !== "closed" && decide("client-key.issue", keySubject, { id, client_id: id }).allowed;
  return (
    <section>
      <h2>{t("clients.keys")}</h2>
      <Table<KeyListed>
        caption={t("clients.keys")}
        rows={keys}
        id={(key) => key.id}
        href={(key) => `/client-keys/${key.id}`}
        empty={<EmptyState title={t("clients.keys.none")}>{t("clients.keys.none.why")}</EmptyState>}
        columns={[
          { key: "name", label: t("field.client-key.name"), primary: true, cell: ({ name }) => name },
          { key: "state", label: t("clients.standing"), whole: true, cell: (key) => <KeyTag of={key} /> },
          { key: "made", label: t("clients.created"), cell: ({ created_at: at }) => <When at={at} precision="day" /> },
          { key: "until", label: t("clients.expires"), cell: ({ expires_at: at }) => <When at={at} precision="day" /> },
          {
            key: "used",
            label: t("clients.used"),
            cell: ({ used_at: at }) => (at ? <When at={at} /> : t("clients.never")),
          },
        ]}
      />
      {may && (
        <p>
          <ActButton plain href={`/clients/${id}/client-keys/new`}>
            {t("act.client-key.issue")}
          </ActButton>
        </p>
      )}
    </section>
  );
}

function Endpoints({ client: { id, state, endpoints, scopes } }: { readonly client: ClientFound }) {
  const { t, decide, locale } = useTools();
  const may =
    state !== "closed" &&
    scopes.includes("webhook") &&
    decide("endpoint.register", endpointSubject, { id, client_id: id, state: "active" }).allowed;
  return (
    <section>
      <h2>{t("clients.endpoints")}</h2>
      <Table<EndpointListed>
        caption={t("clients.endpoints")}
        rows={endpoints}
        id={(each) => each.id}
        href={(each) => `/endpoints/${each.id}`}
        tone={(each) => (each.state === "paused" ? "late" : undefined)}
        empty={<EmptyState title={t("clients.endpoints.none")}>{t("clients.endpoints.none.why")}</EmptyState>}
        columns={[
          { key: "url", label: t("field.endpoint.url"), primary: true, cell: ({ url }) => <bdi dir="ltr">{url}</bdi> },
          {
            key: "state",
            label: t("clients.standing"),
            whole: true,
            cell: ({ state: standing, failing_since: since }) => (
              <>
                <StandingTag state={standing} />{" "}
                {since && standing === "active" && <Tag tone="waits">{t("clients.endpoint.failing")}</Tag>}
              </>
            ),
          },
          {
            key: "events",
            label: t("field.endpoint.events"),
            cell: ({ events }) => events.map((event) => t(`option.events.${event}`)).join(", "),
          },
          {
            key: "waiting",
            label: t("clients.waiting"),
            end: true,
            cell: ({ waiting }) => new Intl.NumberFormat(locale).format(waiting),
          },
        ]}
      />
      {may && (
        <p>
          <ActButton plain href={`/clients/${id}/endpoints/new`}>
            {t("act.endpoint.register")}
          </ActButton>
        </p>
      )}
    </section>
  );
}

interface UseProps {
  readonly use: readonly DayOfUse[];
  readonly since: string;
  readonly quota: number;
}

/** Reports by day and door, with what the quotas refused. */
function Use({ use, since, quota }: UseProps) {
  const { t, locale, now } = useTools();
  if (use.length === 0) return <EmptyState title={t("clients.use.none")} />;
  const number = new Intl.NumberFormat(locale);
  return (
    <Figure
      title={t("clients.use.title")}
      titled={false}
      note={t("clients.use.note", { quota })}
      draw={(plot) => drawing(plot, { use, since, now, locale })}
      table={{
        columns: [
          { label: t("clients.use.day") },
          { label: t("reports.channel") },
          { label: t("clients.use.taken"), end: true },
          { label: t("clients.use.refused"), end: true },
        ],
        rows: use.map(({ day, channel, taken, refused }) => [
          <When at={Temporal.PlainDate.from(day)} />,
          t(`report.channel.${channel}`),
          number.format(taken),
          number.format(refused),
        ]),
      }}
    />
  );
}

interface Drawn {
  readonly use: readonly DayOfUse[];
  readonly since: string;
  readonly now: Temporal.Instant;
  readonly locale: string;
}

/** One column a day; by which door stands in the table. */
function drawing({ barY, ruleY }: typeof Plot, { use, since, now, locale }: Drawn): Plot.PlotOptions {
  const days: string[] = [];
  const last = now.toZonedDateTimeISO("UTC").toPlainDate();
  for (let day = Temporal.PlainDate.from(since); Temporal.PlainDate.compare(day, last) <= 0; day = day.add({ days: 1 }))
    days.push(day.toString());
  const number = new Intl.NumberFormat(dateLocale(locale), { notation: "compact" });
  const short = (day: string) =>
    Temporal.PlainDate.from(day).toLocaleString(dateLocale(locale), { day: "numeric", month: "short" });
  const bars = days.map((day) => ({
    day,
    taken: use.filter((each) => each.day === day).reduce((sum, { taken }) => sum + taken, 0),
  }));
  return {
    width: 720,
    height: 220,
    marginLeft: 56,
    x: { type: "band", domain: days, label: null, ticks: days.filter((_, at) => at % 7 === 0), tickFormat: short },
    y: { label: null, grid: true, tickFormat: (value: number) => number.format(value), ticks: 4, nice: true },
    marks: [barY(bars, { x: "day", y: "taken", fill: SERIES[0], inset: 0.5 }), ruleY([0])],
  };
}
