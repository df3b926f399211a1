import type { FormValues } from "../kernel/form.ts";
import { decimalOf } from "../kernel/money.ts";
import type { ActForm, ActPage } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { ActFormPage } from "../ui/act-form.tsx";
import { Facts } from "../ui/facts.tsx";
import { DocumentPreview } from "../ui/preview.tsx";
import { detailsIn } from "./acts.ts";
import type { HoldRow } from "./hold.ts";
import type { Institution } from "./institution.ts";
import { institutionChoices } from "./views.ts";
import { Asked } from "./words.tsx";

type Choices = { readonly value: string; readonly label: string }[];

/** A form that opens with what is known where nothing has been typed yet. */
const opened = <Row,>(form: ActForm<Row>, values: FormValues): ActForm<Row> =>
  Object.keys(form.values).length === 0 && form.errors.length === 0 ? { ...form, values } : form;

const draftPage: ActPage = {
  act: "hold.draft",
  prepare: async ({ reader }) => ({
    institutions: institutionChoices(reader),
    currency: reader.node.services.country.pack.reporting.currency,
  }),
  render: (form, _tools, prepared: never) => {
    const { institutions, currency } = prepared as { institutions: Choices; currency: string };
    return <ActFormPage form={opened(form, { currency })} choices={{ institution: institutions }} />;
  },
};

const revisePage: ActPage = {
  act: "hold.revise",
  prepare: async ({ reader, row }: ActForm<HoldRow>) => ({
    institutions: institutionChoices(reader),
    details: detailsIn(reader.node, row),
  }),
  render: (form: ActForm<HoldRow>, _tools, prepared: never) => {
    const { institutions, details } = prepared as { institutions: Choices; details: Record<string, string> };
    const { institution, amount_minor: minor, currency } = form.row;
    const values = {
      ...(institution === null ? {} : { institution }),
      ...(minor === null ? {} : { amount: `${currency} ${decimalOf({ minor, currency })}` }),
      ...details,
    };
    return <ActFormPage form={opened(form, values)} choices={{ institution: institutions }} />;
  },
};

/** The second of two steps: what goes, to whom and how, and the button that sends it. */
const sendPage: ActPage = {
  act: "hold.send",
  prepare: async ({ reader, row }: ActForm<HoldRow>) => ({
    institutions: institutionChoices(reader),
    institution: reader.node.services.country.pack.reporting.institutions.find(({ code }) => code === row.institution),
    details: detailsIn(reader.node, row),
  }),
  render: (form: ActForm<HoldRow>, _tools, prepared: never) => <SendPage form={form} prepared={prepared} />,
};

interface Sending {
  readonly institutions: Choices;
  readonly institution: Institution | undefined;
  readonly details: ReturnType<typeof detailsIn>;
}
function SendPage({ form, prepared }: { readonly form: ActForm<HoldRow>; readonly prepared: Sending }) {
  const { t, locale } = useTools();
  const { row } = form;
  const { institution, institutions, details } = prepared;
  const language = ["en", "fr", "ar"].includes(locale) ? locale : "en";
  const values = { language, ...(row.institution === null ? {} : { institution: row.institution }) };
  return (
    <ActFormPage
      form={opened(form, values)}
      choices={{ institution: institutions }}
      before={
        <>
          <Facts
            rows={[
              institution && [
                t("holds.col.to"),
                [institution.name, institution.email, institution.voice].filter(Boolean).join(", "),
              ],
              [t("holds.amount"), <Asked row={row} />],
              [t("field.hold.to"), details.to !== undefined && <span class="code-small breaks">{details.to}</span>],
              [t("holds.provision"), t("holds.provision.hours", { provision: row.provision, hours: row.hours })],
            ]}
          />
          <DocumentPreview title={t("holds.paper.draft")} href={`/api/v1/holds/${row.id}/notice`} kind="PDF" />
        </>
      }
    />
  );
}

export const holdActPages: readonly ActPage[] = [draftPage, revisePage, sendPage];
