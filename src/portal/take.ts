import { z } from "zod";
import type { FieldError } from "../kernel/errors.ts";
import { AGE_BANDS, CODES, type Code, DESCRIPTION_MAX, FOR_WHOM, TILES, TRANSFERS_MAX } from "../reports/slice.ts";
import { type Answers, codesOf, foundIn, type Payment, type StepName, takesFiles } from "./draft.ts";
import { PAYMENT_FIELDS, readPayment, type Telling } from "./payment.ts";

/** What a page's form holds: texts, or lists of texts. */
export type StepForm = Readonly<Record<string, unknown>>;

/** Where the form is asked. */
export interface Asking extends Telling {
  /** ISO 3166-1: telephone numbers without a country code are that country's. */
  readonly country: string;
  /** Codes of the districts, as the pack has them. */
  readonly districts: readonly string[];
}

/** What a page was answered with: the answers with it, or what is wrong with it. `stay`: the same page is shown again. */
export type Taken = { readonly answers: Answers; readonly stay?: boolean } | { readonly errors: readonly FieldError[] };

const yesNo = z.enum(["yes", "no"]);
const MORE_MAX = 4_000;

/** One text of a form; empty where it is missing or is none. */
export const textOf = (form: StepForm, name: string): string => {
  const value = form[name];
  return typeof value === "string" ? value.trim() : "";
};
const wrong = (path: string, key: string, values?: Record<string, number>): Taken => ({
  errors: [values ? { path, key, values } : { path, key }],
});

/** The position that a button `drop-3` names; `undefined` for other buttons. */
const droppedBy = (form: StepForm): number | undefined => {
  const position = /^drop-(\d{1,3})$/.exec(textOf(form, "do"))?.[1];
  return position === undefined ? undefined : Number(position);
};

/** How many rows the page showed that the form comes from; `undefined` where it does not say. */
const rowsOf = (form: StepForm): number | undefined => {
  const rows = textOf(form, "n");
  return /^\d{1,3}$/.test(rows) ? Number(rows) : undefined;
};

/** Takes one page's form. Never throws; what is missing or too long is said. */
export function takeStep(answers: Answers, step: StepName, form: StepForm, asking: Asking): Taken {
  switch (step) {
    case "danger":
    case "child":
    case "money": {
      const answer = yesNo.safeParse(form[step]);
      return answer.success ? { answers: { ...answers, [step]: answer.data } } : wrong(step, "answer-needed");
    }
    case "help":
      return { answers: { ...answers, help: "seen" } };
    case "payment":
    case "payments":
      return takePayment(answers, form, asking);
    case "enough":
      return takeEnough(answers, form);
    case "what":
    case "kind":
      return takeCategory(answers, step, form);
    case "whom":
      return takeWhom(answers, form, asking);
    case "words":
      return takeWords(answers, form);
    case "found":
      return takeFound(answers, form, asking);
    case "files":
      return takeFiles(answers, form);
    case "who":
      return takeWho(answers, form);
    case "check":
      return { answers };
  }
}

function takePayment(answers: Answers, form: StepForm, asking: Asking): Taken {
  const known = answers.payments ?? [];
  const drawn = rowsOf(form) ?? known.length;
  const dropped = droppedBy(form);
  if (dropped !== undefined) {
    const payments = drawn === known.length ? known.filter((_, position) => position !== dropped) : known;
    return { answers: { ...answers, payments }, stay: true };
  }
  const fields = Object.fromEntries(PAYMENT_FIELDS.map((name) => [name, textOf(form, name)])) as Parameters<
    typeof readPayment
  >[0];
  const read = readPayment(fields, asking);
  if ("errors" in read) return read;
  const more = textOf(form, "do") === "more";
  if (!read.payment) return more ? wrong("amount", "payment-empty") : { answers: { ...answers, payments: known } };
  if (known.length >= TRANSFERS_MAX) return wrong("amount", "payments-too-many", { maximum: TRANSFERS_MAX });
  const isRepeated = drawn < known.length && isSame(known[drawn], read.payment);
  return { answers: { ...answers, payments: isRepeated ? known : [...known, read.payment] }, stay: more };
}

/** The same payment from the same form, sent twice: its moment may have been counted back from two moments. */
const isSame = (one: Payment | undefined, other: Payment): boolean =>
  one !== undefined && JSON.stringify({ ...one, at: "" }) === JSON.stringify({ ...other, at: "" });

/** How to be reached about the payment, whether it is sent now or more is told; left empty, it is asked again later. */
function takeEnough(answers: Answers, form: StepForm): Taken {
  const consent = { share: isTicked(form, "share"), handover: false };
  const reached = textOf(form, "phone") !== "" || textOf(form, "email") !== "";
  const contact = reached ? readContact(form) : { name: "", email: "", phone: "" };
  if ("errors" in contact) return contact;
  const who = { choice: reached ? ("contact" as const) : ("anonymous" as const), ...contact, ...consent };
  const isLast = textOf(form, "do") === "send";
  return { answers: { ...answers, enough: "on", ...(reached || isLast ? { who } : {}) } };
}

