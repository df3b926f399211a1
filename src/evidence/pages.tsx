import { verifierPage } from "../trust/verifier-routes.ts";
import type { Section } from "../kernel/page.ts";
import { page } from "../kernel/page.ts";
import { type WithParts, withParts } from "../kernel/sections.ts";
import { type Tools, useTools } from "../kernel/tools.ts";
import { ActPanel } from "../ui/act-panel.tsx";
import { CustodyStory } from "../ui/custody.tsx";
import { DeskPage } from "../ui/desk-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { Facts } from "../ui/facts.tsx";
import { Hash } from "../ui/hash.tsx";
import { Notice } from "../ui/notice.tsx";
import { Parts } from "../ui/parts.tsx";
import { Table } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { sizeInWords } from "../ui/upload.tsx";
import { When } from "../ui/when.tsx";
import { Worklist } from "../ui/worklist.tsx";
import type { CustodyEvent } from "./custody-event.ts";
import { itemSubject, STATES } from "./item.ts";
import {
  itemFile,
  type ItemFound,
  type ItemLine,
  itemList,
  type ItemList,
  itemsOfCase,
  type ListInput,
} from "./views.ts";

function listHref(
  { cursor: _, limit: __, ...filters }: ListInput,
  change: Readonly<Record<string, string | undefined>>,
): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...filters, ...change }))
    if (value !== undefined && value !== false) query.set(name, String(value));
  const text = query.toString();
  return text ? `/items?${text}` : "/items";
}

/** The exhibits that the reader may see, the newest first. */
export const itemsPage = page({ path: "/items", view: itemList, render: (list) => <ItemsPage list={list} /> });

function ItemsPage({ list: { items, next, filters } }: { readonly list: ItemList }) {
  const { t, may } = useTools();
  const { state, mine, coming, q, cursor } = filters;
  const lodging = may("item.lodge") ? { href: "/items/new", label: t("act.item.lodge") } : undefined;
  return (
    <DeskPage title={t("items.title")} lead={t("items.lead")} action={lodging}>
      <Worklist
        caption={t("items.title")}
        filters={[
          {
            label: t("items.col.state"),
            options: [
              {
                label: t("items.chip.all"),
                href: listHref(filters, { state: undefined, mine: undefined, coming: undefined }),
                active: !state && !mine && !coming,
              },
              {
                label: t("items.chip.mine"),
                href: listHref(filters, { mine: mine ? undefined : "true" }),
                active: mine === true,
              },
              {
                label: t("items.chip.coming"),
                href: listHref(filters, { coming: coming ? undefined : "true" }),
                active: coming === true,
              },
              ...STATES.map((each) => ({
                label: t(`state.${each}`),
                href: listHref(filters, { state: each === state ? undefined : each }),
                active: each === state,
              })),
            ],
          },
        ]}
        search={{
          name: "q",
          value: q ?? "",
          label: t("items.search"),
          keep: { ...(state ? { state } : {}), ...(mine ? { mine: "true" } : {}) },
        }}
        rows={items}
        id={({ number }) => number}
        href={({ id }) => `/items/${id}`}
        columns={useColumns()}
        empty={
          <EmptyState title={t("items.empty")} {...(lodging ? { act: lodging } : {})}>
            {t("items.empty.hint")}
          </EmptyState>
        }
        {...(next ? { next: listHref(filters, { cursor: next }) } : {})}
        {...(cursor ? { first: listHref(filters, {}) } : {})}
      />
    </DeskPage>
  );
}

