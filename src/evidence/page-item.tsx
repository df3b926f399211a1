import { page } from "../kernel/page.ts";
import { type WithParts, withParts } from "../kernel/sections.ts";
import { useTools } from "../kernel/tools.ts";
import { verifierPage } from "../trust/verifier-routes.ts";
import { ActPanel } from "../ui/act-panel.tsx";
import { DeskPage } from "../ui/desk-page.tsx";
import { Facts } from "../ui/facts.tsx";
import { Hash } from "../ui/hash.tsx";
import { Notice } from "../ui/notice.tsx";
import { Parts } from "../ui/parts.tsx";
import { Table } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { sizeInWords } from "../ui/upload.tsx";
import { When } from "../ui/when.tsx";
import { Custody, Seals, Spans, WhereNow } from "./page-custody.tsx";
import { itemSubject } from "./item.ts";
import { EXPIRED } from "./limits.ts";
import type { Held } from "./acts-keeping.ts";
import { itemFile, type ItemFound, type ItemLine } from "./views.ts";

/** One exhibit: what it is, who has it, and everything that was ever done with it. */
export const itemPage = page({
  path: "/items/:id",
  view: withParts("item.page", itemSubject, itemFile),
  render: ({ file, parts }) => <ItemPage file={file} parts={parts} />,
});

const WAITS: ReadonlySet<string> = new Set(["in-transit", "disposing", "out"]);

function ItemPage({ file: item, parts }: WithParts<ItemFound>) {
  const { t, acts } = useTools();
  const { number, description, state, held, case: file, custody, altered_at: altered } = item;
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
          <Tag tone={WAITS.has(state) ? "waits" : "plain"}>{t(`state.${state}`)}</Tag>
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
          <Papers item={item} />
        </ActPanel>
      }
    >
      {altered !== null && (
        <Notice tone="late">
          {t("items.altered")} <When at={altered} precision="long" />
        </Notice>
      )}
      <Limited item={item} />
      <Standing item={item} />
      <WhereNow item={item} />
      <Facted item={item} />
      <Parts of={item.id} parts={parts} />
      <Holds item={item} />
      <Spans item={item} />
      <Seals events={custody} />
      <Family item={item} />
      <Custody item={item} />
    </DeskPage>
  );
}

/** What can be taken away on paper or as a file. */
function Papers({ item }: { readonly item: ItemFound }) {
  const { t, locale, acts } = useTools();
  const { id, state, custody } = item;
  const hasReceipt = custody.some(({ act }) => RECEIPTED.has(act));
  return (
    <>
      {PACKED.has(state) && acts(itemSubject, item).some(({ act, allowed }) => act.verb === "export" && allowed) && (
        <p>
          <a href={`/api/v1/items/${id}/package`} download>
            {t("items.package")}
          </a>
          <br />
          <span class="small quiet">{t("items.package.hint")}</span>
          <br />
          <a class="small" href={`/items/package?items=${id}`}>
            {t("items.set.part")}
          </a>
          <br />
          <a href="/verify.html" download="verify.html" class="small">
            {t("items.verifier")}
          </a>{" "}
          <Hash value={verifierPage().sha256} label="SHA-256" short />
        </p>
      )}
      <p>
        <a href={`/api/v1/items/${id}/custody/document?language=${locale}`}>{t("items.paper.custody")}</a>
        {hasReceipt && (
          <>
            <br />
            <a href={`/api/v1/items/${id}/receipt?language=${locale}`}>{t("items.paper.receipt")}</a>
          </>
        )}
        {state === "disposed" && (
          <>
            <br />
            <a href={`/api/v1/items/${id}/certificate?language=${locale}`}>{t("items.paper.certificate")}</a>
          </>
        )}
      </p>
    </>
  );
}
/** States in which its package can be made. */
const PACKED: ReadonlySet<string> = new Set(["kept", "sealed"]);
const RECEIPTED: ReadonlySet<string> = new Set(["item.transfer", "item.lend", "item.return", "item.pass"]);

/** What a reader must know before everything else. */
function Standing({ item }: { readonly item: ItemFound }) {
  const { t, now } = useTools();
  const { state, due_at: due } = item;
  const isLate = due !== null && Temporal.Instant.compare(due, now) < 0;
  return (
    <>
      {state === "in-transit" && (
        <Notice>
          {item.signed_at === null
            ? t("items.in-transit", { office: item.to_office_name ?? item.to_peer ?? "" })
            : t("items.signed")}
        </Notice>
      )}
      {state === "out" && due !== null && (
        <Notice tone={isLate ? "late" : "plain"}>
          {t(isLate ? "items.out.late" : "items.out")} <When at={due.subtract({ seconds: 1 })} precision="day" />
        </Notice>
      )}
      {state === "disposed" && <Notice>{t("items.disposed")}</Notice>}
    </>
  );
}

