import { page } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { DeskPage } from "../ui/desk-page.tsx";
import { Facts } from "../ui/facts.tsx";
import { Notice } from "../ui/notice.tsx";
import { placeOf, When } from "../ui/when.tsx";
import { telephone as inLine } from "./document-form.ts";
import { GROUND, isEmergency } from "./emergency.ts";
import { saidIn } from "./particulars.ts";
import { requestSubject } from "./request.ts";
import { requestScript, type Script } from "./views-emergency.ts";

/** Beside the telephone: whom to call, what time it is there, what to say word for word, and room for what they answer. */
export const scriptPage = page({
  path: "/requests/:id/script",
  view: requestScript,
  render: (script, { t, acts }) => (
    <DeskPage
      title={t("script.title", { number: script.request.number })}
      kicker={t("script.kicker")}
      lead={t("script.lead")}
      trail={[
        { href: "/requests", label: t("requests.all") },
        { href: `/requests/${script.request.id}`, label: script.request.number },
      ]}
      action={
        acts(requestSubject, { ...script.request }).some(({ act, allowed }) => act.verb === "call" && allowed)
          ? { href: `/requests/${script.request.id}/call`, label: t("act.request.call") }
          : undefined
      }
    >
      <Whom script={script} />
      <Words script={script} />
      <Answer />
    </DeskPage>
  ),
});

const telephone = (number: string) => (
  <a href={`tel:${number.replaceAll(/[^\d+]/g, "")}`}>
    <bdi dir="ltr">{number}</bdi>
  </a>
);

function Whom({ script: { contact, request } }: { readonly script: Script }) {
  const { t, now, locale } = useTools();
  if (!contact)
    return (
      <Notice tone="late" title={t("script.nobody")}>
        <p>{t("script.nobody.hint", { peer: request.peer })}</p>
      </Notice>
    );
  const names = new Intl.DisplayNames([locale], { type: "language" });
  return (
    <section>
      <h2>{t("script.whom", { name: contact.name })}</h2>
      <Facts
        rows={[
          [t("contact.voice"), contact.voice ? telephone(contact.voice) : t("contact.none")],
          [t("contact.escalation"), contact.escalation],
          [t("contact.languages"), contact.languages.map((each) => names.of(each) ?? each).join(", ")],
          [
            t("contact.local"),
            contact.zone && (
              <>
                <When at={now} zone={contact.zone} precision="long" /> ({placeOf(contact.zone)})
              </>
            ),
          ],
          [
            t("contact.hours"),
            <>
              {contact.hours ?? t("contact.none")}{" "}
              {contact.open !== null && <b>{t(contact.open ? "contact.open" : "contact.closed")}</b>}
            </>,
          ],
        ]}
      />
    </section>
  );
}

const LABELS = {
  risk: "script.say.risk",
  endangered: "script.say.endangered",
  emergency: "script.say.emergency-ground",
  imminence: "script.say.imminence",
} as const;

function Words({ script: { request, contact, ownVoice, caller } }: { readonly script: Script }) {
  const { t, node, locale } = useTools();
  const first = contact?.digits.split(" ")[0] ?? "";
  const lines = [
    t("script.say.who", { caller, node: node.name }),
    t(isEmergency(request) ? "script.say.emergency" : "script.say.ordinary", { number: request.number }),
    ...(first ? [t("script.say.proof-only", { digits: first })] : []),
    ...(ownVoice ? [t("script.say.voice", { voice: inLine(ownVoice) })] : []),
    t(request.side === "sender" ? "script.say.sent" : "script.say.received", {
      measure: t(`measure.${request.measure}`),
      offence: request.offence,
    }),
    ...(isEmergency(request)
      ? GROUND.flatMap((name) => {
          const value = request.particulars[name] ?? "";
          return value === "" ? [] : [`${t(LABELS[name])} ${saidIn(name, value, { t, locale })}`];
        })
      : []),
    ...(request.data.length > 0
      ? [
          t("script.say.data", {
            data: request.data
              .map(({ category, description }) =>
                t("script.data-line", { category: t(`option.category.${category}`), description }),
              )
              .join("; "),
          }),
        ]
      : []),
    t("script.say.ask"),
  ];
  return (
    <section>
      <h2>{t("script.say")}</h2>
      <ol class="script">
        {lines.map((line) => (
          <li key={line} dir="auto">
            {line}
          </li>
        ))}
      </ol>
      <p class="quiet">{t("script.line-open")}</p>
    </section>
  );
}

/** Room to write by hand, where the page was printed. */
function Answer() {
  const { t } = useTools();
  const asked = ["person", "time", "answer", "by-when"] as const;
  return (
    <section>
      <h2>{t("script.answer")}</h2>
      <dl class="facts script-blank">
        {asked.map((each) => (
          <div key={each}>
            <dt>{t(`script.answer.${each}`)}</dt>
            <dd> </dd>
          </div>
        ))}
      </dl>
      <p class="quiet">{t("script.answer.then")}</p>
    </section>
  );
}
