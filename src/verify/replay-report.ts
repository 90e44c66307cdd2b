import type { HttpDifference } from './http-compare.ts';
import type { Replayed } from './replay-http.ts';

/** Differences of one kind at one place of one route's answers. */
export type ReplayGroup = Pick<HttpDifference, 'place' | 'kind'> & {
  /** The path without what differs from request to request: `/bikes/:id`. */
  readonly route: string;
  readonly count: number;
  readonly example: Pick<HttpDifference, 'control' | 'candidate'> & { readonly path: string };
};

export type ReplayReport = {
  readonly requests: number;
  readonly outcomes: Readonly<Record<Replayed['outcome'], number>>;
  /** Of the requests whose answers could be compared: the share that is the same, 0..1; `null` without any. */
  readonly compatible: number | null;
  /** Most frequent first. */
  readonly groups: readonly ReplayGroup[];
  /** Why requests could not be compared, by reason. */
  readonly incomparable: Readonly<Record<string, number>>;
  /** Milliseconds. */
  readonly p95: { readonly control: number | null; readonly candidate: number | null };
};

/** What a replay has shown. */
export function replayReport(results: readonly Replayed[]): ReplayReport {
  const outcomes = { same: 0, different: 0, ignored: 0, transient: 0, noise: 0, incomparable: 0 };
  const groups = new Map<string, ReplayGroup>();
  const incomparable: Record<string, number> = {};
  for (const { outcome, path, differences, why } of results) {
    outcomes[outcome] += 1;
    if (why !== null) incomparable[why] = (incomparable[why] ?? 0) + 1;
    if (outcome === 'different')
      for (const difference of distinct(differences)) addTo(groups, path, difference);
  }
  const compared = results.length - outcomes.incomparable;
  return {
    requests: results.length,
    outcomes,
    compatible: compared === 0 ? null : (compared - outcomes.different) / compared,
    groups: [...groups.values()].toSorted((a, b) => b.count - a.count),
    incomparable,
    p95: {
      control: p95(results.map(({ controlMs }) => controlMs)),
      candidate: p95(results.map(({ candidateMs }) => candidateMs)),
    },
  };
}

/** A list of a hundred rows with one wrong column is one difference of the request. */
function distinct(differences: readonly HttpDifference[]): readonly HttpDifference[] {
  return [...new Map(differences.map((one) => [`${one.kind} ${one.place}`, one])).values()];
}

function addTo(groups: Map<string, ReplayGroup>, path: string, difference: HttpDifference): void {
  const { place, kind, control, candidate } = difference;
  const route = routeOf(path);
  const key = [route, place, kind].join('\n');
  const known = groups.get(key);
  const example = known?.example ?? { path, control, candidate };
  groups.set(key, { route, place, kind, count: (known?.count ?? 0) + 1, example });
}

/** Segments that are data become `:id`; of the query only the names stay. */
export function routeOf(path: string): string {
  const [route = '', query] = path.split('?', 2);
  const segments = route.split('/').map((segment) => (isData(segment) ? ':id' : segment));
  const names = query === undefined ? [] : [...new Set(new URLSearchParams(query).keys())].toSorted();
  return segments.join('/') + (names.length === 0 ? '' : `?${names.join('&')}`);
}

function isData(segment: string): boolean {
  return /^\d+$/.test(segment) || /^[0-9a-f-]{16,}$/i.test(segment) || /^[\w-]*\d[\w-]{15,}$/.test(segment);
}

function p95(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null).toSorted((a, b) => a - b);
  return known[Math.ceil(known.length * 0.95) - 1] ?? null;
}