/** The conditions under which somebody gave it, and who can waive them. */
function Limited({ item: { limits, bound_by, bound_until, bound_request } }: { readonly item: ItemFound }) {
  const { t } = useTools();
  if (limits === null) return null;
  const isOver = limits.includes(EXPIRED);
  return (
    <Notice tone={isOver ? "late" : "waits"} title={t("items.limits")}>
      <ul>
        {limits
          .filter((each) => each !== EXPIRED)
          .map((each) => (
            <li key={each}>
              {t(`option.condition.${each}`)}
              {each === "erase-by" && bound_until !== null && (
                <>
                  : <When at={bound_until} />
                </>
              )}
            </li>
          ))}
      </ul>
      {isOver && <p>{t("items.limits.expired")}</p>}
      <p>
        {bound_request === null ? (
          t("items.limits.by", { by: bound_by ?? "" })
        ) : (
          <a href={`/requests/${bound_request}#conditions`}>{t("items.limits.by", { by: bound_by ?? "" })}</a>
        )}
      </p>
    </Notice>
  );
}

function Facted({ item }: { readonly item: ItemFound }) {
  const { t, locale, has } = useTools();
  const acquisition = Object.entries(
    typeof item.acquisition === "object" && item.acquisition !== null ? item.acquisition : {},
  ).filter(([name, value]) => name !== "at" && value !== null && value !== "");
  const words = (name: string) => (has(`field.item.${name}`) ? t(`field.item.${name}`) : name);
  const said = item.said ?? {};
  return (
    <Facts
      rows={[
        [t("items.digest"), <Hash value={item.digest} label="SHA-256" compare />],
        item.sha1 !== null && item.sha1 !== undefined && ["SHA-1", <Hash value={item.sha1} label="SHA-1" />],
        item.md5 !== null && item.md5 !== undefined && ["MD5", <Hash value={item.md5} label="MD5" />],
        item.verified_at !== null && [t("items.verified"), <When at={item.verified_at} precision="long" />],
        [t("items.file"), `${item.name} (${item.media}, ${sizeInWords(item.bytes, locale)})`],
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
              has(`option.${name}.${String(value)}`) ? (
                t(`option.${name}.${String(value)}`)
              ) : name === "digest_before" ? (
                <Hash value={String(value)} label="SHA-256" />
              ) : typeof value === "object" ? (
                JSON.stringify(value)
              ) : (
                String(value)
              ),
            ] as const,
        ),
        said.condition !== undefined && [t("field.item.condition"), said.condition],
        said.storage !== undefined && [t("field.item.storage"), said.storage],
        said.handling !== undefined && [t("field.item.handling"), said.handling],
        item.seal_number !== null && [t("field.item.seal_number"), item.seal_number],
        item.retain_until !== null && [
          t("field.item.retain_until"),
          <>
            <When at={item.retain_until} />
            {item.retain_source !== null && <span class="small quiet"> {item.retain_source}</span>}
          </>,
        ],
      ]}
    />
  );
}

/** Every reason why it may not be destroyed, and the way to end each. */
function Holds({ item: { id, holds } }: { readonly item: ItemFound }) {
  const { t, may } = useTools();
  if (holds.length === 0) return null;
  return (
    <section>
      <h2>
        {t("items.holds")} <span class="count">{holds.length}</span>
      </h2>
      <Table
        caption={t("items.holds")}
        rows={holds}
        id={(each: Held) => each.id}
        columns={[
          { key: "reason", label: t("field.item.reason"), primary: true, cell: ({ reason }: Held) => reason },
          { key: "authority", label: t("field.item.authority"), cell: ({ authority }: Held) => authority ?? "" },
          { key: "by", label: t("custody.fact.by"), cell: ({ by }: Held) => by },
          { key: "at", label: t("items.holds.since"), cell: ({ at }: Held) => <When at={at} precision="day" /> },
          { key: "until", label: t("field.item.until"), cell: ({ until }: Held) => (until ? <When at={until} /> : "") },
          {
            key: "end",
            label: t("act.item.release"),
            cell: (held: Held) =>
              may("item.release") ? <a href={`/items/${id}/release?hold=${held.id}`}>{t("act.item.release")}</a> : "",
          },
        ]}
      />
    </section>
  );
}

/** The exhibit's family: what it was made from and what was made from it, however far. */
function Family({ item }: { readonly item: ItemFound }) {
  const { t } = useTools();
  if (item.family.length < 2) return null;
  const ids = new Set(item.family.map(({ id }) => id));
  const roots = item.family.filter(({ parent }) => parent === null || !ids.has(parent));
  return (
    <section>
      <h2>
        {t("items.family")} <span class="count">{item.family.length}</span>
      </h2>
      <Branch lines={roots} all={item.family} here={item.id} />
    </section>
  );
}

type FamilyLine = ItemLine & { readonly parent: string | null };
function Branch({
  lines,
  all,
  here,
}: {
  readonly lines: readonly FamilyLine[];
  readonly all: readonly FamilyLine[];
  readonly here: string;
}) {
  const { t } = useTools();
  return (
    <ul class="family">
      {lines.map((line) => {
        const children = all.filter(({ parent }) => parent === line.id);
        const name = (
          <>
            <span class="code-small">{line.number}</span> {line.description.slice(0, 120)}
          </>
        );
        return (
          <li key={line.id}>
            {line.id === here ? <b aria-current="page">{name}</b> : <a href={`/items/${line.id}`}>{name}</a>}{" "}
            <span class="small quiet">{t(`state.${line.state}`)}</span>
            {children.length > 0 && <Branch lines={children} all={all} here={here} />}
          </li>
        );
      })}
    </ul>
  );
}
