import {
  judgeRow,
  NO_MEMORY,
  ROLLBACK_ALPHA,
  type Counts,
  type RowMeasure,
  type RowMemory,
} from '../src/gate/index.ts';
import { seededRandom } from '../src/kernel/index.ts';
import type { Metric, Row } from '../src/plan/index.ts';
import { LOOK_MS, LOOKS, world, type Fault, type Seen, type Shape, type SideSeen } from './worlds.ts';

type RowResult = ReturnType<typeof judgeRow>;

/** A row as a plan would have it, and how it counts in a simulated look. */
export type Kind = {
  readonly name: string;
  readonly row: Row;
  readonly metric: Metric;
  readonly hits: (side: SideSeen, who: 'candidate' | 'control') => number;
};

const BASE = { minChange: 0, onRed: 'rollback', minSamples: 100, looks: 3, metric: 'm' } as const;
const ERRORS: Metric = { kind: 'errorRate', repositories: null, expected: null };
const latency = (quantile: number): Metric => ({
  kind: 'latency',
  quantile,
  repositories: null,
  expected: null,
});

/** Limits that identical code touches: half a percent where half a percent fails, the p95 that is normal. */
export const KINDS: readonly Kind[] = [
  {
    name: 'errors > 0.5 %',
    row: { ...BASE, title: 'a', against: 'value', yellow: 0.005, red: 0.005 },
    metric: ERRORS,
    hits: (side) => side.errors,
  },
  {
    name: 'errors > control + 10 %',
    row: { ...BASE, title: 'b', against: 'control', yellow: 0.1, red: 0.1 },
    metric: ERRORS,
    hits: (side) => side.errors,
  },
  {
    name: 'p95 > control + 10 %',
    row: { ...BASE, title: 'c', against: 'control', yellow: 0.1, red: 0.1 },
    metric: latency(95),
    hits: (side, who) => (who === 'candidate' ? side.over95more : side.over95),
  },
  {
    name: 'p95 > what is normal',
    row: { ...BASE, title: 'd', against: 'value', yellow: 1, red: 1 },
    metric: latency(95),
    hits: (side) => side.over95,
  },
  {
    name: 'p99 > control + 10 %',
    row: { ...BASE, title: 'e', against: 'control', yellow: 0.1, red: 0.1 },
    metric: latency(99),
    hits: (side, who) => (who === 'candidate' ? side.over99more : side.over99),
  },
];

/** Answers in the shadow that differ where half a percent may: as many as control differs from itself. */
export const MISMATCHES: Kind = {
  name: 'mismatches > 0.5 %',
  row: { ...BASE, title: 'f', against: 'value', yellow: 0.005, red: 0.005 },
  metric: { kind: 'mismatchRate', repositories: null, expected: null },
  hits: (side) => side.differed,
};

/** A migration of these rows for each of its repositories; they share one probability of a false alarm. */
export type Setup = {
  readonly shape: Shape;
  readonly seed: number;
  /** Each list is a migration of its own; all of them see the same looks. */
  readonly plans: readonly (readonly Kind[])[];
  readonly fault?: Fault;
  readonly looks?: number;
  /** Where another rule than ours is tried. */
  readonly judge?: typeof judgeRow;
};

/** Looks at which a migration was taken back, and at which a person was asked because both sides were as bad. */
export type Ending = { readonly red: number | null; readonly asks: number | null; readonly harmed: number };

/** Runs the migrations to their ends. */
export function play({
  shape,
  plans,
  seed,
  fault,
  looks = LOOKS,
  judge = judgeRow,
}: Setup): readonly Ending[] {
  const random = seededRandom(seed);
  const worlds = Array.from({ length: shape.repositories ?? 1 }, (_, index) => ({
    looks: world(shape, random, index === 0 ? fault : undefined),
    window: [] as Seen[],
  }));
  const migrations = plans.map((kinds) => new Migration(kinds, worlds.length));
  const judged = new Judged(judge);
  let harmed = 0;
  for (let look = 0; look < looks && migrations.some(({ red }) => red === null); look += 1) {
    const seen = worlds.map((one) => {
      const { value } = one.looks.next();
      if (value !== undefined) one.window.push(value);
      if (one.window.length > WINDOW_LOOKS) one.window.shift();
      return one.window;
    });
    if (fault !== undefined && look >= fault.from) harmed += seen[0]?.at(-1)?.candidate.errors ?? 0;
    judged.begin(seen);
    for (const migration of migrations) migration.look(look, judged, harmed);
  }
  return migrations.map(({ red, asks, harmed: then }) => ({ red, asks, harmed: then }));
}

/** A minute, as plans have by default. */
const WINDOW_LOOKS = 60_000 / LOOK_MS;

/** Rows that several migrations have alike are measured and judged once a look. */
class Judged {
  #windows: readonly (readonly Seen[])[] = [];
  readonly #judge: typeof judgeRow;
  readonly #measures = new Map<string, RowMeasure>();
  readonly #memories = new Map<string, RowMemory>();
  readonly #looked = new Map<string, { readonly before: RowMemory; readonly result: RowResult }>();

