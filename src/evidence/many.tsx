import { officersOf, officesOf } from "../access/slice.ts";
import type { Many } from "../kernel/many.ts";
import type { RouteCall } from "../kernel/page.ts";
import { itemSubject } from "./item.ts";
import { type ChosenItem, chosenOf } from "./views-chosen.ts";

async function takers({ reader }: RouteCall) {
  const [offices, officers] = [await officesOf(reader.db), await officersOf(reader.db)];
  return {
    to_office: offices.map(({ id, name }) => ({ value: id, label: name })),
    to_account: officers.map(({ id, name, officeName }) => ({ value: id, label: `${name}, ${officeName}` })),
  };
}

/** What is done to many exhibits at once. Hand-overs of one form bear one mark, so that they stand on one receipt. */
export const many: Many<ChosenItem> = {
  kind: itemSubject,
  acts: { transfer: { choices: takers, given: (key) => ({ bundle: key }) }, hold: {} },
  chosenOf,
  columns: ({ t }) => [
    {
      key: "item",
      label: t("items.col.item"),
      cell: ({ name, description }) => (
        <>
          <span class="code-small">{name}</span> {description.slice(0, 120)}
        </>
      ),
    },
  ],
  after: (verb, [first], { t, locale }) =>
    first && verb === "transfer" ? (
      <p>
        <a href={`/api/v1/items/${first.id}/receipt?language=${locale}`}>{t("items.paper.receipt")}</a>
      </p>
    ) : null,
};
