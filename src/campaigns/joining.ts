/** Above so many reports a shared thing joins none any more: it is a hub, and would tie everything to everything. The report's page says the same. */
export const HUB_MAX = 1_000;
/** The node joins two campaigns on its own only where the smaller has at most so many reports; larger ones an officer joins. */
export const MERGED_MAX = 500;

/** A campaign as the rule of joining sees it. */
export interface Known {
  readonly id: string;
  /** Greater for a younger one: the older keeps its number. */
  readonly order: string;
  readonly reports: number;
}

/** What there is to join: reports that came, reports that stand alone, campaigns, and what ties them. */
export interface Ties {
  /** Reports in no campaign, those that came now and those that stood alone. */
  readonly reports: readonly string[];
  readonly campaigns: readonly Known[];
  /** Things tied together (a shared number, one wording, an officer's word): ids of reports and campaigns. */
  readonly bonds: readonly (readonly string[])[];
  /** Pairs that may never be together: an officer has said so. */
  readonly apart: readonly (readonly [string, string])[];
}

/** What follows: new campaigns, campaigns that grow, campaigns that are taken into an older one. */
export interface Joined {
  readonly form: readonly (readonly string[])[];
  readonly grow: readonly { readonly campaign: string; readonly reports: readonly string[] }[];
  readonly merge: readonly { readonly into: string; readonly from: readonly string[] }[];
}

interface Group {
  readonly campaigns: readonly Known[];
  readonly reports: readonly string[];
  /** Ids that may not come in. */
  readonly enemies: ReadonlySet<string>;
  readonly members: ReadonlySet<string>;
}

/**
 * Joins what is tied, unless an officer's word or the size of two campaigns stands against it. Bonds are taken in the order
 * given, so the stronger ones go first. Without such words the outcome is that of any order: things tied by a chain are together.
 */
export function join({ reports, campaigns, bonds, apart }: Ties): Joined {
  const groups = new Map<string, Group>();
  const enemies = new Map<string, Set<string>>();
  for (const [a, b] of apart) {
    enemies.set(a, (enemies.get(a) ?? new Set()).add(b));
    enemies.set(b, (enemies.get(b) ?? new Set()).add(a));
  }
  const alone = (id: string, more: Partial<Group>): Group => ({
    campaigns: [],
    reports: [],
    enemies: enemies.get(id) ?? new Set(),
    members: new Set([id]),
    ...more,
  });
  for (const id of reports) groups.set(id, alone(id, { reports: [id] }));
  for (const each of campaigns) groups.set(each.id, alone(each.id, { campaigns: [each] }));
  for (const bond of bonds) {
    // Campaigns first, then the oldest report: what may not join the first may still join another.
    const [first, ...others] = bond
      .filter((id) => groups.has(id))
      .sort((a, b) => rankOf(a, groups) - rankOf(b, groups));
    if (first === undefined) continue;
    const heads = [first];
    for (const id of others) {
      const met = heads.find((head) => tie(groups, head, id));
      if (met === undefined) heads.push(id);
    }
  }
  return outcome(new Set(groups.values()));
}

const rankOf = (id: string, groups: ReadonlyMap<string, Group>): number =>
  groups.get(id)?.campaigns.some((each) => each.id === id) ? 0 : 1;

/** Puts the groups of two ids together where nothing stands against it; true where they are together then. */
function tie(groups: Map<string, Group>, a: string, b: string): boolean {
  const [left, right] = [groups.get(a), groups.get(b)];
  if (!left || !right) return false;
  if (left === right) return true;
  const isBarred = (one: Group, other: Group) => [...one.enemies].some((enemy) => other.members.has(enemy));
  const smaller = Math.min(sizeOf(left), sizeOf(right));
  if (isBarred(left, right) || isBarred(right, left) || smaller > MERGED_MAX) return false;
  const united: Group = {
    campaigns: [...left.campaigns, ...right.campaigns],
    reports: [...left.reports, ...right.reports],
    enemies: new Set([...left.enemies, ...right.enemies]),
    members: new Set([...left.members, ...right.members]),
  };
  for (const id of united.members) groups.set(id, united);
  return true;
}

/** Reports of a group's campaigns: nought where it has none, as what stands alone may join anything. */
const sizeOf = ({ campaigns }: Group): number => campaigns.reduce((sum, { reports }) => sum + reports, 0);

function outcome(groups: ReadonlySet<Group>): Joined {
  const form: (readonly string[])[] = [];
  const grow: { campaign: string; reports: readonly string[] }[] = [];
  const merge: { into: string; from: readonly string[] }[] = [];
  for (const { campaigns, reports } of groups) {
    const [oldest, ...younger] = campaigns.toSorted((a, b) => (a.order < b.order ? -1 : 1));
    if (!oldest) {
      if (reports.length > 1) form.push(reports.toSorted());
      continue;
    }
    if (younger.length > 0) merge.push({ into: oldest.id, from: younger.map(({ id }) => id) });
    if (reports.length > 0) grow.push({ campaign: oldest.id, reports: reports.toSorted() });
  }
  return { form, grow, merge };
}
