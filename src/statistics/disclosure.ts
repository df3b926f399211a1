/**
 * A published count as an edge of a network: every report runs once around it, through its district, its category, its age band, the
 * total and for whom it was made. So what runs into a place runs out of it, and those are all the sums that the tables share.
 */
export interface Edge {
  readonly from: string;
  readonly to: string;
  /** Whole, not negative. */
  readonly value: number;
  /** What it costs the reader to lose this figure, against 1 for an inner cell. */
  readonly worth: number;
}

/** What is known of a count by whoever knows all that is published: it lies between the two, both included. */
export interface Interval {
  readonly least: number;
  /** Infinity where nothing bounds it. */
  readonly most: number;
}

interface Way {
  readonly edge: number;
  /** True along the edge: the count grows. */
  readonly along: boolean;
}
interface Network {
  readonly edges: readonly Edge[];
  readonly ends: readonly (readonly [from: number, to: number])[];
  /** By place: the ways out of it. */
  readonly ways: readonly (readonly Way[])[];
}

function networkOf(edges: readonly Edge[]): Network {
  const places = new Map<string, number>();
  const placeOf = (name: string): number => {
    const known = places.get(name) ?? places.size;
    places.set(name, known);
    return known;
  };
  const ends = edges.map(({ from, to }) => [placeOf(from), placeOf(to)] as const);
  const ways: Way[][] = Array.from({ length: places.size }, () => []);
  ends.forEach(([from, to], edge) => {
    ways[from]?.push({ edge, along: true });
    ways[to]?.push({ edge, along: false });
  });
  return { edges, ends, ways };
}

/** What a way costs that is withheld already: next to nothing, so that of two the shorter is taken. */
const WITHHELD_COST = 1e-6;

interface Search {
  readonly network: Network;
  readonly withheld: ReadonlySet<number>;
  /** How far each count has been moved from its true value. */
  readonly moved: Map<number, number>;
  /** The count that is to be widened: no way leads over it. */
  readonly except: number;
  /** Cost of withholding one more count; `undefined` where none may be. */
  readonly cost: ((edge: number) => number) | undefined;
  /** How far is still to go. */
  readonly need: number;
}

/** The cheapest way on which counts can be moved so that every sum still holds; `undefined` where there is none. */
function cheapest(search: Search, from: number, to: number): Way[] | undefined {
  const { network, except } = search;
  const costs = network.ways.map(() => Infinity);
  const came: (Way | undefined)[] = network.ways.map(() => undefined);
  const done = network.ways.map(() => false);
  costs[from] = 0;
  for (;;) {
    let at = -1;
    costs.forEach((cost, place) => {
      if (!done[place] && cost < (costs[at] ?? Infinity)) at = place;
    });
    if (at === -1) return undefined;
    if (at === to) break;
    done[at] = true;
    for (const way of network.ways[at] ?? []) {
      const next = network.ends[way.edge]?.[way.along ? 1 : 0] ?? -1;
      if (way.edge === except || done[next]) continue;
      const cost = (costs[at] ?? Infinity) + costOf(search, way);
      if (cost >= (costs[next] ?? Infinity)) continue;
      costs[next] = cost;
      came[next] = way;
    }
  }
  const path: Way[] = [];
  for (let at = to; at !== from;) {
    const way = came[at];
    if (!way) return undefined;
    path.push(way);
    at = network.ends[way.edge]?.[way.along ? 0 : 1] ?? from;
  }
  return path;
}

const roomOf = ({ network, moved }: Search, { edge, along }: Way): number =>
  along ? Infinity : (network.edges[edge]?.value ?? 0) + (moved.get(edge) ?? 0);

function costOf(search: Search, way: Way): number {
  const room = roomOf(search, way);
  if (room <= 0) return Infinity;
  if (search.withheld.has(way.edge)) return WITHHELD_COST;
  // A count that is too small to give all the room would need company.
  return search.cost ? search.cost(way.edge) * Math.max(1, search.need / room) : Infinity;
}

/**
 * How far a count could be moved up (or down) with every sum still right, at most `need`; opens further counts where `open` is given.
 * Exact in whole numbers: in a network, what the real numbers allow at the corners is whole.
 *
 * @source Ford and Fulkerson 1956, augmenting paths
 */
function room(
  network: Network,
  edge: number,
  {
    up,
    need,
    withheld,
    open,
  }: {
    readonly up: boolean;
    readonly need: number;
    readonly withheld: Set<number>;
    readonly open?: (edge: number) => number;
  },
): number {
  const [from = 0, to = 0] = network.ends[edge] ?? [];
  const moved = new Map<number, number>();
  let found = 0;
  while (found < need) {
    const search = { network, withheld, moved, except: edge, cost: open, need: need - found };
    const path = up ? cheapest(search, to, from) : cheapest(search, from, to);
    if (!path) break;
    const step = Math.min(need - found, ...path.map((way) => roomOf(search, way)));
    for (const way of path) {
      moved.set(way.edge, (moved.get(way.edge) ?? 0) + (way.along ? step : -step));
      withheld.add(way.edge);
    }
    found += step;
  }
  return found;
}

/** How a release protects: counts from 1 to `threshold` − 1 are withheld, and nobody can tell them from 0 or from `threshold` − 1. */
export interface Rule {
  readonly threshold: number;
  /** From 0 to 1, by edge, and secret: moves what withholding costs by up to a quarter, for whoever knew the choice exactly could guess why it was made. */
  readonly chance?: (edge: number) => number;
}

/**
 * Which counts are withheld so that what is published bounds none of them closely: each small one may be anything from 0 to
 * `threshold` − 1 at least, and each other withheld one lies in an interval at least as wide. Gives their indices.
 *
 * Counts that only hide others are chosen by the cheapest way around the network (a heuristic: it withholds enough, perhaps not the least).
 *
 * @source Hundepool et al. 2012, Statistical Disclosure Control, ch. 4 (secondary suppression in tables as network flow)
 */
export function withhold(edges: readonly Edge[], { threshold, chance = () => 0 }: Rule): ReadonlySet<number> {
  const network = networkOf(edges);
  const small = edges.flatMap(({ value }, edge) => (value > 0 && value < threshold ? [edge] : []));
  const withheld = new Set(small);
  const open = (edge: number): number => {
    const { worth, value } = edges[edge] ?? { worth: 1, value: 0 };
    return worth * (1 + Math.log2(1 + value)) * (1 + chance(edge) / 4);
  };
  const wide = threshold - 1;
  // A set goes on through what is added to it meanwhile: each that comes to hide others is then protected itself.
  for (const edge of withheld) {
    const value = edges[edge]?.value ?? 0;
    if (value > 0 && value < threshold) {
      room(network, edge, { up: false, need: value, withheld, open });
      room(network, edge, { up: true, need: wide - value, withheld, open });
      continue;
    }
    const known = new Set(withheld);
    const down = room(network, edge, { up: false, need: Math.min(wide, value), withheld: known });
    if (down < wide) room(network, edge, { up: true, need: wide - down, withheld, open });
  }
  return withheld;
}

/** What everything published tells of a withheld count, looked at up to `limit` away from its true value. */
export function intervalOf(
  edges: readonly Edge[],
  withheld: ReadonlySet<number>,
  edge: number,
  limit: number,
): Interval {
  const network = networkOf(edges);
  const value = edges[edge]?.value ?? 0;
  if (!withheld.has(edge)) return { least: value, most: value };
  const of = (up: boolean, need: number) => room(network, edge, { up, need, withheld: new Set(withheld) });
  return { least: value - of(false, Math.min(value, limit)), most: value + of(true, limit) };
}