function useColumns() {
  const { t, locale } = useTools();
  return [
    {
      key: "item",
      label: t("items.col.item"),
      primary: true,
      cell: ({ number, description }: ItemLine) => (
        <>
          <span class="code-small">{number}</span> {description}
        </>
      ),
    },
    {
      key: "state",
      label: t("items.col.state"),
      cell: ({ state, held }: ItemLine) => (
        <>
          {t(`state.${state}`)}
          {held && (
            <>
              {" "}
              <Tag tone="waits">{t("items.held")}</Tag>
            </>
          )}
        </>
      ),
    },
    {
      key: "file",
      label: t("items.file"),
      cell: ({ name, bytes }: ItemLine) => (
        <>
          {name} <span class="small quiet">{sizeInWords(bytes, locale)}</span>
        </>
      ),
    },
    {
      key: "digest",
      label: t("items.digest"),
      cell: ({ digest }: ItemLine) => <Hash value={digest} label="SHA-256" short />,
    },
    {
      key: "who",
      label: t("items.custodian"),
      cell: ({ custodian_name, office_name }: ItemLine) => custodian_name ?? office_name,
    },
    {
      key: "acquired",
      label: t("items.acquired"),
      cell: ({ acquired_at }: ItemLine) => <When at={acquired_at} precision="day" />,
    },
  ];
}

/** One exhibit: what it is, who has it, and everything that was ever done with it. */
export const itemPage = page({
  path: "/items/:id",
  view: withParts("item.page", itemSubject, itemFile),
  render: ({ file, parts }) => <ItemPage file={file} parts={parts} />,
});

function ItemPage({ file: item, parts }: WithParts<ItemFound>) {
  const { t, acts } = useTools();
  const { number, description, state, held, case: file, custody } = item;
  const waiting = custody.filter(({ leaf }) => leaf === null).length;
  return (
    <DeskPage
      title={`${number} – ${description.slice(0, 80)}`}
      heading={description.slice(0, 200)}
      kicker={
        <>
          {t("items.kicker")} <span class="code-small">{number}</span>
        </>
      }
      subject="item"
      tags={
        <>
          <Tag tone={state === "in-transit" || state === "disposing" ? "waits" : "plain"}>{t(`state.${state}`)}</Tag>
          {held && (
            <>
              {" "}
              <Tag tone="waits">{t("items.held")}</Tag>
            </>
          )}
        </>
      }
      trail={[
        { label: t("items.title"), href: "/items" },
        ...(file ? [{ label: file.number, href: `/cases/${file.id}` }] : []),
      ]}
      side={
        <ActPanel acts={acts(itemSubject, item).filter(({ act }) => act.verb !== "browse")}>
          {(state === "kept" || state === "sealed") && (
            <p>
              <a href={`/api/v1/items/${item.id}/package`} download>
                {t("items.package")}
              </a>
              <br />
              <span class="small quiet">{t("items.package.hint")}</span>
              <br />
              <a class="small" href={`/items/package?items=${item.id}`}>
                {t("items.set.part")}
              </a>
              <br />
              <a href="/verify.html" download="verify.html" class="small">
                {t("items.verifier")}
              </a>{" "}
              <Hash value={verifierPage().sha256} label="SHA-256" short />
            </p>
          )}
        </ActPanel>
      }
    >
      {state === "in-transit" && <Notice>{t("items.in-transit", { office: item.to_office_name ?? "" })}</Notice>}
      {state === "disposed" && <Notice>{t("items.disposed")}</Notice>}
      <Standing item={item} />
      <Parts of={item.id} parts={parts} />
      <section>
        <h2>
          {t("items.custody")} <span class="count">{custody.length}</span>
        </h2>
        <p class="quiet">{waiting > 0 ? t("items.custody.waiting", { count: waiting }) : t("items.custody.logged")}</p>
        <CustodyStory
          lines={custody.map((event) => ({
            at: event.at,
            what: <Told event={event} />,
            who: [event.actor.name ?? nameOf(event.actor.id, t), event.actor.office].filter(Boolean).join(", "),
            unchanged: event.unchanged,
            ...(event.digest === null ? {} : { digest: event.digest }),
          }))}
        />
      </section>
      <Made lines={item.made_from_it} />
    </DeskPage>
  );
}

/** Who acted, where it was no officer of this node. */
const nameOf = (id: string, t: Tools["t"]): string =>
  id.startsWith("peer:") ? id.slice("peer:".length) : id.startsWith("system:") ? t("actor.node") : id;

