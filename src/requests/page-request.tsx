import { WHOLE_LANGUAGES } from "../kernel/i18n.ts";
import { page } from "../kernel/page.ts";
import { withParts } from "../kernel/sections.ts";
import { type Tools, useTools } from "../kernel/tools.ts";
import { ActPanel } from "../ui/act-panel.tsx";
import { Clock } from "../ui/clock.tsx";
import { DeskPage } from "../ui/desk-page.tsx";
import { DocumentPreview } from "../ui/preview.tsx";
import { Facts } from "../ui/facts.tsx";
import { Hash } from "../ui/hash.tsx";
import { Lanes } from "../ui/lanes.tsx";
import { Notice } from "../ui/notice.tsx";
import { Parts } from "../ui/parts.tsx";
import { Table } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { Timeline } from "../ui/timeline.tsx";
import { When } from "../ui/when.tsx";
import { isOwn, measureOf } from "../law/slice.ts";
import { particularLines } from "./particulars.ts";
import { SafeguardNotices, SafeguardSection } from "./page-safeguards.tsx";
import { BasisDoubts, NamedBasis } from "./page-basis.tsx";
import { toneOf } from "./columns.tsx";
import { OFFICE_PRACTICE } from "./clocks.ts";
import { ClockLines, peerZoneOf } from "./page-clocks.tsx";
import { isInHand, LIFE, requestSubject, type State } from "./request.ts";
import { type RequestFound, requestView } from "./views.ts";
import { likelyFirst } from "./likely.ts";
import { Change, Struck } from "./page-decide.tsx";
import { Further, OfficeWork, StillMissing } from "./page-further.tsx";
import { Conditions, MissingLines } from "./page-conditions.tsx";
import { sendingWords, type SendingProblem } from "../exchange/slice.ts";
import { Said, whoAt, whoOf } from "./page-said.tsx";

/** Parts of a lower order stand above what is asked, all others below the history. */
const ASKED = 20;
const ENDED: readonly State[] = ["denied", "refused", "withdrawn", "lapsed", "closed"];

/** One request: what is asked, where it stands, what is due, what was done; the same picture on both nodes. */
export const requestPage = page({
  path: "/requests/:id",
  view: withParts("request.page", requestSubject, requestView),
  render: ({ file: request, parts }, { t, acts, may, node }) => (
    <DeskPage
      title={`${request.measure} ${request.number}`}
      kicker={t("requests.kicker", {
        measure: t(`measure.${request.measure}`),
        basis: measureOf(request.measure).basis,
      })}
      heading={request.number}
      tags={
        <>
          <Tag tone={toneOf(request.state)}>{t(`state.${request.state}`)}</Tag>
          {request.urgency !== "routine" && <Tag tone="late">{t(`option.urgency.${request.urgency}`)}</Tag>}
        </>
      }
      lead={request.offence}
      trail={[{ href: "/requests", label: t("requests.all") }]}
      subject="request"
      picture={
        <section>
          <h2>{t("requests.life")}</h2>
          <p>{t(`requests.${isOwn(request.measure) ? "own" : "stands"}.${request.state}`, sidesOf(request, node))}</p>
          <Life request={request} />
        </section>
      }
      side={
        <>
          <ActPanel
            acts={likelyFirst(
              acts(requestSubject, { ...request }).filter(({ act }) => act.verb !== "enter" || request.byMail),
              request,
            )}
          >
            {isOwn(request.measure) && may("item.lodge") && (
              <a href={`/items/new?request=${request.id}`}>{t("requests.lodge")}</a>
            )}
            {request.byMail &&
              request.caseFile &&
              may("item.acquire") &&
              request.history.some(({ act }) => act === "enter") && (
                <a href={`/cases/${request.caseFile.id}/items/new?request=${request.id}`}>{t("letters.lodge")}</a>
              )}
            {request.side === "receiver" && isInHand(request) && (
              <>
                {may("request.carry") && <a href={`/requests/${request.id}/requests/new`}>{t("requests.carry-out")}</a>}
                {may("item.lodge") && <a href={`/items/new?request=${request.id}`}>{t("requests.lodge")}</a>}
              </>
            )}
            <Further request={request} />
            {request.caseFile && (
              <a href={`/cases/${request.caseFile.id}`}>{t("requests.to-case", { number: request.caseFile.number })}</a>
            )}
          </ActPanel>
          <Clocks request={request} />
        </>
      }
    >
      <Problems request={request} />
      <SafeguardNotices request={request} names={(code) => (code === request.peer ? request.peer_name : node.name)} />
      <ClockLines request={request} />
      <Parts of={request.id} parts={parts.filter(({ section }) => section.order < ASKED)} />
      <StillMissing request={request} />
      <Change {...request} />
      <Conditions request={request} />
      <MissingLines missing={request.missing} data={request.data} />
      <BasisDoubts request={request} />
      <Asked request={request} />
      <SafeguardSection request={request} />
      <Struck request={request} />
      <OfficeWork request={request} />
      <Related request={request} />
      <section>
        <h2>{t("requests.history")}</h2>
        <Timeline
          events={request.history.map((line) => ({
            at: Temporal.Instant.from(line.at),
            what: t(`happened.request.${line.act}`),
            who: whoAt(line, request, { t, node }),
            detail: <Said line={line} request={request} />,
          }))}
        />
      </section>
      <Parts of={request.id} parts={parts.filter(({ section }) => section.order >= ASKED)} />
    </DeskPage>
  ),
});

