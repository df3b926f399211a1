import { fieldsOf, fromForm } from "../kernel/fields.ts";
import { type FormValues, withoutEmpty } from "../kernel/form.ts";
import { type ActForm, route } from "../kernel/page.ts";
import { type Tools, useTools } from "../kernel/tools.ts";
import { sentenceOf } from "../ui/schema-fields.tsx";
import { fieldId } from "../ui/field.tsx";
import { type Draft, draftSchema } from "./request.ts";
import { type Help, helpFor, type RefusedBefore } from "./views-help.ts";
import type { Held } from "./directory.ts";

/** The draft that a form holds so far; nothing while it names no measure. What does not fit yet is left out, so that the rest still helps. */
export function draftIn(values: FormValues): Draft | undefined {
  const given = fromForm(fieldsOf(draftSchema), withoutEmpty(values));
  const known = Object.fromEntries(Object.entries(given).filter(([name]) => name in draftSchema.shape));
  for (;;) {
    const parsed = draftSchema.safeParse({ ...known, to: known["to"] ?? "XX" });
    if (parsed.success) return known["to"] === undefined ? { ...parsed.data, to: "" } : parsed.data;
    const wrong = parsed.error.issues.map(({ path }) => String(path[0]));
    if (wrong.includes("measure") || !wrong.some((name) => name in known)) return undefined;
    for (const name of wrong) delete known[name];
  }
}

const heldWords = ({ identifier, holder, by }: Held, t: Tools["t"]): string =>
  t("help.held", { identifier, holder: holder.name, by: t(`help.by.${by}`), note: holder.note ?? "" });
const refusedWords = ({ number, peer_name: peer, ground, reasons }: RefusedBefore, t: Tools["t"]): string =>
  t("help.refused", { number, peer, ground: t(`ground.${ground}`), reasons });

/** Beside the form of a draft: what is still missing, who holds the data, what was refused before, texts to start from. */
export function DraftHelp({ help, form }: { readonly help: Help; readonly form: ActForm }) {
  const { t, locale } = useTools();
  const { missing, holders, refused, templates } = help;
  const measure = String(form.values["measure"] ?? "");
  return (
    <div data-draft-help="/requests/help">
      <section>
        <h2>{t("help.missing")}</h2>
        <ul data-help="missing">
          {missing.map((each) => (
            <li key={each.path}>
              <a href={`#${fieldId(each.path)}`}>{sentenceOf(each, t)}</a>
            </li>
          ))}
        </ul>
        <p class="quiet" data-help-none="missing" hidden={missing.length > 0}>
          {t("help.missing.none")}
        </p>
      </section>
      <section>
        <h2>{t("help.holders")}</h2>
        <ul data-help="holders">
          {holders.map((each) => (
            <li key={each.identifier}>
              <span dir="auto">{heldWords(each, t)}</span>
            </li>
          ))}
        </ul>
        <p class="quiet" data-help-none="holders" hidden={holders.length > 0}>
          {t("help.holders.none")}
        </p>
        <p>
          <a href="/directory">{t("help.directory")}</a>
        </p>
      </section>
      <section>
        <h2>{t("help.refused.before")}</h2>
        <ul data-help="refused">
          {refused.map((each) => (
            <li key={each.id}>
              <a dir="auto" href={`/requests/${each.id}`}>
                {refusedWords(each, t)}
              </a>
            </li>
          ))}
        </ul>
        <p class="quiet" data-help-none="refused" hidden={refused.length > 0}>
          {t("help.refused.none")}
        </p>
      </section>
      {templates.length > 0 && form.act.verb === "draft" && (
        <section>
          <h2>{t("help.templates")}</h2>
          <ul>
            {templates.map(({ code, name }) => (
              <li key={code}>
                <a href={`${form.action}?measure=${measure}&template=${code}`}>
                  {(name as Record<string, string>)[locale] ?? name.en}
                </a>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

/** The same help for the form as it stands now, in sentences: asked for by the page while somebody writes. Nothing is kept of it. */
export const helpRoute = route({
  role: "desk",
  method: "POST",
  path: "/requests/help",
  access: "signed-in",
  handle: async ({ reader, body, tools: { t } }) => {
    const draft = draftIn((typeof body === "object" && body !== null ? body : {}) as FormValues);
    if (!draft) return { json: { missing: [], holders: [], refused: [] } };
    const { missing, holders, refused } = await helpFor(reader, draft);
    return {
      json: {
        missing: missing.map((each) => ({ text: sentenceOf(each, t), href: `#${fieldId(each.path)}` })),
        holders: holders.map((each) => ({ text: heldWords(each, t) })),
        refused: refused.map((each) => ({ text: refusedWords(each, t), href: `/requests/${each.id}` })),
      },
      headers: { "cache-control": "no-store" },
    };
  },
});