  constructor(judge: typeof judgeRow) {
    this.#judge = judge;
  }

  begin(windows: readonly (readonly Seen[])[]): void {
    this.#windows = windows;
    this.#measures.clear();
    this.#looked.clear();
  }

  row(row: JudgedRow, alpha: number): RowResult {
    const { name, key } = row;
    const known = this.#looked.get(key);
    if (known === undefined) {
      const before = this.#memories.get(key) ?? NO_MEMORY;
      const result = this.#verdict(row, before, key === name ? ROLLBACK_ALPHA : alpha);
      this.#memories.set(key, result.memory);
      this.#looked.set(key, { before, result });
      return this.row(row, alpha);
    }
    // What is not red with all of the probability is not red with a part of it.
    const isSame = key !== name || alpha === ROLLBACK_ALPHA || known.result.verdict !== 'fail';
    return isSame ? known.result : this.#verdict(row, known.before, alpha);
  }

  #verdict({ name, at, kind }: JudgedRow, before: RowMemory, alpha: number): RowResult {
    const measure = this.#measures.get(name) ?? measureOf(kind, this.#windows[at] ?? []);
    this.#measures.set(name, measure);
    return this.#judge(kind.row, kind.metric, measure, before, { maxAgeMs: LOOK_MS, alpha, needsFine: true });
  }
}

type JudgedRow = {
  readonly at: number;
  readonly kind: Kind;
  readonly name: string;
  /** What it remembers by. Bets on a sudden fault are made for a prize, so what such a row remembers depends on its alpha. */
  readonly key: string;
};

class Migration {
  red: number | null = null;
  asks: number | null = null;
  harmed = 0;
  readonly #rows: readonly JudgedRow[];
  readonly #alpha: number;

  constructor(kinds: readonly Kind[], repositories: number) {
    const alpha = ROLLBACK_ALPHA / (repositories * kinds.length);
    this.#rows = Array.from({ length: repositories }, (_, at) =>
      kinds.map((kind) => {
        const name = `${at} ${kind.name}`;
        return { at, kind, name, key: kind.metric.kind === 'errorRate' ? `${name} ${alpha}` : name };
      }),
    ).flat();
    this.#alpha = alpha;
  }

  look(look: number, judged: Judged, harmed: number): void {
    if (this.red !== null) return;
    for (const row of this.#rows) {
      const result = judged.row(row, this.#alpha);
      if (result.verdict !== 'fail') continue;
      if (result.asks === true) this.asks ??= look;
      else {
        this.red = look;
        this.harmed = harmed;
        return;
      }
    }
  }
}

/** What a look measures: the window says whether a limit is exceeded now, the newest look is what is counted. */
export function measureOf(kind: Kind, window: readonly Seen[]): RowMeasure {
  const { row, metric } = kind;
  const [candidate, control] = [rateOf(kind, window, 'candidate'), rateOf(kind, window, 'control')];
  const isRelative = row.against === 'control';
  const rare = metric.kind === 'latency' ? 1 - metric.quantile / 100 : null;
  // A percentile is beyond a limit when more calls than are rare are slower than it.
  const isOver = isRelative ? candidate.rate > control.rate : candidate.rate > (rare ?? 0);
  const value = isRelative || rare !== null ? (isOver ? 2 : 0.5) : candidate.rate;
  return {
    value: isRelative && rare === null ? candidate.rate : value,
    reference: isRelative ? (rare === null ? control.rate : 1) : null,
    referenceKind: isRelative ? 'control' : null,
    samples: candidate.calls,
    referenceSamples: control.calls,
    ageMs: 0,
    counts: countsOf(kind, window.at(-1)),
  };
}

function countsOf(kind: Kind, seen: Seen | undefined): Counts | null {
  if (seen === undefined) return null;
  const tally = (who: 'candidate' | 'control') => {
    const hits = kind.hits(seen[who], who);
    return { calls: seen[who].calls, red: hits, yellow: hits };
  };
  return {
    stage: `stage ${seen.stage}`,
    // In the shadow both sides are in every comparison, and control has no calls of its own.
    strata: [
      {
        candidate: tally('candidate'),
        control: kind.metric.kind === 'mismatchRate' ? NO_CALLS : tally('control'),
      },
    ],
    threshold: null,
    instances: kind.metric.kind === 'errorRate' ? seen.instances : null,
  };
}

const NO_CALLS = { calls: 0, red: 0, yellow: 0 } as const;

function rateOf(
  kind: Kind,
  window: readonly Seen[],
  who: 'candidate' | 'control',
): { readonly rate: number; readonly calls: number } {
  let [calls, hits] = [0, 0];
  for (const seen of window) {
    calls += seen[who].calls;
    hits += kind.hits(seen[who], who);
  }
  return { calls, rate: calls === 0 ? 0 : hits / calls };
}
