import type { ActForm, ActPage } from "../kernel/page.ts";
import { typed } from "../kernel/form.ts";
import { useTools } from "../kernel/tools.ts";
import { ActFormPage } from "../ui/act-form.tsx";
import { Notice } from "../ui/notice.tsx";

/** The second click of emptying: says what will be done, and that it can be taken back. */
const order: ActPage = {
  act: "emptying.order",
  render: (form: ActForm) => <OrderPage form={form} />,
  then: ({ id }) => `/emptyings/${String(id)}`,
};

function OrderPage({ form }: { readonly form: ActForm }) {
  const { t } = useTools();
  const verdict = typed(form.values, "verdict") === "release" ? "release" : "junk";
  return <ActFormPage form={form} before={<Notice>{t(`quarantine.will.${verdict}`)}</Notice>} />;
}

/** From a kept view back to the list. */
const save: ActPage = {
  act: "saved-view.save",
  render: (form: ActForm) => <ActFormPage form={form} />,
  then: ({ filters, list }) => `/${list === "requests" ? "requests" : "reports"}?${String(filters)}`,
};
const drop: ActPage = {
  act: "saved-view.drop",
  render: (form: ActForm) => <ActFormPage form={form} />,
  then: ({ list }) => (list === "requests" ? "/requests" : "/reports"),
};
const undo: ActPage = {
  act: "emptying.undo",
  render: (form: ActForm) => <ActFormPage form={form} />,
  then: ({ id }) => `/emptyings/${String(id)}`,
};

export const inboxActPages: readonly ActPage[] = [order, undo, save, drop];
