import { useTools } from "../kernel/tools.ts";
import { Facts } from "../ui/facts.tsx";
import { fieldId } from "../ui/field.tsx";
import { sentenceOf } from "../ui/schema-fields.tsx";
import { Table } from "../ui/table.tsx";
import { When } from "../ui/when.tsx";
import { followedBy } from "../law/slice.ts";
import { missing } from "./substance.ts";
import type { RequestFound } from "./views.ts";

/** States in which a next request rests on this one. */
const FOLLOWABLE = new Set(["delivered", "acknowledged", "accepted", "executing", "partly-executed", "executed"]);

/** The ways on from a request: the next measure with what is known carried over, the bundle it is of. */
export function Further({ request }: { readonly request: RequestFound }) {
  const { t, may } = useTools();
  const { id, side, state, measure, caseFile, bundle } = request;
  const isFollowed = side === "sender" && caseFile !== null && FOLLOWABLE.has(state) && may("request.draft");
  return (
    <>
      {isFollowed &&
        followedBy(measure).map((next) => (
          <p key={next}>
            <a href={`/cases/${caseFile.id}/requests/new?measure=${next}&after=${id}`}>
              {t("requests.follow-up", { measure: next, name: t(`measure.${next}`) })}
            </a>
          </p>
        ))}
      {bundle !== null && (
        <p>
          <a href={`/requests?bundle=${bundle}`}>{t("requests.to-bundle")}</a>
        </p>
      )}
    </>
  );
}

/** What a draft still lacks before it can be decided on. */
export function StillMissing({ request }: { readonly request: RequestFound }) {
  const { t } = useTools();
  const lacks = request.state === "draft" && request.side === "sender" ? missing(request) : [];
  if (lacks.length === 0) return null;
  return (
    <section>
      <h2>{t("help.missing")}</h2>
      <ul>
        {lacks.map((each) => (
          <li key={each.path}>
            <a href={`/requests/${request.id}/revise#${fieldId(each.path)}`}>{sentenceOf(each, t)}</a>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What this office has to do with it beside the law: who carries it out here, translations, files that go along. */
export function OfficeWork({ request }: { readonly request: RequestFound }) {
  const { t, locale } = useTools();
  const { assigned_name: office, translations, annexes } = request;
  if (office === null && translations.length === 0 && annexes.length === 0) return null;
  const languages = new Intl.DisplayNames([locale], { type: "language" });
  return (
    <section>
      <h2>{t("requests.office-work")}</h2>
      <Facts
        rows={[
          [t("requests.carried-by"), office],
          annexes.length > 0 && [
            t("requests.annexes"),
            annexes.map((item, index) => (
              <>
                {" "}
                <a key={item} href={`/items/${item}`}>
                  {t("requests.item", { number: index + 1 })}
                </a>
              </>
            )),
          ],
        ]}
      />
      {translations.length > 0 && (
        <Table
          caption={t("translation.title")}
          captionShown
          rows={translations.map((each, index) => ({ ...each, index }))}
          id={({ index }) => `${index}`}
          columns={[
            {
              key: "language",
              label: t("field.request.language"),
              primary: true,
              cell: ({ language }) => languages.of(language) ?? language,
            },
            { key: "translator", label: t("field.request.translator"), cell: ({ translator }) => translator },
            {
              key: "ordered",
              label: t("translation.ordered"),
              cell: ({ ordered_at, ordered_by }) => (
                <>
                  <When at={Temporal.Instant.from(ordered_at)} precision="day" />, {ordered_by}
                </>
              ),
            },
            {
              key: "due",
              label: t("field.request.due"),
              cell: ({ due }) => <When at={Temporal.PlainDate.from(due)} />,
            },
            {
              key: "received",
              label: t("translation.received"),
              cell: ({ received_at, received_by }) =>
                received_at === undefined ? (
                  <span class="quiet">{t("translation.awaited")}</span>
                ) : (
                  <>
                    <When at={Temporal.Instant.from(received_at)} precision="day" />, {received_by}
                  </>
                ),
            },
          ]}
        />
      )}
    </section>
  );
}
