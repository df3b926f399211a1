import { OFFICE_KINDS, ROLES } from "./account.ts";
import type { LawQuestion, Oversight, Power } from "./pack-powers.ts";

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
export function questionPolicy(
  layer: string,
  { code, measures, categories, urgency: levels, provision: source, from, until }: LawQuestion,
): string {
  const id = `${layer}.question.${code}`;
  const common = { effect: "forbid", reason: "safeguard-question", source, from, until } as const;
  const unless = `resource has answered && resource.answered.contains("${code}")`;
  const when = [
    'resource has side && resource.side == "sender"',
    ...(measures ? [onMeasures(measures)] : []),
    ...(levels ? [atUrgency(levels)] : []),
  ];
  return [
    written({
      ...common,
      id,
      acts: ["authorise", "order", "send"],
      when: [...when, ...(categories ? [onCategories(categories)] : [])],
      unless,
    }),
    // What would widen a request answers what it would then be asked.
    ...(categories
      ? [
          written({
            ...common,
            id: `${id}.widened`,
            acts: ["approve"],
            when: [
              ...when,
              `resource has amended_category && ${listed(categories)}.contains(resource.amended_category)`,
            ],
            unless,
          }),
        ]
      : []),
  ].join("\n");
}

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
