import { page } from "../kernel/page.ts";
import { type Tools, useTools } from "../kernel/tools.ts";
import { DeskPage } from "../ui/desk-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { Facts } from "../ui/facts.tsx";
import { Table } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";
import { Worklist } from "../ui/worklist.tsx";
import { MEASURE_CODES } from "./measures.ts";
import { type NamedParty, type ShownInstrument, treatyList, treatyView } from "./treaties-views.ts";

const searchOf = (url: string) => new URLSearchParams(url.split("?")[1] ?? "");

function addressWith(url: string, name: string, value: string | undefined): string {
  const search = searchOf(url);
  search.delete(name);
  if (value !== undefined) search.set(name, value);
  const path = url.split("?")[0] ?? "";
  return search.size > 0 ? `${path}?${search}` : path;
}

/** Filter by measure, search by country, and the files of what is shown. */
function toolsOf({ t, url }: Tools) {
  const search = searchOf(url);
  const measure = search.get("measure");
  const query = search.size > 0 ? `?${search}` : "";
  return {
    filters: [
      {
        label: t("field.request.measure"),
        collapsed: true,
        options: [
          { label: t("treaty.any"), href: addressWith(url, "measure", undefined), active: measure === null },
          ...MEASURE_CODES.map((code) => ({
            label: `${code} ${t(`measure.${code}`)}`,
            href: addressWith(url, "measure", code),
            active: measure === code,
          })),
        ],
      },
    ],
    search: {
      name: "country",
      value: search.get("country") ?? "",
      label: t("treaty.search"),
      keep: Object.fromEntries([...search].filter(([name]) => name !== "country")),
    },
    exports: [
      { label: "CSV", href: `/api/v1/treaties/files/parties.csv${query}` },
      { label: "JSON", href: `/api/v1/treaties/files/treaties.json${query}` },
    ],
  };
}

/** The instruments that this node knows. */
export const treatiesPage = page({
  path: "/treaties",
  view: treatyList,
  render: ({ items, country }, tools) => {
    const { t } = tools;
    return (
      <DeskPage title={t("treaty.title")} lead={t("treaty.lead")}>
        <p>
          <a href="/bases">{t("treaty.to-bases")}</a>
        </p>
        <Worklist<ShownInstrument>
          caption={t("treaty.title")}
          {...toolsOf(tools)}
          rows={items}
          id={({ code }) => code}
          href={({ code }) => `/treaties/${code}${country ? `?country=${encodeURIComponent(country)}` : ""}`}
          columns={[
            { key: "title", label: t("treaty.instrument"), primary: true, cell: ({ title }) => title },
            { key: "cite", label: t("treaty.cite"), cell: ({ cite }) => cite },
            {
              key: "measures",
              label: t("treaty.measures"),
              cell: ({ measures }) => measures.map((each) => each.measure).join(", "),
            },
            {
              key: "bound",
              label: t("treaty.bound"),
              cell: ({ parties, bound }) =>
                parties === null ? t("treaty.nobody-needed") : t("treaty.bound-count", { count: bound }),
            },
            {
              key: "shown",
              label: t("treaty.stands"),
              cell: ({ parties }) => (country ? <Standings parties={parties ?? []} /> : null),
            },
            { key: "checked", label: t("treaty.checked"), cell: (row) => <Checked {...row} /> },
          ]}
          empty={<EmptyState title={t("treaty.none")}>{t("treaty.none.hint")}</EmptyState>}
        />
      </DeskPage>
    );
  },
});

function Standings({ parties }: { readonly parties: readonly NamedParty[] }) {
  return (
    <>
      {parties.map((party) => (
        <div key={party.code}>
          {party.country}: <Standing party={party} />
        </div>
      ))}
    </>
  );
}

/** From when a Party is bound, or how far it has come. */
function Standing({ party: { bound, inForce, deposited, signed, until } }: { readonly party: NamedParty }) {
  const { t } = useTools();
  const day = (text: string) => <When at={Temporal.PlainDate.from(text)} />;
  if (bound && inForce) return <>{day(inForce)}</>;
  if (until && inForce)
    return (
      <>
        {t("treaty.ended")} {day(until)}
      </>
    );
  if (inForce)
    return (
      <>
        {t("treaty.from")} {day(inForce)}
      </>
    );
  if (deposited)
    return (
      <>
        {t("treaty.deposited-only")} {day(deposited)}
      </>
    );
  return (
    <>
      {t("treaty.signed-only")} {signed && day(signed)}
    </>
  );
}

function Checked({
  checked,
  source,
  date,
}: {
  readonly checked: boolean;
  readonly source: string;
  readonly date: string;
}) {
  const { t } = useTools();
  const at = <When at={Temporal.PlainDate.from(date)} />;
  return (
    <>
      {!checked && <Tag tone="late">{t("treaty.unchecked")}</Tag>}{" "}
      <span class="small quiet">
        {/^https?:/.test(source) ? (
          <bdi>
            <a href={source} rel="noreferrer">
              {new URL(source).hostname}
            </a>
          </bdi>
        ) : (
          <bdi>{source}</bdi>
        )}{" "}
        (<bdi>{at}</bdi>)
      </span>
    </>
  );
}