/** What happened, and the one fact that says most about it. */
function Told({ event: { type, facts } }: { readonly event: CustodyEvent }) {
  const { t } = useTools();
  const said = ["reason", "purpose", "correction", "to_office", "to", "from", "from_office", "file"]
    .map((name) => facts[name])
    .find((value) => typeof value === "string");
  return (
    <>
      {t(`custody.${type}`)}
      {typeof said === "string" && <span class="quiet">: {said}</span>}
    </>
  );
}

function Standing({ item }: { readonly item: ItemFound }) {
  const { t, locale, has } = useTools();
  const acquisition = Object.entries(
    typeof item.acquisition === "object" && item.acquisition !== null ? item.acquisition : {},
  ).filter(([name, value]) => name !== "at" && value !== null && value !== "");
  const words = (name: string) => (has(`field.item.${name}`) ? t(`field.item.${name}`) : name);
  return (
    <Facts
      rows={[
        [t("items.digest"), <Hash value={item.digest} label="SHA-256" compare />],
        item.sha1 ? [t("items.sha1"), <Hash value={item.sha1} label="SHA-1" />] : null,
        item.md5 ? [t("items.md5"), <Hash value={item.md5} label="MD5" />] : null,
        [t("items.file"), `${item.name} (${item.media}, ${sizeInWords(item.bytes, locale)})`],
        [t("items.custodian"), [item.custodian_name, item.office_name].filter(Boolean).join(", ")],
        item.case !== null && [
          t("items.case"),
          <a href={`/cases/${item.case.id}`}>
            {item.case.number} {item.case.title}
          </a>,
        ],
        item.request !== null && [
          t("field.item.request"),
          <a href={`/requests/${item.request.id}`}>{item.request.number}</a>,
        ],
        item.peer !== null && [t("items.peer"), item.peer],
        item.made_from !== null && [
          t("items.made-from"),
          <a href={`/items/${item.made_from.id}`}>{item.made_from.number}</a>,
        ],
        [t("items.acquired"), <When at={item.acquired_at} precision="long" />],
        ...acquisition.map(
          ([name, value]) =>
            [
              words(name),
              name === "method" || name === "time_source" || name === "kind" ? (
                t(`option.${name}.${String(value)}`)
              ) : name === "digest_before" ? (
                <Hash value={String(value)} label="SHA-256" />
              ) : (
                String(value)
              ),
            ] as const,
        ),
        item.held_reason !== null && [t("items.held"), item.held_reason],
        item.seal_number !== null && [t("field.item.seal_number"), item.seal_number],
        item.retain_until !== null && [t("field.item.retain_until"), item.retain_until.toLocaleString(locale)],
      ]}
    />
  );
}

function Made({ lines }: { readonly lines: readonly ItemLine[] }) {
  const { t } = useTools();
  const columns = useColumns();
  if (lines.length === 0) return null;
  return (
    <section>
      <h2>{t("items.made-from-it")}</h2>
      <Table
        caption={t("items.made-from-it")}
        rows={lines}
        id={({ number }) => number}
        href={({ id }) => `/items/${id}`}
        columns={columns}
      />
    </section>
  );
}

/** The exhibits of a case, on its page. */
export const caseItems: Section = {
  on: "case",
  order: 30,
  read: (reader, id) => itemsOfCase(reader, id),
  render: (lines: readonly ItemLine[], _tools, id) => <CaseItems lines={lines} id={id} />,
};

function CaseItems({ lines, id }: { readonly lines: readonly ItemLine[]; readonly id: string }) {
  const { t, may } = useTools();
  const columns = useColumns();
  return (
    <>
      <h2>
        {t("items.title")} <span class="count">{lines.length}</span>
      </h2>
      <Table
        caption={t("items.title")}
        rows={lines}
        id={({ number }) => number}
        href={(line) => `/items/${line.id}`}
        columns={columns}
        empty={<p class="quiet">{t("items.case.none")}</p>}
      />
      <p class="buttons">
        {may("item.acquire") && (
          <a class="button plain" href={`/cases/${id}/items/new`}>
            {t("act.item.acquire")}
          </a>
        )}{" "}
        {lines.length > 0 && may("item.export") && (
          <a class="button plain" href={`/items/package?case=${id}`}>
            {t("items.set.title")}
          </a>
        )}
      </p>
    </>
  );
}
