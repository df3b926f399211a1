import type { ComponentChildren } from "preact";
import type { CourtItem, CourtLedger } from "../evidence/slice.ts";
import { useTools } from "../kernel/tools.ts";
import { Facts } from "../ui/facts.tsx";
import { Hash } from "../ui/hash.tsx";
import { Tag } from "../ui/tag.tsx";
import { sizeInWords } from "../ui/upload.tsx";
import { When } from "../ui/when.tsx";
import { type Check, checksOf } from "./checks.ts";
import type { Exhibit } from "./views.ts";

/** How an exhibit stands before the court. */
export function Standing({ state }: { readonly state: string }) {
  const { t } = useTools();
  return (
    <Tag
      tone={state === "tendered" ? "waits" : state === "excluded" ? "late" : state === "admitted" ? "good" : "plain"}
    >
      {t(`exhibit.state.${state}`)}
    </Tag>
  );
}

/** One exhibit as a judge needs it: what, whence, through whose hands, verified how. */
export function ExhibitParts({
  exhibit,
  item,
  ledger,
  level = 3,
}: {
  readonly exhibit: Exhibit;
  readonly item: CourtItem | null;
  readonly ledger: CourtLedger | null;
  /** Of the headings inside. */
  readonly level?: 2 | 3;
}) {
  const { t } = useTools();
  const Heading = `h${level}` as const;
  const part = (key: string, content: ComponentChildren) => (
    <section class="court-part">
      <Heading>{t(`court.${key}`)}</Heading>
      {content}
    </section>
  );
  return (
    <>
      <p class="said" dir="auto">
        {exhibit.proves}
      </p>
      {item === null ? (
        <p class="quiet">{t("court.no-item")}</p>
      ) : (
        <div class="court-parts">
          {part("what", <What item={item} />)}
          {part("whence", <Whence item={item} />)}
          {part("hands", <Hands item={item} />)}
          {part("verified", <Checks checks={checksOf(item, ledger)} />)}
        </div>
      )}
      {exhibit.ruling !== undefined && exhibit.decided_at !== null && (
        <section class="court-ruling">
          <Heading>{t(`court.ruling.${exhibit.state === "excluded" ? "excluded" : "admitted"}`)}</Heading>
          <p class="said" dir="auto">
            {exhibit.ruling}
          </p>
          <p class="quiet">
            {exhibit.decided_by_name}, <When at={exhibit.decided_at} precision="long" />
            {exhibit.provision !== undefined && `, ${exhibit.provision}`}
          </p>
        </section>
      )}
    </>
  );
}

function What({ item }: { readonly item: CourtItem }) {
  const { t, locale } = useTools();
  return (
    <Facts
      rows={[
        [
          t("court.item"),
          <a href={`/items/${item.id}`} class="code-small">
            {item.number}
          </a>,
        ],
        [t("field.item.description"), item.description],
        [t("items.file"), `${item.name} (${item.media}, ${sizeInWords(item.bytes, locale)})`],
        [t("items.digest"), <Hash value={item.digest} label="SHA-256" />],
        [
          t("items.col.state"),
          <>
            {t(`state.${item.state}`)}
            {item.held && `, ${t("items.held")}`}
          </>,
        ],
        item.seal_number !== null && [t("field.item.seal_number"), item.seal_number],
      ]}
    />
  );
}

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

function Whence({ item }: { readonly item: CourtItem }) {
  const { t, has } = useTools();
  const { acquisition: facts } = item;
  const method = text(facts["method"]);
  const tool = [text(facts["tool"]), text(facts["tool_version"])].filter(Boolean).join(" ");
  const clock = text(facts["time_source"]);
  return (
    <Facts
      rows={[
        [t("items.acquired"), <When at={item.acquired_at} precision="long" />],
        item.acquired_by !== null && [t("court.acquired-by"), item.acquired_by],
        item.peer !== null && [t("items.peer"), item.peer],
        item.request !== null && [
          t("field.item.request"),
          <a href={`/requests/${item.request.id}`}>{item.request.number}</a>,
        ],
        item.parent !== null && [t("items.made-from"), <a href={`/items/${item.parent.id}`}>{item.parent.number}</a>],
        [t("field.item.source"), text(facts["source"])],
        method !== undefined && [
          t("field.item.method"),
          has(`option.method.${method}`) ? t(`option.method.${method}`) : method,
        ],
        [t("field.item.place"), text(facts["place"])],
        [t("field.item.device_serial"), text(facts["device_serial"])],
        [t("field.item.write_blocker"), text(facts["write_blocker"])],
        [t("field.item.tool"), tool],
        clock !== undefined && [
          t("field.item.time_source"),
          has(`option.time_source.${clock}`) ? t(`option.time_source.${clock}`) : clock,
        ],
        [t("field.item.authority"), text(facts["authority"])],
      ]}
    />
  );
}

function Hands({ item }: { readonly item: CourtItem }) {
  const { t } = useTools();
  return (
    <>
      <ol class="court-hands">
        {item.hands.map(({ having, who, office, from, until }, at) => (
          <li key={at}>
            <b>{who.startsWith("system:") ? t("actor.node") : who.replace(/^peer:/, "")}</b>
            {office !== null && `, ${office}`}
            {having !== "kept" && ` (${t(`items.having.${having}`)})`}
            <br />
            <span class="quiet">
              <When at={from} precision="long" /> –{" "}
              {until === null ? t("court.hands.now") : <When at={until} precision="long" />}
            </span>
          </li>
        ))}
      </ol>
      <p class="quiet">{t("court.opened", item.opened)}</p>
    </>
  );
}

/** What was checked and with what outcome; the sign is said in words too. */
function Checks({ checks }: { readonly checks: readonly Check[] }) {
  const { t, locale, zone } = useTools();
  const day = (at: Temporal.Instant) =>
    at.toZonedDateTimeISO(zone).toPlainDate().toLocaleString(locale, { dateStyle: "medium" });
  return (
    <ul class="court-checks">
      {checks.map(({ key, outcome, count, total, at }) => (
        <li key={key} class={outcome}>
          <span class="court-sign" aria-hidden="true">
            {outcome === "good" ? "✓" : outcome === "bad" ? "✗" : "–"}
          </span>
          <span>
            <span class="hidden">{t(`court.outcome.${outcome}`)}: </span>
            {t(`court.check.${key}`, { count: count ?? 0, total: total ?? 0, day: at ? day(at) : "" })}
          </span>
        </li>
      ))}
    </ul>
  );
}
