import { page } from "../kernel/page.ts";
import { type Tools, useTools } from "../kernel/tools.ts";
import { ActPanel } from "../ui/act-panel.tsx";
import { DeskPage } from "../ui/desk-page.tsx";
import { Facts } from "../ui/facts.tsx";
import { Notice } from "../ui/notice.tsx";
import { Table } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";
import { keySubject, type State } from "./key.ts";
import { keyFile, type KeyLine, keyList, type KeyList } from "./views.ts";

const TONES: Readonly<Record<State, "good" | "waits" | "plain">> = {
  current: "good",
  former: "waits",
  idle: "waits",
  destroyed: "plain",
};

/** Under which keys evidence is kept, and how far moving to another has come. */
export const keysPage = page({ path: "/vault-keys", view: keyList, render: (list) => <KeysPage list={list} /> });

function KeysPage({ list: { items, holder } }: { readonly list: KeyList }) {
  const { t, may, locale } = useTools();
  const number = new Intl.NumberFormat(locale);
  const current = items.find(({ state }) => state === "current");
  const former = items.filter(({ state }) => state === "former");
  const left = former.reduce((sum, { wraps }) => sum + wraps, 0);
  const all = items.reduce((sum, { wraps }) => sum + wraps, 0);
  return (
    <DeskPage
      title={t("keys.title")}
      lead={t("keys.lead")}
      subject="vault-key"
      action={may("vault-key.make") ? { href: "/vault-keys/new", label: t("act.vault-key.make") } : undefined}
    >
      {current && current.holder !== holder && (
        <Notice tone="late" title={t("keys.elsewhere")}>
          {t("keys.elsewhere.next", { now: t(`keys.holder.${current.holder}`), wanted: t(`keys.holder.${holder}`) })}
        </Notice>
      )}
      {former.length > 0 && (
        <Notice title={t("keys.moving")}>
          <p>
            <progress max={all} value={all - left} aria-label={t("keys.moving")} />{" "}
            {t("keys.moving.left", { left, all })}
          </p>
        </Notice>
      )}
      {items.some(({ state }) => state === "idle") && <Notice title={t("keys.idle")}>{t("keys.idle.next")}</Notice>}
      <Table
        caption={t("keys.title")}
        rows={items}
        id={({ id }) => id}
        href={({ id }) => `/vault-keys/${id}`}
        columns={[
          {
            key: "name",
            label: t("keys.name"),
            primary: true,
            cell: ({ name }: KeyLine) => (
              <span class="code-small" dir="ltr">
                {name}
              </span>
            ),
          },
          { key: "holder", label: t("keys.holder"), cell: (key: KeyLine) => t(`keys.holder.${key.holder}`) },
          {
            key: "state",
            label: t("keys.state"),
            cell: ({ state }: KeyLine) => <Tag tone={TONES[state]}>{t(`keys.state.${state}`)}</Tag>,
          },
          { key: "wraps", label: t("keys.wraps"), end: true, cell: ({ wraps }: KeyLine) => number.format(wraps) },
          { key: "made", label: t("keys.made"), cell: ({ made_at }: KeyLine) => <When at={made_at} precision="day" /> },
        ]}
      />
    </DeskPage>
  );
}

export const keyPage = page({
  path: "/vault-keys/:id",
  view: keyFile,
  render: (key, tools) => <KeyPage line={key} tools={tools} />,
});

function KeyPage({ line, tools }: { readonly line: KeyLine; readonly tools: Tools }) {
  const { t, locale } = tools;
  const { name, state, wraps, made_at, destroyed_at, shredded_at } = line;
  return (
    <DeskPage
      title={t("keys.one", { name })}
      heading={
        <bdi dir="ltr" class="code">
          {name}
        </bdi>
      }
      kicker={t("keys.kicker")}
      tags={<Tag tone={TONES[state]}>{t(`keys.state.${state}`)}</Tag>}
      trail={[{ label: t("keys.title"), href: "/vault-keys" }]}
      subject="vault-key"
      side={<ActPanel acts={tools.acts(keySubject, { ...line })} />}
    >
      <p>{t(`keys.state.${state}.means`)}</p>
      <Facts
        rows={[
          [t("keys.holder"), t(`keys.holder.${line.holder}`)],
          [t("keys.wraps"), new Intl.NumberFormat(locale).format(wraps)],
          [t("keys.made"), <When at={made_at} precision="long" />],
          destroyed_at !== null && [t("keys.destroyed"), <When at={destroyed_at} precision="long" />],
          destroyed_at !== null && [
            t("keys.shredded"),
            shredded_at === null ? t("keys.shredded.waits") : <When at={shredded_at} precision="long" />,
          ],
        ]}
      />
    </DeskPage>
  );
}
