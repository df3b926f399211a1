import { z } from "zod";
import { OFFICE_KINDS, ROLES } from "./account.ts";

/** A day of the calendar, `2026-01-31`. */
export const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, "must be a day, 2026-01-31");
/** The code of a measure as `law.md` has it, `P29`. */
export const measureCode = z.string().regex(/^[A-Z]{1,2}[0-9]{1,2}[a-z]?$/, "must be a measure's code, P29");
/** A name or text in the languages of the country; English is always there. */
export const wordsSchema = z.looseObject({ en: z.string().min(1) }).catchall(z.string().min(1));
export type Words = z.infer<typeof wordsSchema>;

const slug = z.string().regex(/^[a-z0-9-]{1,40}$/, "must be lower-case words joined by hyphens");
const category = z.enum(["subscriber", "traffic", "content", "none"]);
const urgency = z.enum(["routine", "urgent", "emergency"]);
/** Roles or kinds of office, any of which may do it. */
const who = z.array(z.enum([...ROLES, ...OFFICE_KINDS])).min(1);
const role = z.enum(ROLES);
const provision = z.string().min(1).max(200);
const term = z.strictObject({ unit: z.enum(["hours", "days", "working-days"]), value: z.int().min(1).max(1_000) });

/** Whose communications the law shields, beyond everybody's. */
export const PRIVILEGES = ["lawyer", "doctor", "journalist", "clergy", "parliament", "diplomat"] as const;

/** Why the person concerned may be told later: a closed list, of which a power takes its own. */
export const DELAY_GROUNDS = ["investigation", "danger", "evidence", "security"] as const;

/** From which offence on a power reaches: by the highest penalty that the law threatens, or because the offence is named. */
const thresholdSchema = z
  .strictObject({
    /** Highest penalty of the offence, in years of imprisonment: this or more. */
    years: z.int().min(1).max(99).optional(),
    /** Codes of the pack's offences that suffice whatever their penalty. */
    offences: z.array(slug).default([]),
    provision,
  })
  .refine(({ years, offences }) => years !== undefined || offences.length > 0, "must name years or offences");

/** When and by whom the person concerned is told that the power was used. @source CETS 185 Art. 15(1) */
const notificationSchema = term.extend({
  provision,
  /** By what authority, and on what ground, they are told later. */
  delay: z
    .strictObject({
      grounds: z.array(z.enum(DELAY_GROUNDS)).min(1),
      by: z.array(role).min(1),
      /** Longest single delay; it may be granted again. */
      days_max: z.int().min(1).max(3_650),
      provision,
    })
    .optional(),
});

/** What is asked of privilege and immunity, and what a yes demands. */
const privilegeSchema = z.strictObject({
  provision,
  /** By group: a group that is left out demands nothing more. */
  groups: z.partialRecord(
    z.enum(PRIVILEGES),
    z.strictObject({
      /** Only these roles may then authorise. */
      needs: z.array(role).min(1).optional(),
      /** A person outside of the investigation takes out what is privileged, and must be named. */
      filter: z.boolean().default(false),
      /** Immunity: the power may not be used at all. */
      barred: z.boolean().default(false),
    }),
  ),
});

/** A measure that may start before it is authorised: who orders it, within what time it must be validated, and by whom. */
const validationSchema = z.strictObject({
  /** What becomes of it unvalidated: it stands still until a court decides, or is withdrawn for good, and what came is used no more. */
  unvalidated: z.enum(["stopped", "withdrawn"]).default("stopped"),
  urgency: z
    .array(z.enum(["urgent", "emergency"]))
    .min(1)
    .default(["emergency"]),
  ordering: z.array(role).min(1),
  within: term,
  by: z.array(role).min(1),
  provision,
});

