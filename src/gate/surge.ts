import type { Counts } from './counts.ts';
import { binomialTail } from './tail.ts';

/**
 * What the last looks saw, for a bet on a fault that began a moment ago. A bettor who puts a little on every look has next
 * to nothing on the one that matters. But how many calls were hits may be known before it is asked whose they were: where
 * both sides together have far more of them than this stage is used to, and only there, a part of the cash is put on "they
 * are the candidate's".
 *
 * The bet is fair for identical code however the total came about, since a total says nothing about the sides: a burst that
 * both share only costs the stake. When cash is staked, how much and over which looks follows from totals alone.
 */
export type Surge = {
  /** Of the newest looks, oldest first. */
  readonly recent: readonly SurgeLook[];
  /** Calls and hits of both sides in the looks of this stage before those. */
  readonly usual: readonly [calls: number, hits: number];
};

/** Both sides, of them the candidate, and how many of the hits would be the candidate's if the claim held just so. */
export type SurgeLook = readonly [
  calls: number,
  hits: number,
  candidateCalls: number,
  candidateHits: number,
  expected: number,
];

export const NO_SURGE: Surge = { recent: [], usual: [0, 0] };

/** A chance to win: all of `hits` are coins, of which each is the candidate's with probability `odds` at most. */
export type SurgeBet = {
  readonly hits: number;
  readonly candidateHits: number;
  readonly odds: number;
  /** Most that is staked, as a share of the cash. */
  readonly share: number;
};

/** Numbers of newest looks that are looked at together: a fault of some size shows within one of them. */
const SPANS: readonly number[] = [2, 3, 5];
const MOST_LOOKS = 5;
/** Such a fault is bet on: the total has to have grown as if the candidate were so many times as bad. */
const SUDDEN = 10;
/** Totals that come by chance more often than that are nothing unusual. */
const UNUSUAL = 0.1;
/** What may be staked on a look on average, so that days of health leave something. The less usual, the more at once. */
const SHARE_PER_LOOK = 0.0006;
const MOST_SHARE = 1 / 12;

/** @param tolerance how many times as often as control the claim lets the candidate be hit */
export function surgeAfter(before: Surge, counts: Counts, tolerance: number): Surge {
  const recent = [...before.recent, lookOf(counts, tolerance)];
  if (recent.length <= MOST_LOOKS) return { ...before, recent };
  const [[calls, hits] = [0, 0], ...kept] = recent;
  return { recent: kept, usual: [before.usual[0] + calls, before.usual[1] + hits] };
}

function lookOf({ strata }: Counts, tolerance: number): SurgeLook {
  let [calls, hits, candidateCalls, candidateHits, expected] = [0, 0, 0, 0, 0];
  for (const { candidate, control } of strata) {
    if (candidate.calls <= 0 || control.calls <= 0) continue;
    const odds = (candidate.calls / control.calls) * tolerance;
    const both = candidate.red + control.red;
    calls += candidate.calls + control.calls;
    hits += both;
    candidateCalls += candidate.calls;
    candidateHits += candidate.red;
    expected += (both * odds) / (1 + odds);
  }
  // Rounded up: what the log keeps may not promise more than was seen.
  return [calls, hits, candidateCalls, candidateHits, Math.ceil(expected * 1e6) / 1e6];
}

/** The bets that totals suggest now. */
export function surgeBets({ recent, usual: [usualCalls, usualHits] }: Surge): readonly SurgeBet[] {
  if (usualCalls === 0) return [];
  const bets: SurgeBet[] = [];
  let [calls, hits, candidateCalls, candidateHits, expected] = [0, 0, 0, 0, 0];
  for (let looks = 1; looks <= recent.length; looks += 1) {
    const look = recent[recent.length - looks] ?? [0, 0, 0, 0, 0];
    calls += look[0];
    hits += look[1];
    candidateCalls += look[2];
    candidateHits += look[3];
    expected += look[4];
    const suspicious = ((calls + (SUDDEN - 1) * candidateCalls) * usualHits) / usualCalls;
    if (hits < 2 || hits < suspicious || !SPANS.includes(looks)) continue;
    // Of the hits of these looks and all before, so many are in these by chance.
    const chance = binomialTail(hits + usualHits, hits, calls / (calls + usualCalls));
    if (chance > UNUSUAL) continue;
    const share = Math.min(MOST_SHARE, SHARE_PER_LOOK / chance);
    // The odds differ from look to look and between repositories. So many hits or more are at most as likely as with the
    // mean odds for all, where that is more than one above the mean (Hoeffding 1956).
    bets.push({ hits, candidateHits, odds: expected / hits, share });
  }
  return bets;
}
