import type { Many } from "../kernel/many.ts";
import { requestSubject } from "./request.ts";
import { type ChosenRequest, chosenOf, officeChoices } from "./views-chosen.ts";

/** What is done to many requests at once. Nothing that decides over somebody's rights is among it. */
export const many: Many<ChosenRequest> = {
  kind: requestSubject,
  acts: {
    submit: {},
    send: {},
    acknowledge: {},
    remind: {},
    assign: { choices: async ({ reader }) => ({ office: await officeChoices(reader) }) },
  },
  chosenOf,
  columns: ({ t }) => [
    {
      key: "number",
      label: t("requests.number"),
      cell: ({ number }) => <span class="nowrap">{number}</span>,
    },
    {
      key: "measure",
      label: t("field.request.measure"),
      cell: ({ measure }) => `${measure} ${t(`measure.${measure}`)}`,
    },
    { key: "peer", label: t("requests.with"), cell: ({ peer_name }) => peer_name },
  ],
};
