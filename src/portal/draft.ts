import { z } from "zod";
import { findObservables, type Observable } from "../observables/slice.ts";
import { AGE_BANDS, CODES, type Code, FILE_KINDS, FOR_WHOM, takesFilesOf, TILES } from "../reports/slice.ts";

/**
 * The questions of the form, in their order; a question's page is known by its number in this list. Some are asked only of those
 * whom they concern.
 */
export const STEPS = [
  "danger",
  "child",
  "money",
  "help",
  "payment",
  "enough",
  "what",
  "kind",
  "whom",
  "words",
  "found",
  "payments",
  "files",
  "who",
  "check",
] as const;
export type StepName = (typeof STEPS)[number];

/** The question after which what was answered can be found again by a code. */
export const CODE_AFTER: StepName = "child";

const yesNo = z.enum(["yes", "no"]);
const TILE_NAMES = TILES.map(({ tile }) => tile) as [string, ...string[]];

/** One payment as far as it is known; texts are empty where nobody said. */
const paymentSchema = z.object({
  /** Plain decimal as it was read, never a floating number. */
  amount: z.string(),
  /** ISO 4217, or the short name of a crypto-asset. */
  currency: z.string(),
  to: z.string(),
  through: z.string(),
  reference: z.string(),
  /** When it left, RFC 3339. */
  at: z.string(),
});
export type Payment = z.output<typeof paymentSchema>;

/** A file of a draft, as `takeDraftFile` gives it: its bytes are in the vault already. */
const fileSchema = z.object({
  blob: z.string(),
  name: z.string(),
  media: z.string(),
  kind: z.enum(FILE_KINDS),
  misnamed: z.boolean(),
  size: z.number(),
  digest: z.string(),
});

/** What has been answered so far. Kept sealed between the pages; nothing of it is a report until it is sent. */
export const answersSchema = z.object({
  /** The code by which the draft is found again, and then the report; from the second page on. */
  code: z.string().optional(),
  danger: yesNo.optional(),
  child: yesNo.optional(),
  money: yesNo.optional(),
  /** The numbers to call have been shown. */
  help: z.literal("seen").optional(),
  payments: z.array(paymentSchema).optional(),
  /** The payment is told and could be sent as it is; the writer goes on to tell more. */
  enough: z.literal("on").optional(),
  tile: z.enum(TILE_NAMES).optional(),
  category: z.enum(CODES).optional(),
  /** Whom it happened to; empty where the writer would rather not say. */
  whom: z.object({ who: z.enum([...FOR_WHOM, ""]), age: z.enum([...AGE_BANDS, ""]), district: z.string() }).optional(),
  description: z.string().optional(),
  /** Keys of what was found and does not belong, and what was added. */
  found: z.object({ dropped: z.array(z.string()), more: z.string() }).optional(),
  files: z.array(fileSchema).optional(),
  /** Addresses of what may not be sent as a file. */
  links: z.string().optional(),
  /** The page of files has been left. */
  filed: z.boolean().optional(),
  who: z
    .object({
      choice: z.enum(["anonymous", "contact"]),
      name: z.string(),
      email: z.string(),
      phone: z.string(),
      share: z.boolean(),
      handover: z.boolean(),
    })
    .optional(),
  /** Set once it is handed in: what the last page shows, until then. */
  sent: z
    .object({ report: z.string(), reference: z.string(), due: z.string().nullable(), until: z.string() })
    .optional(),
});
export type Answers = z.output<typeof answersSchema>;

/** Tiles after which it is asked whether money left, where it was not asked before. */
const PAID_TILES = new Set(["money", "message", "account", "device", "images", "threats", "unsure"]);

/**
 * Whether what happened is of a kind of which no file may be sent: having an image of the abuse of a child is an offence of its own.
 *
 * @source CETS 185 Art. 9
 */
export const takesFiles = ({ category, tile, child }: Answers): boolean =>
  !((category && !takesFilesOf(category)) || tile === "child" || (child === "yes" && tile === "images"));

/** The pages that these answers lead through. */
export function stepsFor({ danger, child, money, tile, payments = [] }: Answers): StepName[] {
  const codes = TILES.find((each) => each.tile === tile)?.codes ?? [];
  return STEPS.filter((step) => {
    if (step === "help") return [danger, child, money].includes("yes");
    if (step === "payment") return money === "yes";
    if (step === "enough") return money === "yes" && payments.length > 0;
    if (step === "kind") return codes.length > 1;
    if (step === "payments") return money !== "yes" && PAID_TILES.has(tile ?? "");
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
    case "payment":
    case "payments":
      return answers.payments !== undefined;
    case "what":
      return answers.tile !== undefined;
    case "kind":
      return answers.category !== undefined && codesOf(answers.tile).includes(answers.category);
    case "words":
      return answers.description !== undefined;
    case "files":
      return answers.filed === true;
    case "check":
      return false;
    default:
      return answers[step] !== undefined;
  }
}

/** The codes that one chooses from behind a tile. */
export const codesOf = (tile: string | undefined): readonly Code[] =>
  TILES.find((each) => each.tile === tile)?.codes ?? [];

/** What the reporter's own words hold. */
export const foundIn = ({ description = "" }: Answers, country: string): Observable[] =>
  findObservables(description, { country });

/** What was found and kept, and what was added, each as it reads. */
export function keptOf(answers: Answers, country: string): { type: Observable["type"]; value: string; key: string }[] {
  const added = findObservables((answers.found?.more ?? "").split("\n").join(" ; "), { country });
  return [...foundIn(answers, country).filter(({ key }) => !answers.found?.dropped.includes(key)), ...added];
}