/** The two sides by name, the same on both nodes. */
const sidesOf = ({ side, peer_name: peer }: RequestFound, { name }: Tools["node"]) =>
  side === "sender" ? { sender: name, receiver: peer } : { sender: peer, receiver: name };

/** A message that did not get through, or that the other side refused, in words. */
function Problems({ request }: { readonly request: RequestFound }) {
  const tools = useTools();
  const { t } = tools;
  return (
    <>
      {request.sending.map(({ act, seq, attempts, delivered_at, problem }) => {
        const known = problem as SendingProblem | null;
        return (
          <Notice
            key={seq}
            tone={known ? "late" : "waits"}
            title={known?.stage === "application" ? t("requests.refused-there") : t("requests.on-its-way")}
          >
            <p>{t("requests.sending", { act: t(`act.${act}`), attempts, delivered: delivered_at ? "yes" : "no" })}</p>
            {known && <p>{sendingWords(tools, known, attempts)}</p>}
          </Notice>
        );
      })}
    </>
  );
}

/** The two-lane picture. An act of the sender crosses once it was sent; an answer crosses back. */
function Life({ request }: { readonly request: RequestFound }) {
  const { t, node } = useTools();
  const { side, peer_name, authority, history, clocks, received_at } = request;
  const mine = { name: node.name };
  const theirs = { name: peer_name };
  const sender =
    side === "sender" ? { ...mine, office: authority.office } : { name: authority.country, office: authority.office };
  const shared = history.findIndex(({ act }) => act === "send");
  return (
    <Lanes
      sender={sender}
      receiver={side === "sender" ? theirs : mine}
      closed={ENDED.includes(request.state)}
      stops={history.map(({ act, at, by, node: where }, index) => {
        const { by: whose } = LIFE[act as keyof typeof LIFE] ?? {};
        const isTheirs = act === "enter" || whose === "receiver" || (whose === "either" && where !== authority.node);
        const from = isTheirs ? ("receiver" as const) : ("sender" as const);
        const arrives =
          act === "send" ? received_at : shared >= 0 && index > shared ? Temporal.Instant.from(at) : undefined;
        return {
          side: from,
          act: t(`happened.request.${act}`),
          at: Temporal.Instant.from(at),
          who: whoOf(by, t),
          ...(arrives === undefined ? {} : { arrives }),
        };
      })}
      clocks={clocks.map(({ rule, startsAt, dueAt, endedAt, suspendedAt }) => ({
        side: "receiver" as const,
        label: t(`clock.${rule}`),
        from: startsAt,
        due: dueAt,
        ...(endedAt ? { ended: endedAt } : {}),
        ...(suspendedAt ? { suspended: suspendedAt } : {}),
      }))}
    />
  );
}

function Clocks({ request }: { readonly request: RequestFound }) {
  const { t } = useTools();
  const { clocks } = request;
  const there = peerZoneOf(request);
  if (clocks.length === 0) return null;
  return (
    <section>
      <h2>{t("requests.clocks")}</h2>
      {clocks.map(({ rule, startsAt, dueAt, endedAt, suspendedAt, source, unknownYears }, index) => (
        <Clock
          key={`${rule} ${index}`}
          label={t(`clock.${rule}`)}
          started={startsAt}
          due={dueAt}
          {...(endedAt ? { ended: endedAt } : {})}
          {...(suspendedAt ? { suspended: suspendedAt } : {})}
          {...(there ? { peer: { zone: there } } : {})}
          {...(source
            ? {
                rule: {
                  cite: source === OFFICE_PRACTICE ? t("clock.office-practice") : source,
                  ...(unknownYears.length > 0
                    ? { words: t("requests.clock.unknown-years", { years: unknownYears.join(", ") }) }
                    : {}),
                },
              }
            : {})}
        />
      ))}
    </section>
  );
}

