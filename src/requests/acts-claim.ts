import { z } from "zod";
import { invalid } from "../kernel/errors.ts";
import { decimalOf, readAmount } from "../kernel/money.ts";
import { act, officerOf } from "./acts-draft.ts";

/** Says what the answer has cost, and for what: the sender sees it with the request. Nothing is paid by it. */
export const claim = act("claim", {
  input: z.strictObject({
    amount: z.string().trim().min(1).max(40),
    currency: z
      .string()
      .trim()
      .toUpperCase()
      .regex(/^[A-Z]{3}$/, "hold-currency"),
    text: z.string().trim().min(3).max(2_000).meta({ control: "textarea" }),
  }),
  apply: async (_tx, row, { amount, currency, text }, { tell, ...context }) => {
    officerOf(context);
    const read = readAmount(amount, currency);
    if (!read) throw invalid("amount", "hold-amount");
    const body = { amount: `${read.currency} ${decimalOf(read)}`, text };
    tell({ to: row.peer, body });
    return body;
  },
});
