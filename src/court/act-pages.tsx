import type { CaseRow } from "../cases/slice.ts";
import { itemChoices } from "../evidence/slice.ts";
import type { FormValues } from "../kernel/form.ts";
import type { ActForm, ActPage } from "../kernel/page.ts";
import { ActFormPage } from "../ui/act-form.tsx";
import { Checkboxes } from "../ui/choice-field.tsx";
import { errorAt } from "../ui/schema-fields.tsx";
import { type DisclosureRow, wordsIn } from "./disclosure.ts";
import { type ExhibitRow, wordsIn as exhibitWords } from "./exhibit.ts";
import { exhibitsOf } from "./views.ts";

type Choices = { readonly value: string; readonly label: string }[];

/** A form that opens with what is known where nothing has been typed yet. */
const opened = <Row,>(form: ActForm<Row>, values: FormValues): ActForm<Row> =>
  Object.keys(form.values).length === 0 && form.errors.length === 0 ? { ...form, values } : form;

/** Only what is no exhibit yet can become one. */
const listPage: ActPage = {
  act: "exhibit.list",
  prepare: async ({ reader, row }: ActForm<CaseRow>) => {
    const taken = new Set((await exhibitsOf(reader, row.id)).map(({ item_id }) => item_id));
    return (await itemChoices(reader, row.id)).filter(({ value }) => !taken.has(value));
  },
  render: (form, _tools, choices: never) => <ActFormPage form={form} choices={{ item: choices as Choices }} />,
};

const describePage: ActPage = {
  act: "exhibit.describe",
  render: (form: ActForm<ExhibitRow>) => {
    const { title, proves } = exhibitWords(form.reader.node, form.row);
    return <ActFormPage form={opened(form, { title, proves })} />;
  },
};

const addressPage: ActPage = {
  act: "disclosure.address",
  render: (form: ActForm<DisclosureRow>) => {
    const { received_by: _, ...words } = wordsIn(form.reader.node, form.row);
    return <ActFormPage form={opened(form, words)} />;
  },
};

const decidePage: ActPage = {
  act: "disclosure.decide",
  prepare: async ({ reader, row }: ActForm<DisclosureRow>) => ({
    items: await itemChoices(reader, row.case_id),
    grounds: reader.node.services.country.pack.court.withholding,
  }),
  render: (form: ActForm<DisclosureRow>, { t }, prepared: never) => {
    const { items, grounds } = prepared as { items: Choices; grounds: { ground: string; provision: string }[] };
    const chosen = form.values["items"];
    return (
      <ActFormPage
        form={form}
        choices={{
          ground: grounds.map(({ ground, provision }) => ({
            value: ground,
            label: t("disclosure.ground.with", { ground: t(`withholding.${ground}`), provision }),
          })),
        }}
        instead={{
          items: (
            <Checkboxes
              name="items"
              label={t("field.disclosure.items")}
              error={errorAt(form.errors, "items", t)}
              options={items}
              value={Array.isArray(chosen) ? chosen.map(String) : typeof chosen === "string" ? [chosen] : []}
            />
          ),
        }}
      />
    );
  },
};

/** The code is shown on the disclosure's own page, while it is new. */
export const courtActPages: readonly ActPage[] = [listPage, describePage, addressPage, decidePage];
