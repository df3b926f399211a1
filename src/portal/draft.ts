import { z } from "zod";
import type { FieldError } from "../kernel/errors.ts";
import { findObservables, type Observable } from "../observables/slice.ts";
import { CODES, type Code, DESCRIPTION_MAX, type Submission, submissionSchema, TILES } from "../reports/slice.ts";

/** The questions of the form, in their order. `help` and `transfer` are asked only of those whom they concern. */
export const STEPS = [
  "danger",
  "child",
  "money",
  "help",
  "transfer",
  "what",
  "kind",
  "words",
  "found",
  "who",
  "check",
] as const;
export type StepName = (typeof STEPS)[number];

const yesNo = z.enum(["yes", "no"]);
const short = z.string().trim().max(200).default("");
const TILE_NAMES = TILES.map(({ tile }) => tile) as [string, ...string[]];
/** When money left, as people say it, and how many hours ago that is taken to be. */
export const WHEN = { now: 1, day: 24, days: 60 } as const;

/** What has been answered so far. Kept sealed between the pages; nothing of it is a report until it is sent. */
export const answersSchema = z.object({
  danger: yesNo.optional(),
  child: yesNo.optional(),
  money: yesNo.optional(),
  /** The numbers to call have been shown. */
  help: z.literal("seen").optional(),
  transfer: z
    .object({
      amount: short,
      to: short,
      through: short,
      reference: short,
      when: z.enum(["now", "day", "days"]).optional(),
    })
    .optional(),
  tile: z.enum(TILE_NAMES).optional(),
  category: z.enum(CODES).optional(),
  description: z.string().optional(),
  /** Keys of what was found and does not belong, and what was added. */
  found: z.object({ dropped: z.array(z.string()), more: z.string() }).optional(),
  who: z
    .object({ choice: z.enum(["anonymous", "contact"]), name: z.string(), email: z.string(), phone: z.string() })
    .optional(),
  /** Set once it is handed in: what the last page shows, until then. */
  sent: z.object({ reference: z.string(), code: z.string(), due: z.string().nullable(), until: z.string() }).optional(),
});
export type Answers = z.output<typeof answersSchema>;

/** The pages that these answers lead through. */
export function stepsFor({ danger, child, money, tile }: Answers): StepName[] {
  const codes = TILES.find((each) => each.tile === tile)?.codes ?? [];
  return STEPS.filter((step) => {
    if (step === "help") return [danger, child, money].includes("yes");
    if (step === "transfer") return money === "yes";
    if (step === "kind") return codes.length > 1;
    return true;
  });
}

/** The first page that has no answer yet; the last one, once all have. */
export const nextStep = (answers: Answers): StepName =>
  stepsFor(answers).find((step) => !isAnswered(answers, step)) ?? "check";

/** The page before, for the way back; `undefined` on the first. */
export const stepBefore = (answers: Answers, step: StepName): StepName | undefined =>
  stepsFor(answers)[stepsFor(answers).indexOf(step) - 1];

function isAnswered(answers: Answers, step: StepName): boolean {
  switch (step) {
    case "what":
      return answers.tile !== undefined;
    case "kind":
      return (
        answers.category !== undefined &&
        TILES.some(
          ({ tile, codes }) => tile === answers.tile && (codes as readonly string[]).includes(answers.category ?? ""),
        )
      );
    case "words":
      return answers.description !== undefined;
    case "check":
      return false;
    default:
      return answers[step] !== undefined;
  }
}

/** What a page was answered with: the answers with it, or what is wrong with it. */
export type Taken = { readonly answers: Answers } | { readonly errors: readonly FieldError[] };

const text = (form: Readonly<Record<string, unknown>>, name: string): string => {
  const value = form[name];
  return typeof value === "string" ? value.trim() : "";
};
const wrong = (path: string, key: string, values?: Record<string, number>): Taken => ({
  errors: [values ? { path, key, values } : { path, key }],
});

