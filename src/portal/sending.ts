import { DESCRIPTION_MAX, type Submission, submissionSchema } from "../reports/slice.ts";
import { type Answers, nextStep, takesFiles } from "./draft.ts";

/** Most characters of a payment's amount that a report takes. */
const AMOUNT_MAX = 40;

/**
 * The answers as a submission; `undefined` while one is missing. A payment that was told is a report of its own: `bare` is then its
 * description. What the reporter unticked is no observable of the report; it still stands in their words.
 */
export function submissionOf(answers: Answers, bare: string): Submission | undefined {
  const { payments = [], who, whom, found, links, danger, child } = answers;
  const complete = nextStep(answers) === "check" && answers.description !== undefined;
  if (!complete && payments.length === 0) return undefined;
  const contact =
    who?.choice === "contact" ? filled({ name: who.name, email: who.email, phone: who.phone }) : undefined;
  const words = [answers.description ?? bare, found?.more ?? "", takesFiles(answers) ? "" : (links ?? "")].filter(
    (each) => each !== "",
  );
  return submissionSchema.parse({
    category: answers.category ?? (complete ? "X9" : "F2"),
    description: words.join("\n\n").slice(0, DESCRIPTION_MAX).toWellFormed(),
    danger: danger === "yes",
    minor: child === "yes",
    transfers: payments.map(({ amount, ...rest }) => filled({ amount: amount.slice(0, AMOUNT_MAX), ...rest })),
    ...filled({ district: whom?.district ?? "", age_band: whom?.age ?? "", for_whom: whom?.who ?? "" }),
    ...(contact && Object.keys(contact).length > 0 ? { contact } : {}),
    consent: {
      contact: contact !== undefined && Object.keys(contact).length > 0,
      share: who?.share ?? false,
      handover: who?.handover ?? false,
    },
  });
}

const filled = (texts: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(texts).filter(([, value]) => value !== ""));