/** A power of the country's law: who may authorise which measure on which data, under what safeguards, from when. @source CETS 185 Art. 15(2) */
export const powerSchema = z.strictObject({
  /** Name of the power within its pack, `traffic-data`. */
  power: z.string().regex(/^[a-z0-9-]+$/, "must be lower-case words joined by hyphens"),
  /** Codes of `law.md`: P29, M31 … */
  measures: z.array(measureCode).min(1),
  /** Categories of data that it reaches; `none` for measures that ask for no data. */
  categories: z.array(category).min(1),
  /** True where it reaches only such traffic data as is asked for solely to identify the user. @source Regulation (EU) 2023/1543 Art. 3(10) */
  identifying: z.boolean().default(false),
  /** How pressing the matter must be; left out, it is there for every request. */
  urgency: z.array(urgency).min(1).optional(),
  /** Roles or kinds of office, any of which may authorise. */
  authorising: who,
  /** True where the oversight body is to see every use. */
  intrusive: z.boolean().default(false),
  threshold: thresholdSchema.optional(),
  /** Longest period of one authorisation, in days from the day on which it is given. */
  period_days: z.int().min(1).max(366).optional(),
  notification: notificationSchema.optional(),
  privilege: privilegeSchema.optional(),
  validation: validationSchema.optional(),
  provision,
  from: day,
  until: day.optional(),
  /** Where the provision can be read. */
  source: z.string().min(1),
  /** False where nobody has compared it with the source yet; pages say so. */
  checked: z.boolean().default(true),
});
export type Power = z.infer<typeof powerSchema>;

/** A question of necessity or proportionality that must be answered before a request is decided upon. @source CETS 185 Art. 15(1) */
export const questionSchema = z.strictObject({
  code: slug,
  test: z.enum(["necessity", "proportionality"]),
  ask: wordsSchema,
  /** Left out: every measure, every category. */
  measures: z.array(measureCode).min(1).optional(),
  categories: z.array(category).min(1).optional(),
  provision,
  from: day.default("0001-01-01"),
  until: day.optional(),
});
export type LawQuestion = z.infer<typeof questionSchema>;

/** An offence of the country's law with its highest penalty, so that thresholds are decided by the law and not by whoever drafts. */
export const offenceSchema = z.strictObject({
  code: slug,
  name: wordsSchema,
  provision,
  /** Highest penalty, in years of imprisonment; 0 where only a fine is threatened. */
  years: z.int().min(0).max(99),
  /** Article of the Convention that it implements, `CETS 185 Art. 8`. */
  article: z.string().max(60).optional(),
});
export type Offence = z.infer<typeof offenceSchema>;

/** Who watches over the use of powers and may order a halt. @source CETS 185 Art. 15(2) */
export const oversightSchema = z.strictObject({
  name: wordsSchema,
  roles: z.array(z.enum(["overseer", "data-protection-officer"])).min(1),
  provision,
});
export type Oversight = z.infer<typeof oversightSchema>;

const isRole = (one: string): boolean => (ROLES as readonly string[]).includes(one);
const listed = (texts: readonly string[]): string => `[${texts.map((text) => JSON.stringify(text)).join(", ")}]`;
const actions = (...names: readonly string[]): string =>
  `[${names.map((name) => `Action::"request.${name}"`).join(", ")}]`;

/** Of whom a policy speaks. "central-authority" names a role and a kind of office alike: whoever is either. */
function anyOf(authorising: readonly string[]): string {
  const kinds = authorising.filter((one) => (OFFICE_KINDS as readonly string[]).includes(one));
  const roles = authorising.filter(isRole);
  return [
    ...(roles.length > 0 ? [`${listed(roles)}.contains(principal.role)`] : []),
    ...(kinds.length > 0 ? [`${listed(kinds)}.contains(principal.office_kind)`] : []),
  ].join(" || ");
}

interface Rule {
  readonly id: string;
  readonly effect: "permit" | "forbid";
  readonly acts: readonly string[];
  readonly source: string;
  readonly reason?: string;
  readonly from: string;
  readonly until?: string | undefined;
  readonly when: readonly string[];
  readonly unless?: string;
}
const written = ({ id, effect, acts, source, reason, from, until, when, unless }: Rule): string =>
  `@id(${JSON.stringify(id)})
@source(${JSON.stringify(source)})${reason === undefined ? "" : `\n@reason("${reason}")`}
@from("${from}")${until === undefined ? "" : `\n@until("${until}")`}
${effect} (
  principal is Officer,
  action in ${actions(...acts)},
  resource is Request
)
when {
  ${when.join(" &&\n  ")}
}${unless === undefined ? "" : `\nunless { ${unless} }`};`;