function Asked({ request }: { readonly request: RequestFound }) {
  const { t, locale } = useTools();
  const { authority, particulars, data } = request;
  const unsaid = <span class="quiet">{t("requests.not-said")}</span>;
  return (
    <section>
      <h2>{t("requests.asked")}</h2>
      <Facts
        rows={[
          [
            t("requests.with"),
            t(request.side === "sender" ? "requests.to" : "requests.from", {
              peer: t("requests.peer", { name: request.peer_name, code: request.peer }),
            }),
          ],
          [t("field.request.article"), request.article && t(`option.article.${request.article}`)],
          [t("field.request.basis"), request.basis && <NamedBasis basis={request.basis} />],
          [t("field.request.facts"), request.facts || unsaid],
          [t("field.request.necessity"), request.necessity || unsaid],
          [t("field.request.proportionality"), request.proportionality || unsaid],
          [t("field.request.custodian"), request.custodian || unsaid],
          ...particularLines(particulars, { t, locale }),
          [
            t("requests.drafter"),
            [
              authority.person,
              authority.office,
              ...(authority.office.includes(authority.country) ? [] : [authority.country]),
            ].join(", "),
          ],
          [
            t("requests.authorised-by"),
            authority.authorisedBy && `${authority.authorisedBy}, ${authority.authorisedOffice ?? ""}`,
          ],
          [t("requests.provision"), authority.provision],
          [t("field.request.until"), request.authorised_until && <When at={request.authorised_until} />],
          [
            t("requests.document"),
            request.document && (
              <>
                <Hash value={request.document} label="SHA-256" />
                {!request.document_kept && <p class="quiet">{t("requests.document.anew")}</p>}
              </>
            ),
          ],
        ]}
      />
      <Table
        caption={t("field.request.data")}
        captionShown
        rows={data.map((each, index) => ({ ...each, index }))}
        id={({ index }) => `${index}`}
        columns={[
          {
            key: "category",
            label: t("field.request.category"),
            primary: true,
            cell: ({ category }) => t(`option.category.${category}`),
          },
          { key: "description", label: t("field.request.description"), cell: ({ description }) => description },
          {
            key: "identifiers",
            label: t("field.request.identifiers"),
            cell: ({ identifiers }) => identifiers.map((each) => <code key={each}>{each} </code>),
          },
        ]}
        empty={<p class="quiet">{t("requests.no-data")}</p>}
      />
      <div class="columns">
        {WHOLE_LANGUAGES.map((language) => (
          <DocumentPreview
            key={language}
            title={t(`requests.document.${language}`)}
            href={`/api/v1/requests/${request.id}/document?language=${language}`}
            kind="PDF"
          />
        ))}
      </div>
    </section>
  );
}

function Related({ request: { related, items } }: { readonly request: RequestFound }) {
  const { t } = useTools();
  if (related.length === 0 && items.length === 0) return null;
  return (
    <section>
      <h2>{t("requests.related")}</h2>
      <Table
        caption={t("requests.related")}
        rows={related}
        id={({ id }) => id}
        href={({ id }) => `/requests/${id}`}
        columns={[
          { key: "number", label: t("requests.number"), primary: true, cell: ({ number }) => number },
          { key: "how", label: t("requests.how"), cell: ({ how }) => t(`requests.how.${how}`) },
          {
            key: "measure",
            label: t("field.request.measure"),
            cell: ({ measure, peer_name }) => `${t(`measure.${measure}`)}, ${peer_name}`,
          },
          {
            key: "state",
            label: t("request.state"),
            cell: ({ state }) => <Tag tone={toneOf(state as State)}>{t(`state.${state}`)}</Tag>,
          },
        ]}
        empty={null}
      />
      {items.length > 0 && (
        <ul>
          {items.map((id, index) => (
            <li key={id}>
              <a href={`/items/${id}`}>{t("requests.item", { number: index + 1 })}</a>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
