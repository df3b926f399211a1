import type { ComponentChildren } from "preact";
import { type ActForm, type ActPage, page } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { ActFormPage } from "../ui/act-form.tsx";
import { ActPanel } from "../ui/act-panel.tsx";
import { DeskPage } from "../ui/desk-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { Facts } from "../ui/facts.tsx";
import { Notice } from "../ui/notice.tsx";
import { Table } from "../ui/table.tsx";
import { Tag, type Tone } from "../ui/tag.tsx";
import { sizeInWords } from "../ui/upload.tsx";
import { When } from "../ui/when.tsx";
import { Worklist } from "../ui/worklist.tsx";
import { type FindingRow, findingSubject, KINDS } from "./finding.ts";
import {
  type BlobSeen,
  type Contents,
  contentsView,
  type FindingList,
  findingList,
  type FindingSeen,
  findingView,
} from "./views.ts";

const TONES: Readonly<Record<FindingRow["state"], Tone>> = { open: "late", mended: "good", settled: "sealed" };
const STATES = ["open", "mended", "settled"] as const;
const STANDINGS = ["late", "never", "damaged"] as const;

/** An address with its parameters; those without a value are left out. */
const withQuery = (path: string, query: Readonly<Record<string, string | undefined>>): string => {
  const given = Object.entries(query).flatMap(([name, value]) => (value ? [[name, value] as [string, string]] : []));
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given).toString()}`;
};

function StateTag({ state }: { readonly state: FindingRow["state"] }) {
  const { t } = useTools();
  return <Tag tone={TONES[state]}>{t(`vault.finding.state.${state}`)}</Tag>;
}

/** Columns of a list of findings. */
const useColumns = () => {
  const { t, locale } = useTools();
  return [
    {
      key: "kind",
      label: t("vault.finding.kind"),
      primary: true,
      cell: ({ kind }: FindingRow) => t(`vault.kind.${kind}`),
    },
    { key: "number", label: t("vault.finding.number"), end: true, cell: ({ number }: FindingRow) => number },
    {
      key: "state",
      label: t("vault.finding.state"),
      whole: true,
      cell: ({ state }: FindingRow) => <StateTag state={state} />,
    },
    { key: "found", label: t("vault.finding.found"), cell: ({ found_at: at }: FindingRow) => <When at={at} /> },
    {
      key: "bytes",
      label: t("vault.finding.bytes"),
      end: true,
      cell: ({ bytes }: FindingRow) => sizeInWords(bytes, locale),
    },
    { key: "holders", label: t("vault.finding.holders"), end: true, cell: ({ holders }: FindingRow) => holders },
  ];
};

/** Findings, one a line. */
export function FindingTable({
  items,
  empty,
}: {
  readonly items: readonly FindingRow[];
  readonly empty: ComponentChildren;
}) {
  const { t } = useTools();
  return (
    <Table<FindingRow>
      caption={t("vault.findings")}
      rows={items}
      id={({ id }) => id}
      href={({ id }) => `/vault-findings/${id}`}
      empty={empty}
      columns={useColumns()}
    />
  );
}

/** All that was ever found, filtered. */
export const findingsPage = page({
  path: "/vault-findings",
  view: findingList,
  render: (found) => <FindingsPage found={found} />,
});

function FindingsPage({ found: { items, next, filters } }: { readonly found: FindingList }) {
  const { t, path } = useTools();
  const { state, kind, cursor } = filters;
  return (
    <DeskPage title={t("vault.findings")} trail={[{ href: "/vault", label: t("vault.title") }]}>
      <Worklist<FindingRow>
        caption={t("vault.findings")}
        rows={items}
        id={({ id }) => id}
        href={({ id }) => `/vault-findings/${id}`}
        filters={[
          {
            label: t("vault.finding.state"),
            options: [undefined, ...STATES].map((one) => ({
              label: one ? t(`vault.finding.state.${one}`) : t("vault.any"),
              href: withQuery(path, { state: one, kind }),
              active: state === one,
            })),
          },
          {
            label: t("vault.finding.kind"),
            options: [undefined, ...KINDS].map((one) => ({
              label: one ? t(`vault.kind.${one}`) : t("vault.any"),
              href: withQuery(path, { state, kind: one }),
              active: kind === one,
            })),
          },
        ]}
        columns={useColumns()}
        empty={<EmptyState title={t("vault.findings.none")} />}
        next={next === undefined ? undefined : withQuery(path, { state, kind, cursor: next })}
        first={cursor === undefined ? undefined : withQuery(path, { state, kind })}
      />
    </DeskPage>
  );
}

/** One finding: what is wrong, with what, since when, and what can be done. */
export const findingPage = page({
  path: "/vault-findings/:id",
  view: findingView,
  render: (found) => <FindingPage found={found} />,
});

function FindingPage({ found }: { readonly found: FindingSeen }) {
  const tools = useTools();
  const { t, has, locale } = tools;
  const isOrphan = found.kind === "orphan";
  const acts = tools
    .acts(findingSubject, { ...found })
    .filter(({ act }) => (act.verb === "recheck" ? !isOrphan && found.there : act.verb !== "discard" || isOrphan));
  return (
    <DeskPage
      title={t("vault.finding.title", { number: found.number })}
      kicker={t("thing.vault-finding")}
      heading={t(`vault.kind.${found.kind}`)}
      tags={<StateTag state={found.state} />}
      lead={t(`vault.kind.${found.kind}.lead`)}
      trail={[
        { href: "/vault", label: t("vault.title") },
        { href: "/vault-findings", label: t("vault.findings") },
      ]}
      subject="vault-finding"
      side={<ActPanel acts={acts} />}
    >
      {found.state === "open" && (
        <Notice tone="late" title={t("vault.finding.next")}>
          {t(`vault.kind.${found.kind}.next`)}
        </Notice>
      )}
      <Facts
        rows={[
          [t("vault.finding.number"), found.number],
          [t("vault.finding.blob"), found.blob && <code dir="ltr">{found.blob}</code>],
          [t("vault.finding.object"), found.object && <code dir="ltr">{found.object}</code>],
          [t("vault.finding.bytes"), sizeInWords(found.bytes, locale)],
          [t("vault.finding.good"), found.good !== null && found.good > 0 && sizeInWords(found.good, locale)],
          [
            t("vault.finding.held"),
            found.held
              .map(({ kind, count }) =>
                t(has(`vault.holder.${kind}`) ? `vault.holder.${kind}` : "vault.holder.other", { count }),
              )
              .join(", "),
          ],
          [t("vault.finding.found"), <When at={found.found_at} precision="long" />],
          [t("vault.finding.seen"), <When at={found.seen_at} precision="long" />],
          [t("vault.finding.verified"), found.verified_at && <When at={found.verified_at} precision="long" />],
          [t("vault.finding.asked"), found.asked && t("vault.finding.asked.yes")],
          [t("vault.finding.ended"), found.ended_at && <When at={found.ended_at} precision="long" />],
          [t("vault.finding.gone"), !found.there && t("vault.finding.gone.yes")],
        ]}
      />
    </DeskPage>
  );
}

/** What lies in the vault, by when it was last verified. */
export const contentsPage = page({
  path: "/vault/contents",
  view: contentsView,
  render: (found) => <ContentsPage found={found} />,
});

function ContentsPage({ found: { items, next, filters, days } }: { readonly found: Contents }) {
  const { t, path, locale, now } = useTools();
  const { standing, cursor } = filters;
  const since = now.subtract({ hours: days * 24 });
  const isLate = (at: Temporal.Instant) => Temporal.Instant.compare(at, since) < 0;
  return (
    <DeskPage
      title={t("vault.contents")}
      lead={t("vault.contents.lead")}
      trail={[{ href: "/vault", label: t("vault.title") }]}
    >
      <Worklist<BlobSeen>
        caption={t("vault.contents")}
        rows={items}
        id={({ id }) => id}
        tone={({ finding, verified_at: at, at: stored }) =>
          finding !== null || isLate(at ?? stored) ? "late" : undefined
        }
        filters={[
          {
            label: t("vault.contents.show"),
            options: [undefined, ...STANDINGS].map((one) => ({
              label: one ? t(`vault.contents.${one}`) : t("vault.any"),
              href: withQuery(path, { standing: one }),
              active: standing === one,
            })),
          },
        ]}
        columns={[
          {
            key: "id",
            label: t("vault.finding.blob"),
            primary: true,
            cell: ({ id }) => <code dir="ltr">{id.slice(-12)}</code>,
          },
          { key: "bytes", label: t("vault.finding.bytes"), end: true, cell: ({ bytes }) => sizeInWords(bytes, locale) },
          { key: "at", label: t("vault.contents.stored"), cell: ({ at }) => <When at={at} /> },
          {
            key: "verified",
            label: t("vault.finding.verified"),
            cell: ({ verified_at: at }) => (at ? <When at={at} /> : t("vault.contents.not-yet")),
          },
          { key: "holders", label: t("vault.finding.holders"), end: true, cell: ({ holders }) => holders },
          {
            key: "finding",
            label: t("thing.vault-finding"),
            cell: ({ finding }) => finding && <a href={`/vault-findings/${finding}`}>{t("vault.contents.finding")}</a>,
          },
        ]}
        empty={<EmptyState title={t("vault.contents.none")} />}
        next={next === undefined ? undefined : withQuery(path, { standing, cursor: next })}
        first={cursor === undefined ? undefined : withQuery(path, { standing })}
      />
    </DeskPage>
  );
}

/** Whoever has begun a round comes back to the vault's page. */
export const startPage: ActPage = {
  act: "vault-round.start",
  render: (form: ActForm<never>) => <ActFormPage form={form} />,
  then: () => "/vault?done=start",
};
