import { page } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
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
import { CATEGORIES, KINDS, setSubject } from "./hash-set.ts";
import { isUnderWay, setFile, type SetFound, setList, type SetList } from "./views.ts";

export const setsPage = page({ path: "/hash-sets", view: setList, render: (list) => <SetsPage list={list} /> });

const TONES: Readonly<Record<string, Tone>> = { proposed: "waits", retired: "sealed" };
function Entries({ entries }: { readonly entries: Readonly<Record<string, number>> }) {
  const { locale } = useTools();
  const number = new Intl.NumberFormat(locale);
  const said = KINDS.filter((kind) => (entries[kind] ?? 0) > 0).map(
    (kind) => `${NAMES[kind]}: ${number.format(entries[kind] ?? 0)}`,
  );
  return <bdi>{said.length === 0 ? "–" : said.join(", ")}</bdi>;
}
/** Names of the kinds of hash, the same in every language. */
export const NAMES = { md5: "MD5", sha1: "SHA-1", sha256: "SHA-256", pdq: "PDQ" } as const;

const hrefOf = (category: string | undefined, retired = false): string => {
  const query = new URLSearchParams({
    ...(category ? { category } : {}),
    ...(retired ? { retired: "true" } : {}),
  }).toString();
  return query ? `/hash-sets?${query}` : "/hash-sets";
};

function SetsPage({ list: { items, filters } }: { readonly list: SetList }) {
  const { t, may, locale } = useTools();
  const action = may("hash-set.register") ? { href: "/hash-sets/new", label: t("act.hash-set.register") } : undefined;
  return (
    <DeskPage title={t("things.hash-set")} lead={t("hashsets.lead")} action={action}>
      <Worklist
        caption={t("things.hash-set")}
        filters={[
          {
            label: t("field.hash-set.category"),
            options: [
              { label: t("hashsets.all"), href: hrefOf(undefined), active: !filters.category && !filters.retired },
              ...CATEGORIES.map((each) => ({
                label: t(`option.category.${each}`),
                href: hrefOf(each === filters.category ? undefined : each),
                active: each === filters.category,
              })),
              {
                label: t("hashsets.state.retired"),
                href: hrefOf(undefined, !filters.retired),
                active: filters.retired,
              },
            ],
          },
        ]}
        rows={items}
        id={({ id }) => id}
        href={({ id }) => `/hash-sets/${id}`}
        tone={({ state }) => TONES[state ?? ""]}
        columns={[
          { key: "name", label: t("field.hash-set.name"), primary: true, cell: ({ name }) => name },
          {
            key: "category",
            label: t("field.hash-set.category"),
            cell: ({ category }) => t(`option.category.${category}`),
          },
          { key: "source", label: t("field.hash-set.source"), cell: ({ source }) => source },
          { key: "version", label: t("hashsets.version"), whole: true, cell: ({ version }) => version ?? "–" },
          { key: "entries", label: t("hashsets.entries"), cell: ({ entries }) => <Entries entries={entries} /> },
          {
            key: "matched",
            label: t("hashsets.matched"),
            end: true,
            cell: ({ matched }) => new Intl.NumberFormat(locale).format(matched),
          },
          {
            key: "state",
            label: t("hashsets.state"),
            whole: true,
            cell: ({ state }) => <Tag tone={TONES[state ?? ""] ?? "plain"}>{t(`hashsets.state.${state}`)}</Tag>,
          },
        ]}
        empty={
          <EmptyState title={t("hashsets.none")} {...(action ? { act: action } : {})}>
            {t("hashsets.none.hint")}
          </EmptyState>
        }
      />
    </DeskPage>
  );
}

export const setPage = page({ path: "/hash-sets/:id", view: setFile, render: (found) => <SetPage found={found} /> });

function SetPage({ found }: { readonly found: SetFound }) {
  const { t, acts, locale, url } = useTools();
  const { name, source, category, licence, office_name, distance, state, version, live_at, entries, matched } = found;
  const number = new Intl.NumberFormat(locale);
  return (
    <DeskPage
      title={name}
      subject="hash-set"
      trail={[{ label: t("things.hash-set"), href: "/hash-sets" }]}
      tags={<Tag tone={TONES[state ?? ""] ?? "plain"}>{t(`hashsets.state.${state}`)}</Tag>}
      side={<ActPanel acts={acts(setSubject, { ...found })} />}
    >
      {state === "proposed" && (
        <Notice tone="waits" title={t("hashsets.proposed")}>
          {t("hashsets.proposed.words")}
        </Notice>
      )}
      {isUnderWay(found) && (
        <Notice title={t("hashsets.building")}>
          <p>
            {t("hashsets.building.words")} <a href={url}>{t("hashsets.again")}</a>
          </p>
        </Notice>
      )}
      <Facts
        rows={[
          [t("field.hash-set.category"), t(`option.category.${category}`)],
          [t("field.hash-set.source"), source],
          licence !== null && [t("field.hash-set.licence"), licence],
          [t("field.hash-set.office"), office_name ?? t("hashsets.office.all")],
          [t("hashsets.version"), version ?? t("hashsets.version.none")],
          live_at !== null && [t("hashsets.live"), <When at={live_at} precision="long" />],
          [t("hashsets.entries"), <Entries entries={entries} />],
          [t("field.hash-set.distance"), t("hashsets.distance.of", { distance })],
          [t("hashsets.matched"), number.format(matched)],
        ]}
      />
      {category === "child-abuse" && <p class="quiet">{t("hashsets.never-shown")}</p>}
      <section>
        <h2>{t("hashsets.versions")}</h2>
        <Table
          caption={t("hashsets.versions")}
          rows={found.versions}
          id={({ id }) => id}
          tone={({ state: each }) => (each === "failed" ? "late" : each === "proposed" ? "waits" : undefined)}
          empty={<p class="quiet">{t("hashsets.versions.none")}</p>}
          columns={[
            { key: "version", label: t("hashsets.version"), primary: true, cell: (each) => each.version },
            {
              key: "state",
              label: t("hashsets.state"),
              cell: (each) => (
                <>
                  {t(`hashsets.version.${each.state}`)}
                  {each.state === "building" && <Built read={each.read_bytes} of={each.list_bytes} />}
                  {each.problem !== null && <span class="small"> {t(`refusal.${each.problem}`)}</span>}
                </>
              ),
            },
            {
              key: "entries",
              label: t("hashsets.entries"),
              cell: (each) => <Entries entries={each.entries as Record<string, number>} />,
            },
            {
              key: "passed",
              label: t("hashsets.passed-over"),
              end: true,
              cell: (each) => number.format(each.passed_over),
            },
            {
              key: "by",
              label: t("hashsets.by"),
              cell: (each) => [each.by, each.confirmed].filter(Boolean).join(", ") || t("actor.node"),
            },
            { key: "at", label: t("hashsets.at"), whole: true, cell: (each) => <When at={each.at} /> },
          ]}
        />
      </section>
    </DeskPage>
  );
}

function Built({ read, of }: { readonly read: number; readonly of: number | null }) {
  const { t, locale } = useTools();
  const words = t("hashsets.read-of", { read: sizeInWords(read, locale), of: sizeInWords(of ?? 0, locale) });
  return (
    <>
      {" "}
      <progress max={Math.max(of ?? 1, 1)} value={read} aria-label={words} /> <span class="small quiet">{words}</span>
    </>
  );
}