const onMeasures = (measures: readonly string[]) =>
  `resource has measure && ${listed(measures)}.contains(resource.measure)`;
const onCategories = (categories: readonly string[]) =>
  `resource has data_category && ${listed(categories)}.contains(resource.data_category)`;
/** Traffic data is within reach only where it is to identify the user. */
const onIdentifying = (attribute: "data_category" | "amended_category") =>
  `(if resource has ${attribute} && resource.${attribute} == "traffic" then resource has identifying && resource.identifying else true)`;
const atUrgency = (levels: readonly string[]) => `resource has urgency && ${listed(levels)}.contains(resource.urgency)`;

/**
 * The policies that a power amounts to: those whom it names may authorise or deny its measures on its data, order them first and have them
 * validated where it lets them, and its thresholds, shields and periods forbid whatever else a pack permits.
 *
 * Written from the data, so that the page that shows a power and the decision that applies it can't disagree.
 */
export function powerPolicies(code: string, power: Power): string {
  const id = `${code}.power.${power.power}`;
  const { from, until, provision: source } = power;
  const reach = [
    onMeasures(power.measures),
    onCategories(power.categories),
    ...(power.identifying ? [onIdentifying("data_category")] : []),
    ...(power.urgency ? [atUrgency(power.urgency)] : []),
  ];
  const rules: Rule[] = [
    {
      id,
      effect: "permit",
      acts: ["authorise", "deny", "revoke", "approve", "disapprove"],
      source,
      from,
      until,
      when: [
        `(${anyOf(power.authorising)})`,
        ...reach,
        // What would widen a request is decided on by whoever may decide on what it would then reach.
        `(if resource has amended_category then ${listed(power.categories)}.contains(resource.amended_category) else true)`,
        ...(power.identifying ? [onIdentifying("amended_category")] : []),
      ],
    },
    ...bounds(id, power, reach),
    ...shields(id, power, reach),
    ...exPost(id, power, reach),
  ];
  return rules.map(written).join("\n");
}

/** Threshold and period. */
function bounds(
  id: string,
  { threshold, period_days: days, from, until, provision: source }: Power,
  reach: string[],
): Rule[] {
  const rules: Rule[] = [];
  if (threshold) {
    const { years, offences } = threshold;
    const met = [
      ...(years === undefined ? [] : [`(resource has penalty_years && resource.penalty_years >= ${years})`]),
      ...(offences.length === 0
        ? []
        : [`(resource has offence_code && ${listed(offences)}.contains(resource.offence_code))`]),
    ];
    rules.push({
      id: `${id}.threshold`,
      effect: "forbid",
      reason: "safeguard-threshold",
      acts: ["authorise", "order", "send"],
      source: threshold.provision,
      from,
      until,
      when: reach,
      unless: met.join(" || "),
    });
  }
  if (days !== undefined)
    rules.push({
      id: `${id}.period`,
      effect: "forbid",
      reason: "safeguard-period",
      acts: ["send"],
      source,
      from,
      until,
      when: [...reach, `resource has period_days && resource.period_days > ${days}`],
    });
  return rules;
}

/** Privilege and immunity. */
function shields(id: string, { privilege, from, until }: Power, reach: string[]): Rule[] {
  if (!privilege) return [];
  const common = { effect: "forbid", source: privilege.provision, from, until } as const;
  return [
    {
      ...common,
      id: `${id}.privilege`,
      reason: "safeguard-privilege-unasked",
      acts: ["authorise", "order", "send"],
      when: reach,
      unless: "resource has privilege",
    },
    ...Object.entries(privilege.groups).flatMap(([group, { needs, filter, barred }]): Rule[] => {
      const when = [...reach, `resource has privilege && resource.privilege == "${group}"`];
      return [
        ...(barred
          ? [
              {
                ...common,
                id: `${id}.immunity.${group}`,
                reason: "safeguard-immunity",
                acts: ["authorise", "order", "send"],
                when,
              },
            ]
          : []),
        ...(needs
          ? [
              {
                ...common,
                id: `${id}.privilege.${group}`,
                reason: "safeguard-privilege-office",
                acts: ["authorise", "order"],
                when,
                unless: `${listed(needs)}.contains(principal.role)`,
              },
            ]
          : []),
        ...(filter
          ? [
              {
                ...common,
                id: `${id}.filter.${group}`,
                reason: "safeguard-filter",
                acts: ["authorise", "order", "send"],
                when,
                unless: "resource has filter_person",
              },
            ]
          : []),
      ];
    }),
  ];
}

