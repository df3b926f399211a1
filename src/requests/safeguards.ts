import { z } from "zod";
import type { FieldError } from "../kernel/errors.ts";
import type { Pack } from "../access/pack.ts";
import { type LawQuestion, type Offence, type Power, PRIVILEGES } from "../access/pack-powers.ts";
import type { Category, MeasureCode, Reach } from "../law/slice.ts";
import { isThin } from "./substance.ts";

const text = (max: number) => z.string().trim().max(max);
const slug = z.string().regex(/^[a-z0-9-]{1,40}$/);
const ANSWER_MAX = 4_000;
/** What shields the communications of the person concerned: nothing, or a group that the law names. */
export const SHIELDS = ["none", ...PRIVILEGES] as const;

/** What a draft says to the safeguards; what must be said follows from the law and is asked when it is submitted. */
export const safeguardsSchema = z.strictObject({
  /** Code of an offence of the law. */
  offence: slug.optional(),
  privilege: z.enum(SHIELDS).optional(),
  /** Who takes out what is privileged, outside of the investigation. */
  filter: text(200).optional(),
  /** By code of the question. */
  answers: z.record(slug, text(ANSWER_MAX)).default({}),
});
export type SafeguardsSaid = z.infer<typeof safeguardsSchema>;

/** Words in several languages; English always. */
const words = z.record(z.string().max(20), z.string().max(1_000));
/** The safeguards of a request as submitted: self-contained, so that whoever is asked reads the same as whoever decided. */
export const sentSafeguards = z.strictObject({
  law: z.strictObject({ pack: z.string().max(40), version: z.string().max(20), digest: z.string().max(64) }),
  tests: z
    .array(
      z.strictObject({
        code: z.string().max(40),
        test: z.enum(["necessity", "proportionality"]),
        ask: words,
        answer: z.string().max(ANSWER_MAX),
        provision: z.string().max(200),
      }),
    )
    .max(60),
  offence: z
    .strictObject({
      code: z.string().max(40),
      name: words,
      provision: z.string().max(200),
      years: z.int().min(0).max(99),
    })
    .nullable(),
  privilege: z.enum(SHIELDS).nullable(),
  filter: z.string().max(200).nullable(),
});
export type Safeguards = z.infer<typeof sentSafeguards>;

/** The law as far as safeguards need it: a country's pack. */
export type SafeguardLaw = Pick<Pack, "code" | "version" | "powers" | "questions" | "offences">;
/** What decides which powers and questions concern a request. */
export interface Reached {
  readonly measure: MeasureCode;
  readonly data_category: Reach;
  readonly urgency: "routine" | "urgent" | "emergency";
  /** True where traffic data is asked for solely to identify the user; absent: it is not. */
  readonly identifying?: boolean;
}

const inForce = (
  { from, until }: { readonly from: string; readonly until?: string | undefined },
  day: string,
): boolean => from <= day && day <= (until ?? "9999-12-31");

/** The powers of the law that reach this measure on that data, on a day (`2026-01-31`). */
export const powersFor = (
  law: Pick<SafeguardLaw, "powers">,
  { measure, data_category: category, urgency, identifying = false }: Reached,
  day: string,
): Power[] =>
  law.powers.filter(
    (power) =>
      inForce(power, day) &&
      power.measures.includes(measure) &&
      power.categories.includes(category) &&
      (!power.identifying || category !== "traffic" || identifying) &&
      (power.urgency?.includes(urgency) ?? true),
  );

/** The questions that must be answered for it. @source CETS 185 Art. 15(1) */
export const questionsFor = (
  law: Pick<SafeguardLaw, "questions">,
  { measure, data_category: category, urgency }: Pick<Reached, "measure" | "data_category" | "urgency">,
  day: string,
): LawQuestion[] =>
  law.questions.filter(
    (question) =>
      inForce(question, day) &&
      (question.measures?.includes(measure) ?? true) &&
      (question.urgency?.includes(urgency) ?? true) &&
      (question.categories?.includes(category) ?? true),
  );

/** What the form of a draft asks, before its data is named: of any category that the measure can reach. */
export interface AskedOfDraft {
  readonly questions: readonly (LawQuestion & { readonly only: readonly Category[] | null })[];
  readonly offences: readonly Offence[];
  /** True where an offence of the law must be named. */
  readonly needsOffence: boolean;
  readonly asksPrivilege: boolean;
}
export function askedOfDraft(law: SafeguardLaw, measure: MeasureCode, day: string): AskedOfDraft {
  const powers = law.powers.filter((power) => inForce(power, day) && power.measures.includes(measure));
  return {
    questions: law.questions
      .filter((question) => inForce(question, day) && (question.measures?.includes(measure) ?? true))
      .map((question) => ({
        ...question,
        only: question.categories?.filter((each): each is Category => each !== "none") ?? null,
      })),
    offences: law.offences,
    needsOffence: powers.some(({ threshold }) => threshold !== undefined),
    asksPrivilege: powers.some(({ privilege }) => privilege !== undefined),
  };
}

