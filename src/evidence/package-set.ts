import { z } from "zod";
import { trustedRecipients } from "../exchange/slice.ts";
import type { FieldError } from "../kernel/errors.ts";
import { isAgeRecipient } from "../trust/age.ts";
import type { Reader } from "../kernel/view.ts";
import { fields } from "./item.ts";

/** What becomes of an item in a package of several. */
export const GIVES = ["whole", "without-file"] as const;
export const SET_MAX = 200;

/** What is asked for: which items, what of them, for whom. */
export const setSchema = z.strictObject({
  items: z
    .array(
      z.strictObject({
        item: z.uuid(),
        give: z.enum(GIVES).default("whole"),
        /** Events whose words are withheld, by number. */
        without_events: z.array(z.coerce.number().int().min(1)).max(1_000).default([]),
      }),
    )
    .min(1, "package-nothing")
    .max(SET_MAX),
  purpose: fields.line(500).optional(),
  recipient: fields.line(300).optional(),
  /** Why something is withheld. */
  reason: fields.text(2_000).optional(),
  /** Keys of age (`age1…`) or codes of peers, for whom alone the package is encrypted. */
  encrypt_to: z.array(fields.line(4_000)).max(20).default([]),
});
export type AskedSet = z.output<typeof setSchema>;

/** The fields below the list of items, as the form has them. */
export const setForm = z.strictObject({
  purpose: fields.line(500).optional(),
  recipient: fields.line(300).optional(),
  reason: fields.text(2_000).optional(),
  encrypt_to: fields.text(20_000).optional(),
});

const filled = (value: unknown): string | undefined =>
  typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;

/** What a form sent, in the shape of the call. An item that is not to be in the package is left out. */
export function setFromForm(sent: Readonly<Record<string, unknown>>): unknown {
  const items = Object.entries(sent).flatMap(([name, value]) => {
    const [, item] = /^give_([0-9a-f-]{36})$/.exec(name) ?? [];
    if (item === undefined || filled(value) === undefined) return [];
    const events = filled(sent[`events_${item}`])
      ?.split(/[\s,;،]+/)
      .filter((each) => each !== "");
    return [{ item, give: value, ...(events ? { without_events: events } : {}) }];
  });
  const texts = Object.fromEntries(
    (["purpose", "recipient", "reason"] as const).flatMap((name) => {
      const value = filled(sent[name]);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const recipients = filled(sent["encrypt_to"])
    ?.split(/[\s,;،]+/)
    .filter((each) => each !== "");
  return { items, ...texts, ...(recipients ? { encrypt_to: recipients } : {}) };
}

/** True where something of an item is left out. */
export const isPartial = ({ items }: Pick<AskedSet, "items">): boolean =>
  items.some(({ give, without_events }) => give !== "whole" || without_events.length > 0);

/** The age recipients that are meant, with what the journal calls them; or what is wrong. A peer is meant by its code. */
export async function recipientsOf(
  reader: Reader,
  { encrypt_to }: Pick<AskedSet, "encrypt_to">,
): Promise<{
  readonly keys: readonly string[];
  readonly names: readonly string[];
  readonly wrong: readonly FieldError[];
}> {
  const peers = await trustedRecipients(reader);
  const found = encrypt_to.map((asked) => {
    const peer = peers.find(({ code }) => code.toLowerCase() === asked.toLowerCase());
    return peer
      ? { key: peer.recipient, name: `${peer.name} (${peer.code})` }
      : isAgeRecipient(asked)
        ? { key: asked, name: asked }
        : asked;
  });
  const strange = found.filter((each) => typeof each === "string");
  const good = found.filter((each) => typeof each !== "string");
  return {
    keys: good.map(({ key }) => key),
    names: good.map(({ name }) => name),
    wrong: strange.map((each) => ({
      path: "encrypt_to",
      key: "package-recipient",
      values: { given: each.slice(0, 80) },
    })),
  };
}
