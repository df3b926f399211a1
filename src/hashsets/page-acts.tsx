import { officesOf } from "../access/slice.ts";
import { type ActForm, type ActPage } from "../kernel/page.ts";
import { ActFormPage } from "../ui/act-form.tsx";
import type { SetRow } from "./hash-set.ts";

type Choices = readonly { readonly value: string; readonly label: string }[];
const choices = async ({ reader }: ActForm<never>): Promise<Choices> =>
  (await officesOf(reader.db)).map(({ id, name }) => ({ value: id, label: name }));

const registerPage: ActPage = {
  act: "hash-set.register",
  prepare: choices,
  render: (form, _tools, office: never) => <ActFormPage form={form as unknown as ActForm} choices={{ office }} />,
};

const amendPage: ActPage = {
  act: "hash-set.amend",
  prepare: choices,
  render: (form: ActForm<SetRow>, _tools, office: never) => {
    const { name, source, licence, distance } = form.row;
    const known = {
      name,
      source,
      distance: String(distance),
      ...(licence === null ? {} : { licence }),
      ...(form.row.office === null ? {} : { office: form.row.office }),
    };
    const opened =
      Object.keys(form.values).length === 0 && form.errors.length === 0 ? { ...form, values: known } : form;
    return <ActFormPage form={opened as unknown as ActForm} choices={{ office }} />;
  },
};

/** Once a named viewer has opened it, they see it drawn; the bytes are one step further. */
const viewPage: ActPage = {
  act: "item.view",
  render: (form) => <ActFormPage form={form as unknown as ActForm} />,
  then: ({ page, id }) => (typeof page === "string" ? page : `/items/${String(id)}`),
};

export const setActPages: readonly ActPage[] = [registerPage, amendPage, viewPage];
