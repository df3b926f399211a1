import type { Many } from "../kernel/many.ts";
import type { RouteCall } from "../kernel/page.ts";
import {
  BASES,
  BASIS_NAMES,
  colleaguesOf,
  inLanguage,
  reportingOf,
  reportSubject,
  templatesFor,
} from "../reports/slice.ts";
import { type ChosenReport, chosenOf } from "./views-chosen.ts";

const ranks = async ({ tools: { t } }: RouteCall) => ({
  priority: [0, 1, 2, 3, 4].map((each) => ({ value: String(each), label: t(`option.priority.${each}`) })),
  basis: BASES.map((value) => ({ value, label: t(`option.basis.${BASIS_NAMES[value]}`) })),
});
const colleagues = async ({ reader, tools: { t } }: RouteCall) => ({
  account: (await colleaguesOf(reader)).map(({ id, name, load }) => ({
    value: id,
    label: t("reports.colleague", { name, count: load }),
  })),
});
const templates = async ({ reader, tools: { locale } }: RouteCall) => ({
  template: templatesFor(reportingOf(reader.node), undefined).map(({ code, name }) => ({
    value: code,
    label: inLanguage(name, locale),
  })),
});

/** What is done to many reports at once, each with the act that takes it back, where one does. */
export const many: Many<ChosenReport> = {
  kind: reportSubject,
  acts: {
    triage: { choices: ranks },
    assign: { choices: colleagues },
    reply: { choices: templates },
    close: { undo: { verb: "reopen", values: ({ t }) => ({ reason: t("inbox.undo-reason") }) } },
    reopen: {},
    quarantine: { undo: { verb: "release" } },
    release: { undo: { verb: "quarantine" } },
  },
  chosenOf,
  columns: ({ t }) => [
    {
      key: "report",
      label: t("reports.col.report"),
      cell: ({ name }) => <span class="code-small">{name}</span>,
    },
    { key: "priority", label: t("reports.col.priority"), cell: ({ priority }) => `P${priority}` },
    { key: "category", label: t("reports.col.category"), cell: ({ category }) => t(`option.category.${category}`) },
  ],
};
