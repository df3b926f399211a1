import { z } from "zod";

/** What a question is about: a closed list, so that what slows requests down can be counted. */
export const TOPICS = [
  "facts",
  "offence",
  "identifiers",
  "period",
  "custodian",
  "necessity",
  "authority",
  "legal-basis",
  "dual-criminality",
  "translation",
  "conditions",
  "format",
  "other",
] as const;

/** What an answer is: given in full; given as far as it is known; will follow; not known; may not be said. */
export const ANSWERS = ["given", "in-part", "follows", "not-known", "not-given"] as const;

const text = (least: number) => z.string().trim().min(least).max(10_000).meta({ control: "textarea" });

export const askSchema = z.strictObject({
  about: z.array(z.enum(TOPICS)).min(1).max(TOPICS.length).default(["other"]),
  text: text(3),
});
export const answerSchema = z.strictObject({ answer: z.enum(ANSWERS).default("given"), text: text(3) });

/** The same as they arrive; a node of an older version says nothing of topics. */
export const askedSchema = z.strictObject({
  about: z.array(z.enum(TOPICS)).max(TOPICS.length).default(["other"]),
  text: z.string().max(10_000),
});
export const answeredSchema = z.strictObject({
  answer: z.enum(ANSWERS).default("given"),
  text: z.string().max(10_000),
});
