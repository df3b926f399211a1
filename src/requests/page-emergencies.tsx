import type { Section } from "../kernel/page.ts";
import { page } from "../kernel/page.ts";
import type { Tools } from "../kernel/tools.ts";
import { DeskPage } from "../ui/desk-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { Facts } from "../ui/facts.tsx";
import { Notice } from "../ui/notice.tsx";
import { Tag, type Tone } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";
import { Worklist } from "../ui/worklist.tsx";
import { requestColumns } from "./columns.tsx";
import { emergencyList, type EmergencyUse, type Reached, reachedOf, type Review, REVIEWS } from "./views-emergency.ts";

const TONES: Readonly<Record<Review, Tone>> = {
  open: "waits",
  lapsed: "late",
  justified: "good",
  "not-justified": "late",
};

const before = (use: EmergencyUse, t: Tools["t"]): string =>
  t("emergency.authorised", { before: use.before_authorisation ? "yes" : "no" });

/** Every use of the emergency way, and what another person found. */
export const emergenciesPage = page({
  path: "/emergencies",
  view: emergencyList,
  render: ({ items, next }, { t, url }) => {
    const columns = requestColumns(t);
    const search = new URLSearchParams(url.split("?")[1] ?? "");
    return (
      <DeskPage title={t("emergency.list")} lead={t("emergency.list.lead")}>
        <Worklist<EmergencyUse>
          caption={t("emergency.list")}
          filters={[
            {
              label: t("emergency.review"),
              options: [
                { label: t("requests.any"), href: "/emergencies", active: !search.has("review") },
                ...REVIEWS.map((each) => ({
                  label: t(`emergency.review.${each}`),
                  href: `/emergencies?review=${each}`,
                  active: search.get("review") === each,
                })),
              ],
            },
          ]}
          rows={items}
          id={({ id }) => id}
          href={({ id }) => `/requests/${id}`}
          tone={({ review }) => (review === "lapsed" ? "late" : undefined)}
          columns={[
            columns.number,
            columns.measure,
            { key: "sent", label: t("emergency.sent"), cell: ({ sent_at }) => <When at={sent_at} /> },
            { key: "sender", label: t("emergency.sender"), cell: ({ sender }) => sender },
            { key: "before", label: t("emergency.decision"), cell: (use) => before(use, t) },
            columns.state,
            {
              key: "review",
              label: t("emergency.review"),
              cell: ({ review }) => <Tag tone={TONES[review]}>{t(`emergency.review.${review}`)}</Tag>,
            },
            { key: "due", label: t("emergency.due"), cell: ({ review_due }) => <When at={review_due} /> },
          ]}
          {...(next
            ? { next: `/emergencies?${new URLSearchParams({ ...Object.fromEntries(search), cursor: next })}` }
            : {})}
          empty={<EmptyState title={t("emergency.none")}>{t("emergency.none.hint")}</EmptyState>}
        />
      </DeskPage>
    );
  },
});

/** On the page of a request: whether anybody there has read it, whether to telephone, and the review of an emergency. */
export const reachedSection: Section = {
  on: "request",
  order: 10,
  read: reachedOf,
  render: (found: never, tools, id) => {
    const reached = found as Reached | undefined;
    if (!reached || ["draft", "submitted", "authorised", "denied"].includes(reached.state)) return null;
    return <ReachedPart reached={reached} tools={tools} id={id} />;
  },
};

function ReachedPart({
  reached,
  tools,
  id,
}: {
  readonly reached: Reached;
  readonly tools: Tools;
  readonly id: string;
}) {
  const { t, now } = tools;
  const { use, voiceDue, seen, side } = reached;
  const isLate = voiceDue !== null && Temporal.Instant.compare(voiceDue, now) <= 0;
  const script = <a href={`/requests/${id}/script`}>{t("script.open")}</a>;
  return (
    <>
      {isLate && (
        <Notice tone="late" title={t("emergency.call-now")}>
          <p>{script}</p>
        </Notice>
      )}
      <h2>{t("emergency.reached")}</h2>
      <Facts
        rows={[
          [
            t(side === "sender" ? "emergency.read-there" : "emergency.read-here"),
            seen.length === 0 ? (
              <span class="quiet">{t("emergency.read-nobody")}</span>
            ) : (
              <ul class="plain-list">
                {seen.map(({ by, at }) => (
                  <li key={`${by}${at}`}>
                    {by}, <When at={Temporal.Instant.from(at)} />
                  </li>
                ))}
              </ul>
            ),
          ],
          !isLate && voiceDue !== null && [t("clock.request.voice"), <When at={voiceDue} precision="long" />],
          !isLate && [t("emergency.voice"), script],
          use && [t("emergency.decision"), before(use, t)],
          use && [
            t("emergency.review"),
            <>
              <Tag tone={TONES[use.review]}>{t(`emergency.review.${use.review}`)}</Tag>{" "}
              {use.reviewed_at ? (
                <>
                  {use.reviewer}, <When at={use.reviewed_at} />
                </>
              ) : (
                <>
                  {t("emergency.due")}: <When at={use.review_due} precision="long" />
                </>
              )}
            </>,
          ],
        ]}
      />
    </>
  );
}