const ANSWER_MIN = 30;
const ANSWER_WORDS_MIN = 5;

/** What the law wants said and the draft doesn't say, field by field; empty where nothing is missing. @source CETS 185 Art. 15(1) */
export function missingSafeguards(
  law: SafeguardLaw,
  request: Reached & { readonly safeguards: SafeguardsSaid },
  day: string,
): FieldError[] {
  const { offence, privilege, filter, answers } = request.safeguards;
  const powers = powersFor(law, request, day);
  const groups = powers.flatMap((power) => (power.privilege ? [power.privilege.groups] : []));
  const group = privilege === undefined || privilege === "none" ? undefined : privilege;
  return [
    ...questionsFor(law, request, day).flatMap(({ code }): FieldError[] => {
      const path = `safeguards.answers.${code}`;
      const answer = answers[code] ?? "";
      if (answer === "") return [{ path, key: "safeguard-question" }];
      return isThin(answer, ANSWER_MIN, ANSWER_WORDS_MIN)
        ? [{ path, key: "request-text-too-thin", values: { minimum: ANSWER_MIN } }]
        : [];
    }),
    ...(offence !== undefined && !law.offences.some(({ code }) => code === offence)
      ? [{ path: "safeguards.offence", key: "safeguard-offence-unknown" }]
      : []),
    ...(offence === undefined && powers.some(({ threshold }) => threshold !== undefined)
      ? [{ path: "safeguards.offence", key: "safeguard-offence-missing" }]
      : []),
    ...(privilege === undefined && groups.length > 0
      ? [{ path: "safeguards.privilege", key: "safeguard-privilege-unasked" }]
      : []),
    ...(group !== undefined && groups.some((each) => each[group]?.filter === true) && (filter ?? "") === ""
      ? [{ path: "safeguards.filter", key: "safeguard-filter" }]
      : []),
  ];
}

/** What the columns of a request say of its safeguards once it is submitted. */
export function submittedSafeguards(
  law: SafeguardLaw,
  request: Reached & { readonly safeguards: SafeguardsSaid },
  { day, digest }: { readonly day: string; readonly digest: string },
) {
  const { offence: code, privilege = null, filter, answers } = request.safeguards;
  const offence = law.offences.find((each) => each.code === code) ?? null;
  const must = questionsFor(law, request, day);
  // What is answered beside is kept: a change that asks for more may then rest on it.
  const questions = law.questions.filter(
    (each) =>
      must.includes(each) ||
      (inForce(each, day) && (each.measures?.includes(request.measure) ?? true) && (answers[each.code] ?? "") !== ""),
  );
  const tests: Safeguards = {
    law: { pack: law.code, version: law.version, digest },
    tests: questions.map(({ code: name, test, ask, provision }) => ({
      code: name,
      test,
      ask: { ...ask },
      answer: answers[name] ?? "",
      provision,
    })),
    offence: offence && {
      code: offence.code,
      name: { ...offence.name },
      provision: offence.provision,
      years: offence.years,
    },
    privilege,
    filter: filter ?? null,
  };
  return {
    tests,
    penalty_years: offence?.years ?? null,
    offence_code: offence?.code ?? null,
    privilege,
    filter_person: filter ?? null,
    answered: questions.map((each) => each.code).filter((name) => (answers[name] ?? "") !== ""),
    intrusive: isIntrusive(law, request, day),
  };
}

/** True where the law counts what is asked for as a power of which oversight sees every use. */
export const isIntrusive = (law: Pick<SafeguardLaw, "powers">, request: Reached, day: string): boolean =>
  powersFor(law, request, day).some((power) => power.intrusive);

/** The shortest of the longest periods that the law sets, in days; `null` where it sets none. */
export function longestPeriod(law: Pick<SafeguardLaw, "powers">, request: Reached, day: string): number | null {
  const periods = powersFor(law, request, day).flatMap(({ period_days: days }) => (days === undefined ? [] : [days]));
  return periods.length === 0 ? null : Math.min(...periods);
}

/** Text of a pack in the reader's language, else English. */
export const inLanguage = (of: Readonly<Record<string, unknown>>, locale: string): string => {
  const found = of[locale] ?? of["en"];
  return typeof found === "string" ? found : "";
};