/** One instrument: on what it can be asked, and by whom. */
export const treatyPage = page({
  path: "/treaties/:id",
  view: treatyView,
  render: (found, tools) => {
    const { t } = tools;
    const { title, cite, concluded, procedure, offences, needs } = found;
    return (
      <DeskPage title={title} kicker={cite} trail={[{ href: "/treaties", label: t("treaty.title") }]}>
        <Facts
          rows={[
            [t("treaty.kind"), t(`treaty.kind.${found.kind}`)],
            [t("treaty.concluded"), concluded && <When at={Temporal.PlainDate.from(concluded)} />],
            [t("treaty.offences"), offences && t(`treaty.offences.${offences}`)],
            [
              t("treaty.needs"),
              needs.length > 0 &&
                needs.map((code) => (
                  <a key={code} href={`/treaties/${code}`}>
                    {code}{" "}
                  </a>
                )),
            ],
            [t("treaty.procedure"), procedure && t("treaty.procedure-else", { procedure })],
            [t("treaty.checked"), <Checked {...found} />],
          ]}
        />
        <Measures found={found} />
        {found.parties !== null && <Parties found={found} tools={tools} parties={found.parties} />}
      </DeskPage>
    );
  },
});

function Measures({ found: { measures } }: { readonly found: ShownInstrument }) {
  const { t } = useTools();
  return (
    <Table<ShownInstrument["measures"][number]>
      caption={t("treaty.measures")}
      captionShown
      rows={measures}
      id={({ measure }) => measure}
      empty={<p class="quiet">{t("treaty.no-measures")}</p>}
      columns={[
        {
          key: "measure",
          label: t("field.request.measure"),
          primary: true,
          cell: ({ measure }) => `${measure} ${t(`measure.${measure}`)}`,
        },
        { key: "provision", label: t("treaty.provision"), cell: ({ provision }) => provision },
        {
          key: "categories",
          label: t("requests.categories"),
          cell: ({ categories }) =>
            categories?.map((each) => t(`option.category.${each}`)).join(", ") ?? t("treaty.any"),
        },
        {
          key: "dual",
          label: t("treaty.dual"),
          cell: ({ dualCriminality }) => t(`treaty.need.dual.${dualCriminality}`),
        },
        { key: "channel", label: t("treaty.channel"), cell: ({ channel }) => t(`treaty.channel.${channel}`) },
        {
          key: "checked",
          label: t("treaty.checked"),
          cell: ({ checked }) => (checked ? t("treaty.yes") : <Tag tone="late">{t("treaty.unchecked")}</Tag>),
        },
      ]}
    />
  );
}

function Parties({
  found,
  parties,
  tools,
}: {
  readonly found: ShownInstrument;
  readonly parties: readonly NamedParty[];
  readonly tools: Tools;
}) {
  const { t } = tools;
  return (
    <section>
      <h2>{t("treaty.parties")}</h2>
      <p class="quiet">{t("treaty.bound-count", { count: found.bound })}</p>
      <Worklist<NamedParty>
        caption={t("treaty.parties")}
        {...toolsOf(tools)}
        rows={parties}
        id={({ code }) => code}
        columns={[
          {
            key: "country",
            label: t("treaty.country"),
            primary: true,
            cell: ({ country, code }) => `${country} (${code})`,
          },
          { key: "stands", label: t("treaty.stands"), cell: (party) => <Standing party={party} /> },
          { key: "said", label: t("treaty.declarations"), cell: (party) => <Declarations party={party} /> },
          {
            key: "authorities",
            label: t("treaty.authorities"),
            cell: ({ authorities }) =>
              authorities.map(({ name, channel }) => (
                <div key={name}>
                  {t(`treaty.channel.${channel}`)}: {name}
                </div>
              )),
          },
          { key: "checked", label: t("treaty.checked"), cell: (party) => <Checked {...party} /> },
        ]}
      />
    </section>
  );
}

function Declarations({ party: { declarations } }: { readonly party: NamedParty }) {
  const { t } = useTools();
  return (
    <>
      {declarations.map(({ provision, effect, kind, measures, languages, checked }) => (
        <div key={`${provision} ${effect}`}>
          {t("treaty.declared", {
            kind: t(`treaty.declaration.${kind}`),
            provision,
            effect: t(`treaty.effect.${effect}`),
            detail: languages?.join(", ") ?? measures?.join(", ") ?? "",
            more: languages || measures ? "yes" : "no",
          })}{" "}
          {!checked && <Tag tone="late">{t("treaty.unchecked")}</Tag>}
        </div>
      ))}
    </>
  );
}