/** Takes one page's form. Never throws; what is missing or too long is said. */
export function takeStep(
  answers: Answers,
  step: StepName,
  form: Readonly<Record<string, unknown>>,
  country: string,
): Taken {
  switch (step) {
    case "danger":
    case "child":
    case "money": {
      const answer = yesNo.safeParse(form[step]);
      return answer.success ? { answers: { ...answers, [step]: answer.data } } : wrong(step, "answer-needed");
    }
    case "help":
      return { answers: { ...answers, help: "seen" } };
    case "transfer":
      return takeTransfer(answers, form);
    case "what": {
      const tile = TILES.find((each) => each.tile === form["tile"]);
      if (!tile) return wrong("tile", "answer-needed");
      const kept = answers.tile === tile.tile ? answers.category : undefined;
      const only: Code | undefined = tile.codes.length === 1 ? tile.codes[0] : kept;
      return { answers: { ...answers, tile: tile.tile, category: only } };
    }
    case "kind": {
      const code = z.enum(CODES).safeParse(form["category"]);
      const fits =
        code.success &&
        TILES.some(({ tile, codes }) => tile === answers.tile && (codes as readonly string[]).includes(code.data));
      return fits ? { answers: { ...answers, category: code.data } } : wrong("category", "answer-needed");
    }
    case "words": {
      const description = text(form, "description");
      if (description === "") return wrong("description", "words-needed");
      if (description.length > DESCRIPTION_MAX)
        return wrong("description", "field-too-long", { maximum: DESCRIPTION_MAX });
      return {
        answers: { ...answers, description, found: description === answers.description ? answers.found : undefined },
      };
    }
    case "found": {
      const more = text(form, "more");
      if (more.length > 4_000) return wrong("more", "field-too-long", { maximum: 4_000 });
      const kept = new Set([form["keep"]].flat().filter((each) => typeof each === "string"));
      const dropped = foundIn(answers, country)
        .map(({ key }) => key)
        .filter((key) => !kept.has(key));
      return { answers: { ...answers, found: { dropped, more } } };
    }
    case "who":
      return takeWho(answers, form);
    case "check":
      return { answers };
  }
}

function takeTransfer(answers: Answers, form: Readonly<Record<string, unknown>>): Taken {
  const fields = ["amount", "to", "through", "reference"] as const;
  const errors = fields
    .filter((name) => text(form, name).length > 200)
    .map((name) => ({ path: name, key: "field-too-long", values: { maximum: 200 } }));
  if (errors.length > 0) return { errors };
  const when = z.enum(["now", "day", "days"]).safeParse(form["when"]);
  const [amount, to, through, reference] = fields.map((name) => text(form, name)) as [string, string, string, string];
  return {
    answers: { ...answers, transfer: { amount, to, through, reference, ...(when.success ? { when: when.data } : {}) } },
  };
}

function takeWho(answers: Answers, form: Readonly<Record<string, unknown>>): Taken {
  const choice = form["choice"];
  if (choice === "anonymous") return { answers: { ...answers, who: { choice, name: "", email: "", phone: "" } } };
  if (choice !== "contact") return wrong("choice", "answer-needed");
  const [name, email, phone] = [text(form, "name"), text(form, "email"), text(form, "phone")];
  const errors: FieldError[] = [];
  if (name.length > 200) errors.push({ path: "name", key: "field-too-long", values: { maximum: 200 } });
  if (phone.length > 40) errors.push({ path: "phone", key: "field-too-long", values: { maximum: 40 } });
  if (email !== "" && !z.email().max(254).safeParse(email).success) errors.push({ path: "email", key: "email-form" });
  if (name === "" && email === "" && phone === "") errors.push({ path: "phone", key: "field-required" });
  return errors.length > 0 ? { errors } : { answers: { ...answers, who: { choice, name, email, phone } } };
}

/** What the reporter's own words hold. */
export const foundIn = ({ description = "" }: Answers, country: string): Observable[] =>
  findObservables(description, { country });

/** What was found and kept, and what was added, each as it reads. */
export function keptOf(answers: Answers, country: string): { type: Observable["type"]; value: string; key: string }[] {
  const added = findObservables((answers.found?.more ?? "").split("\n").join(" ; "), { country });
  return [...foundIn(answers, country).filter(({ key }) => !answers.found?.dropped.includes(key)), ...added];
}

/**
 * The answers as a submission; `undefined` while one is missing. What the reporter unticked is no observable of the report; it
 * still stands in their words.
 */
export function submissionOf(answers: Answers, now: Temporal.Instant): Submission | undefined {
  if (nextStep(answers) !== "check" || answers.description === undefined) return undefined;
  const { transfer, who, found } = answers;
  const details = transfer
    ? Object.entries({
        amount: transfer.amount,
        to: transfer.to,
        through: transfer.through,
        reference: transfer.reference,
      }).filter(([, value]) => value !== "")
    : [];
  const at =
    answers.money === "yes"
      ? { at: now.subtract({ hours: WHEN[transfer?.when ?? "day"] }).toString({ smallestUnit: "second" }) }
      : {};
  const contact =
    who?.choice === "contact"
      ? Object.fromEntries(
          Object.entries({ name: who.name, email: who.email, phone: who.phone }).filter(([, value]) => value !== ""),
        )
      : undefined;
  const description = found?.more ? `${answers.description}\n\n${found.more}` : answers.description;
  return submissionSchema.parse({
    category: answers.category ?? "X9",
    description: description.slice(0, DESCRIPTION_MAX),
    danger: answers.danger === "yes",
    minor: answers.child === "yes",
    transfers:
      answers.money === "yes"
        ? [
            {
              ...Object.fromEntries(
                details.map(([name, value]) => [name, name === "amount" ? value.slice(0, 40) : value]),
              ),
              ...at,
            },
          ]
        : [],
    ...(contact ? { contact } : {}),
  });
}
