import { matchedSlice } from './matched-slice.ts';
import { median } from './timing.ts';
import { LOOK_MS, type Seen } from './worlds.ts';

/**
 * Rules of other products, written anew from their documentation and fed the same looks. They are not those products: what
 * surrounds a rule there (equal arms, a baseline deployment, a person) is not here.
 */
export type PeerRule = {
  readonly name: string;
  /** A new one for each run: takes the looks one by one and says when it would go back. */
  readonly begin: () => (seen: Seen) => boolean;
};

const looksIn = (ms: number): number => Math.round(ms / LOOK_MS);
const MINUTE_MS = 60_000;

/** Every so many looks, those since the last time. */
function batches(everyMs: number, judge: (looks: readonly Seen[]) => boolean): (seen: Seen) => boolean {
  let batch: Seen[] = [];
  return (seen) => {
    batch.push(seen);
    if (batch.length < looksIn(everyMs)) return false;
    const done = batch;
    batch = [];
    return judge(done);
  };
}

function rate(looks: readonly Seen[], side: 'candidate' | 'control'): number {
  const calls = looks.reduce((sum, seen) => sum + seen[side].calls, 0);
  return calls === 0 ? Number.NaN : looks.reduce((sum, seen) => sum + seen[side].errors, 0) / calls;
}

/** docs.flagger.app, "How it works": request-success-rate min 99 over 1m, interval 1m, threshold 10; no value is a failure. */
function flagger(): (seen: Seen) => boolean {
  let failed = 0;
  return batches(MINUTE_MS, (looks) => {
    if (!(rate(looks, 'candidate') <= 0.01)) failed += 1;
    return failed >= 10;
  });
}

/** argo-rollouts.readthedocs.io, "Analysis": success rate >= 0.95 over 5m, interval 5m, failureLimit 3. */
function argo(): (seen: Seen) => boolean {
  let failed = 0;
  return batches(5 * MINUTE_MS, (looks) => {
    if (rate(looks, 'candidate') > 0.05) failed += 1;
    return failed > 3;
  });
}

/** 99 % point of the normal distribution: both tails leave 98 %. */
const Z98 = 2.326;

/**
 * Kayenta's NetflixACAJudge: Mann and Whitney's interval of 98 % around the shift between the minutes of both sides; high
 * when its lower end is above a quarter of the shift. Every ten minutes over all minutes so far.
 */
function kayenta(): (seen: Seen) => boolean {
  const minutes: { readonly candidate: number; readonly control: number }[] = [];
  const minute = batches(MINUTE_MS, (looks) => {
    const one = { candidate: rate(looks, 'candidate'), control: rate(looks, 'control') };
    if (Number.isFinite(one.candidate) && Number.isFinite(one.control)) minutes.push(one);
    return true;
  });
  let passed = 0;
  return (seen) => {
    if (!minute(seen)) return false;
    passed += 1;
    if (passed % 10 > 0 || minutes.length < 5) return false;
    const n = minutes.length;
    const shifts = minutes
      .flatMap(({ candidate }) => minutes.map(({ control }) => candidate - control))
      .toSorted((a, b) => a - b);
    const place = Math.floor((n * n) / 2 - Z98 * Math.sqrt((n * n * (2 * n + 1)) / 12));
    const lower = shifts[Math.max(0, place)] ?? 0;
    return lower > 0 && lower > 0.25 * Math.abs(median(shifts));
  };
}

/** What docs.growthbook.io calls the tuning parameter, and its one-sided error. */
const TUNED_FOR = 5_000;
const GROWTHBOOK_ALPHA = 0.05;

/** GrowthBook's safe rollouts: a one-sided asymptotic confidence sequence around the difference of cumulative rates. */
function growthbook(): (seen: Seen) => boolean {
  const sum = { candidate: { calls: 0, errors: 0 }, control: { calls: 0, errors: 0 } };
  const log = -2 * Math.log(2 * GROWTHBOOK_ALPHA);
  const rho2 = (log + Math.log(log + 1)) / TUNED_FOR;
  return (seen) => {
    for (const side of ['candidate', 'control'] as const) {
      sum[side].calls += seen[side].calls;
      sum[side].errors += seen[side].errors;
    }
    const { candidate, control } = sum;
    if (candidate.errors + control.errors < 5 || candidate.calls === 0 || control.calls === 0) return false;
    const [p, q] = [candidate.errors / candidate.calls, control.errors / control.calls];
    const variance = (p * (1 - p)) / candidate.calls + (q * (1 - q)) / control.calls;
    const n = candidate.calls + control.calls;
    const wide = Math.log(1 + Math.sqrt(n * rho2 + 1) / (2 * GROWTHBOOK_ALPHA));
    const half = Math.sqrt(variance * n) * Math.sqrt(((2 * (n * rho2 + 1)) / (n ** 2 * rho2)) * wide);
    return p - q - half > 0;
  };
}

export const PEER_RULES: readonly PeerRule[] = [
  { name: 'Flagger, example', begin: flagger },
  { name: 'Argo, example', begin: argo },
  { name: 'Kayenta-like', begin: kayenta },
  { name: 'GrowthBook-style', begin: growthbook },
  { name: 'matched slice, signs', begin: matchedSlice },
];
