import { page } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { DeskPage } from "../ui/desk-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { Facts } from "../ui/facts.tsx";
import { Notice } from "../ui/notice.tsx";
import { Table } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { sizeInWords } from "../ui/upload.tsx";
import { When } from "../ui/when.tsx";
import type { FindingRow, RoundRow } from "./finding.ts";
import { FindingTable } from "./page-findings.tsx";
import { type VaultSeen, vaultView } from "./views.ts";

/** Where the vault lies, how far the reading of it is, what was found. */
export const vaultPage = page({ path: "/vault", view: vaultView, render: (found) => <VaultPage found={found} /> });

function VaultPage({ found }: { readonly found: VaultSeen }) {
  const { t, may } = useTools();
  const start = { href: "/vault-rounds/new", label: t("act.vault-round.start") };
  return (
    <DeskPage
      title={t("vault.title")}
      lead={t("vault.lead", { days: found.days })}
      subject="vault-round"
      action={may("vault-round.start") ? start : undefined}
    >
      {found.open > 0 && (
        <Notice tone="late" title={t("vault.alarm", { count: found.open })}>
          {t("vault.alarm.next")}
        </Notice>
      )}
      <section>
        <h2>{t("vault.standing")}</h2>
        <Standing found={found} />
        <p>
          <a href="/vault/contents">{t("vault.contents.open")}</a>
        </p>
      </section>
      <section>
        <h2>{t("vault.round")}</h2>
        <Round round={found.round} last={found.rounds[0]} />
      </section>
      <section>
        <h2>{t("vault.findings.open")}</h2>
        <Findings findings={found.findings} open={found.open} />
      </section>
      <section>
        <h2>{t("vault.rounds")}</h2>
        <Rounds rounds={found.rounds} />
      </section>
    </DeskPage>
  );
}

function Standing({ found: { place, room, standing } }: { readonly found: VaultSeen }) {
  const { t, locale } = useTools();
  return (
    <Facts
      rows={[
        [
          t(`vault.place.${place.kind}`),
          <span dir="ltr">
            <code>{place.name}</code> {place.at}
          </span>,
        ],
        [t("vault.holds"), t("vault.blobs", { count: standing.blobs, size: sizeInWords(standing.bytes, locale) })],
        [t("vault.room"), room === null ? t("vault.room.unknown") : sizeInWords(room, locale)],
        [t("vault.verified"), t("vault.of", { count: standing.verified, all: standing.blobs })],
        [
          t("vault.damaged"),
          standing.damaged > 0 && (
            <Tag tone="late">{t("vault.of", { count: standing.damaged, all: standing.blobs })}</Tag>
          ),
        ],
        [t("vault.fresh"), standing.fresh > 0 && t("vault.of", { count: standing.fresh, all: standing.blobs })],
        [
          t("vault.late"),
          standing.late > 0 && <Tag tone="late">{t("vault.of", { count: standing.late, all: standing.blobs })}</Tag>,
        ],
        [t("vault.eldest"), standing.eldest && <When at={standing.eldest} precision="long" />],
      ]}
    />
  );
}

function Round({ round, last }: { readonly round: RoundRow | null; readonly last: RoundRow | undefined }) {
  const { t, locale } = useTools();
  if (!round) return <p class="quiet">{last?.ended_at ? t("vault.round.waits") : t("vault.round.first")}</p>;
  const part = round.bytes === 0 ? 1 : Math.min(round.bytes_done / round.bytes, 1);
  return (
    <>
      <p>
        <progress max={1} value={part} aria-label={t("vault.round.progress")} />{" "}
        {new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 }).format(part)}
      </p>
      <Facts
        rows={[
          [
            t("vault.round.read"),
            t("vault.round.done", {
              done: sizeInWords(round.bytes_done, locale),
              all: sizeInWords(round.bytes, locale),
              count: round.blobs_done,
            }),
          ],
          [t("vault.round.asked"), round.asked_by],
          [t("vault.round.started"), <When at={round.started_at} precision="long" />],
          [t("vault.round.due"), <When at={round.due_at} precision="long" />],
          [t("vault.round.paused"), round.paused && t(`vault.paused.${round.paused}`)],
          [
            t("vault.round.listed"),
            round.listed_at && (
              <>
                <When at={round.listed_at} /> ({t("vault.objects", { count: round.objects ?? 0 })})
              </>
            ),
          ],
        ]}
      />
    </>
  );
}

function Findings({ findings, open }: { readonly findings: readonly FindingRow[]; readonly open: number }) {
  const { t } = useTools();
  return (
    <>
      <FindingTable items={findings} empty={<EmptyState title={t("vault.findings.none")} />} />
      <p>
        <a href="/vault-findings">
          {open > findings.length ? t("vault.findings.more", { count: open }) : t("vault.findings.all")}
        </a>
      </p>
    </>
  );
}

function Rounds({ rounds }: { readonly rounds: readonly RoundRow[] }) {
  const { t, locale } = useTools();
  return (
    <Table<RoundRow>
      caption={t("vault.rounds")}
      rows={rounds}
      id={({ id }) => id}
      empty={<EmptyState title={t("vault.rounds.none")} />}
      columns={[
        {
          key: "started",
          label: t("vault.round.started"),
          primary: true,
          cell: ({ started_at: at }) => <When at={at} />,
        },
        { key: "ended", label: t("vault.round.ended"), cell: ({ ended_at: at }) => at && <When at={at} /> },
        {
          key: "state",
          label: t("vault.round.outcome"),
          cell: ({ state }) => <Tag tone={state === "done" ? "good" : "sealed"}>{t(`vault.round.state.${state}`)}</Tag>,
        },
        { key: "by", label: t("vault.round.asked"), cell: ({ asked_by: by }) => by ?? t("vault.round.by-itself") },
        {
          key: "blobs",
          label: t("vault.round.blobs"),
          end: true,
          cell: ({ blobs_done: n }) => new Intl.NumberFormat(locale).format(n),
        },
        { key: "bytes", label: t("vault.round.size"), end: true, cell: ({ bytes_done: n }) => sizeInWords(n, locale) },
      ]}
    />
  );
}
