import type { Random } from '../src/kernel/index.ts';
import { binomial, normal, poisson, upperTail } from './draw.ts';

/**
 * Three hours of a migration as looks see it: an hour with a tenth on the candidate, two with a half. Both sides run
 * the same code unless a fault says otherwise, so whatever is taken back is a false alarm.
 */
export const LOOK_MS = 10_000;
export const SHARES: readonly { readonly share: number; readonly looks: number }[] = [
  { share: 0.1, looks: 360 },
  { share: 0.5, looks: 720 },
];
export const LOOKS = SHARES.reduce((sum, { looks }) => sum + looks, 0);

export type Shape = {
  readonly name: string;
  /** Calls a second of one repository, both sides together. */
  readonly callsPerSecond: number;
  readonly errorRate: number;
  readonly errorRateLater?: number;
  /** Bursts of errors and slowness that both sides share, or that each side has for itself. */
  readonly bursts?: 'shared' | 'each side';
  readonly drifts?: boolean;
  readonly repositories?: number;
  /** The exposure is of so many instances, each a little different for ever. */
  readonly instances?: number;
};

const PLAIN = { callsPerSecond: 20, errorRate: 0.005 } as const;

export const SHAPES: readonly Shape[] = [
  { name: 'constant', ...PLAIN },
  { name: 'base rate changes between steps', ...PLAIN, errorRate: 0.002, errorRateLater: 0.01 },
  { name: 'shared bursts', ...PLAIN, bursts: 'shared' },
  { name: 'bursts on each side', ...PLAIN, bursts: 'each side' },
  { name: 'autocorrelated', ...PLAIN, drifts: true },
  { name: '0.5 calls a second', ...PLAIN, callsPerSecond: 0.5 },
  { name: '200 calls a second', ...PLAIN, callsPerSecond: 200, errorRate: 0.001 },
  { name: 'ten repositories, five rows each', ...PLAIN, repositories: 10 },
  { name: 'ten instances that differ', ...PLAIN, instances: 10 },
];

/** What is wrong with the candidate, and from which look on. */
export type Fault = { readonly from: number; readonly errorRate?: number; readonly slower?: number };

export type SideSeen = {
  readonly calls: number;
  readonly errors: number;
  /** Calls slower than what is p95 in quiet times, and than a tenth more; the same for p99. */
  readonly over95: number;
  readonly over95more: number;
  readonly over99: number;
  readonly over99more: number;
  /** Of as many compared answers as there were calls. */
  readonly differed: number;
};

export type Seen = {
  readonly stage: number;
  readonly candidate: SideSeen;
  readonly control: SideSeen;
  readonly instances: {
    readonly candidates: number;
    readonly control: Readonly<Record<string, readonly [calls: number, errors: number]>>;
  } | null;
};

/** A burst begins about once in twenty minutes and lasts for up to a minute. */
const BURST_BEGINS = LOOK_MS / 1_200_000;
const BURST_LOOKS = 6;
const BURST_ERRORS = 4;
const BURST_SLOWER = 1.3;
/** Share of answers in which control differs from itself. */
const DIFFERS = 0.005;
/** Latency is lognormal. */
const SIGMA = 0.6;
const Z95 = 1.644854;
const Z99 = 2.326348;
const MORE = 1.1;

type Mood = { left: number };

/** The looks of one repository, one after another. */
export function* world(shape: Shape, random: Random, fault?: Fault): Generator<Seen> {
  const moods: readonly [Mood, Mood] = [{ left: 0 }, { left: 0 }];
  const count = shape.instances ?? 0;
  const effects = Array.from({ length: count }, () => Math.exp(0.2 * normal(random)));
  let drift = 0;
  let look = 0;
  for (const [stage, { share, looks }] of SHARES.entries()) {
    for (let index = 0; index < looks; index += 1, look += 1) {
      drift = shape.drifts === true ? 0.98 * drift + 0.12 * normal(random) : 0;
      const own = moods.map((mood) => burst(mood, random));
      const shared = own[0] ?? false;
      const [hot, hotControl] =
        shape.bursts === undefined
          ? [false, false]
          : shape.bursts === 'shared'
            ? [shared, shared]
            : [shared, own[1] ?? false];
      const base =
        (stage > 0 ? (shape.errorRateLater ?? shape.errorRate) : shape.errorRate) * Math.exp(drift);
      const calls = (shape.callsPerSecond * LOOK_MS) / 1_000;
      const isFaulty = fault !== undefined && look >= fault.from;
      const broken = {
        rate: isFaulty ? fault.errorRate : undefined,
        slower: isFaulty ? (fault.slower ?? 1) : 1,
      };
      const quiet = { rate: undefined, slower: 1 };
      if (count > 0) {
        const candidates = Math.ceil(count * share);
        const each = effects.map((effect, at) =>
          side(
            random,
            poisson(random, calls / count),
            base * effect,
            false,
            drift / 4,
            at < candidates ? broken : quiet,
          ),
        );
        yield {
          stage,
          candidate: total(each.slice(0, candidates)),
          control: total(each.slice(candidates)),
          instances: {
            candidates,
            control: Object.fromEntries(
              each.slice(candidates).map((one, at) => [`i${candidates + at}`, [one.calls, one.errors]]),
            ),
          },
        };
        continue;
      }
      yield {
        stage,
        candidate: side(random, poisson(random, calls * share), base, hot, drift / 4, broken),
        control: side(random, poisson(random, calls * (1 - share)), base, hotControl, drift / 4, quiet),
        instances: null,
      };
    }
  }
}

function burst(mood: Mood, random: Random): boolean {
  if (mood.left > 0) {
    mood.left -= 1;
    return true;
  }
  if (random() < BURST_BEGINS) mood.left = Math.ceil(random() * BURST_LOOKS);
  return mood.left > 0;
}

function side(
  random: Random,
  calls: number,
  base: number,
  isHot: boolean,
  drift: number,
  broken: { readonly rate: number | undefined; readonly slower: number },
): SideSeen {
  const rate = broken.rate ?? base * (isHot ? BURST_ERRORS : 1);
  const slower = Math.log(broken.slower * (isHot ? BURST_SLOWER : 1)) + drift;
  const tail = (z: number, more: number): number => upperTail(z + (Math.log(more) - slower) / SIGMA);
  // Whoever is over the higher limit is over the lower one: drawn from the top down.
  const nested = (z: number): readonly [number, number] => {
    const most = tail(z, 1);
    const over = binomial(random, calls, most);
    return [over, binomial(random, over, tail(z, MORE) / most)];
  };
  const [over95, over95more] = nested(Z95);
  const [over99, over99more] = nested(Z99);
  return {
    calls,
    errors: binomial(random, calls, Math.min(1, rate)),
    over95,
    over95more,
    over99,
    over99more,
    differed: binomial(random, calls, DIFFERS),
  };
}

function total(sides: readonly SideSeen[]): SideSeen {
  const sum = (key: keyof SideSeen): number => sides.reduce((all, one) => all + one[key], 0);
  return {
    calls: sum('calls'),
    errors: sum('errors'),
    over95: sum('over95'),
    over95more: sum('over95more'),
    over99: sum('over99'),
    over99more: sum('over99more'),
    differed: sum('differed'),
  };
}