/** A change to what no file may be sent of lets the files go that were added before. */
const withoutForbidden = (answers: Answers): Answers => (takesFiles(answers) ? answers : { ...answers, files: [] });

function takeCategory(answers: Answers, step: "what" | "kind", form: StepForm): Taken {
  if (step === "kind") {
    const code = z.enum(CODES).safeParse(form["category"]);
    if (!code.success || !codesOf(answers.tile).includes(code.data)) return wrong("category", "answer-needed");
    return { answers: withoutForbidden({ ...answers, category: code.data }) };
  }
  const tile = TILES.find((each) => each.tile === form["tile"]);
  if (!tile) return wrong("tile", "answer-needed");
  const kept = answers.tile === tile.tile ? answers.category : undefined;
  const only: Code | undefined = tile.codes.length === 1 ? tile.codes[0] : kept;
  return { answers: withoutForbidden({ ...answers, tile: tile.tile, category: only }) };
}

const whomSchema = z.enum([...FOR_WHOM, "unsaid"]);

/** Each of the three may be left out; the first must be left out in so many words, as it is the question of the page. */
function takeWhom(answers: Answers, form: StepForm, { districts }: Asking): Taken {
  const who = whomSchema.safeParse(form["whom"]);
  if (!who.success) return wrong("whom", "answer-needed");
  const age = z.enum(AGE_BANDS).safeParse(form["age"]);
  const district = textOf(form, "district");
  return {
    answers: {
      ...answers,
      whom: {
        who: who.data === "unsaid" ? "" : who.data,
        age: age.success ? age.data : "",
        district: districts.includes(district) ? district : "",
      },
    },
  };
}

function takeWords(answers: Answers, form: StepForm): Taken {
  const description = textOf(form, "description");
  if (description === "") return wrong("description", "words-needed");
  if (description.length > DESCRIPTION_MAX) return wrong("description", "field-too-long", { maximum: DESCRIPTION_MAX });
  return {
    answers: { ...answers, description, found: description === answers.description ? answers.found : undefined },
  };
}

function takeFound(answers: Answers, form: StepForm, { country }: Asking): Taken {
  const more = textOf(form, "more");
  if (more.length > MORE_MAX) return wrong("more", "field-too-long", { maximum: MORE_MAX });
  const kept = new Set([form["keep"]].flat().filter((each) => typeof each === "string"));
  const dropped = foundIn(answers, country)
    .map(({ key }) => key)
    .filter((key) => !kept.has(key));
  return { answers: { ...answers, found: { dropped, more } } };
}

function takeFiles(answers: Answers, form: StepForm): Taken {
  const files = answers.files ?? [];
  const dropped = droppedBy(form);
  if (dropped !== undefined) {
    const isDrawn = (rowsOf(form) ?? files.length) === files.length;
    return {
      answers: { ...answers, files: files.filter((_, position) => !isDrawn || position !== dropped) },
      stay: true,
    };
  }
  const links = textOf(form, "links");
  if (links.length > MORE_MAX) return wrong("links", "field-too-long", { maximum: MORE_MAX });
  return { answers: { ...answers, filed: true, ...(takesFiles(answers) ? {} : { links }) } };
}

const isTicked = (form: StepForm, name: string): boolean => textOf(form, name) === "true";

function takeWho(answers: Answers, form: StepForm): Taken {
  const consent = { share: isTicked(form, "share"), handover: isTicked(form, "handover") };
  const choice = form["choice"];
  if (choice === "anonymous")
    return { answers: { ...answers, who: { choice, name: "", email: "", phone: "", ...consent } } };
  if (choice !== "contact") return wrong("choice", "answer-needed");
  const contact = readContact(form);
  return "errors" in contact ? contact : { answers: { ...answers, who: { choice, ...contact, ...consent } } };
}

/** How somebody can be reached, or what is wrong with it. At least one of the three. */
export function readContact(
  form: StepForm,
): { readonly name: string; readonly email: string; readonly phone: string } | { readonly errors: FieldError[] } {
  const [name, email, phone] = [textOf(form, "name"), textOf(form, "email"), textOf(form, "phone")];
  const errors: FieldError[] = [];
  if (name.length > 200) errors.push({ path: "name", key: "field-too-long", values: { maximum: 200 } });
  if (phone.length > 40) errors.push({ path: "phone", key: "field-too-long", values: { maximum: 40 } });
  if (email !== "" && !z.email().max(254).safeParse(email).success) errors.push({ path: "email", key: "email-form" });
  if (email === "" && phone === "") errors.push({ path: "phone", key: "reach-needed" });
  return errors.length > 0 ? { errors } : { name, email, phone };
}