/** Who may order before the authorisation, who validates, and who delays that the person concerned is told. */
function exPost(id: string, { validation, notification, from, until }: Power, reach: string[]): Rule[] {
  const delay = notification?.delay;
  return [
    ...(validation
      ? [
          {
            id: `${id}.order`,
            effect: "permit" as const,
            acts: ["order"],
            source: validation.provision,
            from,
            until,
            when: [`${listed(validation.ordering)}.contains(principal.role)`, ...reach, atUrgency(validation.urgency)],
          },
          // Nobody orders what they have not read.
          {
            id: `${id}.order.read`,
            effect: "permit" as const,
            acts: ["read"],
            source: validation.provision,
            from,
            until,
            when: [
              `${listed(validation.ordering)}.contains(principal.role)`,
              ...reach,
              atUrgency(validation.urgency),
              'resource has state && resource.state == "submitted"',
            ],
          },
          // Whoever ordered what can't wait need not find somebody else to send it.
          {
            id: `${id}.order.send`,
            effect: "permit" as const,
            acts: ["send"],
            source: validation.provision,
            from,
            until,
            when: [
              `${listed(validation.ordering)}.contains(principal.role)`,
              ...reach,
              "resource has ordered_by && resource.ordered_by == principal.account",
            ],
          },
          {
            id: `${id}.validate`,
            effect: "permit" as const,
            acts: ["validate"],
            source: validation.provision,
            from,
            until,
            when: [`${listed(validation.by)}.contains(principal.role)`, ...reach],
          },
        ]
      : []),
    ...(delay
      ? [
          {
            id: `${id}.defer`,
            effect: "permit" as const,
            acts: ["defer"],
            source: delay.provision,
            from,
            until,
            when: [`${listed(delay.by)}.contains(principal.role)`, ...reach],
          },
        ]
      : []),
  ];
}

/** A question that must be answered, as a policy: nothing is decided, ordered or sent while it isn't, whoever permits it. */
export const questionPolicy = (
  layer: string,
  { code, measures, categories, provision: source, from, until }: LawQuestion,
) =>
  written({
    id: `${layer}.question.${code}`,
    effect: "forbid",
    reason: "safeguard-question",
    acts: ["authorise", "order", "send"],
    source,
    from,
    until,
    when: [
      'resource has side && resource.side == "sender"',
      ...(measures ? [onMeasures(measures)] : []),
      ...(categories ? [onCategories(categories)] : []),
    ],
    unless: `resource has answered && resource.answered.contains("${code}")`,
  });

/** Whoever watches over powers reads every request and may halt it; a court may lift a halt as they may. */
export const oversightPolicies = (layer: string, { roles, provision: source }: Oversight): string =>
  [
    `@id("${layer}.oversight.read")
@source(${JSON.stringify(source)})
permit (principal is Officer, action == Action::"request.read", resource is Request)
when { ${listed(roles)}.contains(principal.role) };`,
    `@id("${layer}.oversight.desk")
@source(${JSON.stringify(source)})
permit (principal is Officer, action == Action::"oversight.read", resource is Node)
when { ${listed(roles)}.contains(principal.role) };`,
    `@id("${layer}.oversight.halt")
@source(${JSON.stringify(source)})
permit (principal is Officer, action in ${actions("halt", "resume")}, resource is Request)
when { ${listed(roles)}.contains(principal.role) };`,
    `@id("${layer}.oversight.court")
@source(${JSON.stringify(source)})
permit (principal is Officer, action == Action::"request.resume", resource is Request)
when { principal.role == "judge" && resource has state && resource.state != "draft" };`,
  ].join("\n");
