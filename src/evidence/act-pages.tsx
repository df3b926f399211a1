import { officersOf, officesOf } from "../access/slice.ts";
import { trustedPeers } from "../exchange/slice.ts";
import type { ActForm, ActPage } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { ActFormPage } from "../ui/act-form.tsx";
import { Facts } from "../ui/facts.tsx";
import { Notice } from "../ui/notice.tsx";
import { type Held, holdsOf } from "./acts-keeping.ts";
import { actorName } from "./custody-story.ts";
import type { CustodyEvent } from "./custody-event.ts";
import { itemSubject, type ItemRow } from "./item.ts";
import { eventsOf } from "./views.ts";
import { type Kept, openedItem } from "./words.ts";

type Choices = Readonly<Record<string, readonly { readonly value: string; readonly label: string }[]>>;

/** Handing over asks to which office and to whom. */
const transferPage: ActPage = {
  act: "item.transfer",
  prepare: async ({ reader }): Promise<Choices> => {
    const [offices, officers] = [await officesOf(reader.db), await officersOf(reader.db)];
    return {
      to_office: offices.map(({ id, name }) => ({ value: id, label: name })),
      to_account: officers.map(({ id, name, officeName }) => ({ value: id, label: `${name}, ${officeName}` })),
    };
  },
  render: (form, _tools, choices: Choices) => <ActFormPage form={form as unknown as ActForm} choices={choices} />,
};

/** To which node. */
const passPage: ActPage = {
  act: "item.pass",
  prepare: async ({ reader }): Promise<Choices> => ({
    to: (await trustedPeers(reader)).map(({ code, name }) => ({ value: code, label: name })),
  }),
  render: (form, _tools, choices: Choices) => <ActFormPage form={form as unknown as ActForm} choices={choices} />,
};

/** What was said when it was handed over stands before the receiver looks and signs. */
const receivePage: ActPage = {
  act: "item.receive",
  prepare: async ({ reader, row }: ActForm<Kept<ItemRow>>) => {
    const opened = openedItem<ItemRow>(reader.node, row);
    const events = await eventsOf(reader, opened);
    return { offer: events.findLast(({ type }) => type === "transfer-offer"), isSealed: opened.seal_number !== null };
  },
  render: (form, _tools, prepared: never) => (
    <ReceivePage form={form as unknown as ActForm} {...(prepared as Offered)} />
  ),
};
interface Offered {
  readonly offer: CustodyEvent | undefined;
  readonly isSealed: boolean;
}
function ReceivePage({ form, offer, isSealed }: Offered & { readonly form: ActForm }) {
  const { t } = useTools();
  const words = ["reason", "condition", "handling", "note"].map((name) => [name, offer?.facts[name]] as const);
  return (
    <ActFormPage
      form={form}
      before={
        offer && (
          <>
            <p>{t("items.receive.look", { who: actorName(offer, t) })}</p>
            <Facts rows={words.map(([name, value]) => typeof value === "string" && [t(`field.item.${name}`), value])} />
          </>
        )
      }
      instead={isSealed ? {} : { seal_seen: null }}
    />
  );
}

/** Which of several holds ends. */
const releasePage: ActPage = {
  act: "item.release",
  prepare: ({ reader, row }: ActForm<Kept<ItemRow>>) =>
    holdsOf(reader.db, reader.node, openedItem<ItemRow>(reader.node, row)),
  render: (form, _tools, holds: never) => (
    <ActFormPage
      form={form as unknown as ActForm}
      choices={{
        hold: (holds as readonly Held[]).map(({ id, reason, by }) => ({
          value: id,
          label: `${reason.slice(0, 120)} (${by})`,
        })),
      }}
    />
  ),
};

/** Whoever destroys an exhibit sees first what was made from it. */
const disposePage: ActPage = {
  act: "item.dispose",
  prepare: ({ reader, row }: ActForm<Kept<ItemRow>>) =>
    reader.db
      .selectFrom("item as i")
      .select("i.number")
      .where("i.parent", "=", row.id)
      .where("i.state", "!=", "disposed")
      .where(reader.visible(itemSubject, { alias: "i" }))
      .orderBy("i.number")
      .limit(200)
      .execute(),
  render: (form, _tools, children: never) => (
    <DisposePage
      form={form as unknown as ActForm}
      numbers={(children as readonly { number: string }[]).map(({ number }) => number)}
    />
  ),
};
function DisposePage({ form, numbers }: { readonly form: ActForm; readonly numbers: readonly string[] }) {
  const { t } = useTools();
  return (
    <ActFormPage
      form={form}
      before={
        numbers.length > 0 && (
          <Notice>{t("items.children", { count: numbers.length, numbers: numbers.join(", ") })}</Notice>
        )
      }
    />
  );
}

export const custodyActPages: readonly ActPage[] = [transferPage, passPage, receivePage, releasePage, disposePage];
