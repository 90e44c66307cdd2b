import { binomialTail } from './tail.ts';

/**
 * What a bettor owns who bets against a claim ("the candidate is no worse"), one unit at the start. No bet is better than
 * fair while the claim holds, so by Ville's inequality the bettor ever owns 1/alpha with a probability of at most alpha,
 * however often anybody looks. What is owned is the evidence against the claim: an e-value that may be read at any time.
 *
 * Each bet is on one size of the effect. What is not staked waits as cash: a fault that begins after days of health would
 * otherwise have to win back all that those days cost.
 */
export type Capital = {
  readonly cash: number;
  readonly bets: readonly number[];
  /** Won by bets that are over. Absent is none. */
  readonly won?: number;
};

/** Nothing is staked yet. */
export function capitalOf(bets: number): Capital {
  return { cash: 1, bets: Array.from({ length: bets }, () => 0) };
}

export function worth({ cash, bets, won = 0 }: Capital): number {
  let sum = cash + won;
  for (const bet of bets) sum += bet;
  return sum;
}

/** Moves a share of the cash to the bets. Decided before the outcome is known, it changes nobody's expectation. */
export function stake(capital: Capital, share: number, weights: readonly number[]): Capital {
  const moved = capital.cash * share;
  return {
    ...capital,
    cash: capital.cash - moved,
    bets: capital.bets.map((bet, index) => bet + moved * (weights[index] ?? 0)),
  };
}

/** What is staked before a look, and on what: a share of the cash, divided by weights. */
export type Stake = { readonly share: number; readonly weights: readonly number[] };

/**
 * One look: stakes, then pays the bets out.
 *
 * @param most what is owned beyond it is thrown away, so that evidence stays finite and a claim can be believed again
 */
export function pay(
  { cash, bets, won }: Capital,
  factors: readonly number[],
  most: number,
  { share, weights }: Stake = NOTHING_STAKED,
): Capital {
  const moved = cash * share;
  const kept = cash - moved;
  const paid: number[] = [];
  let sum = kept;
  // A loop: twenty repositories with six rows each are four hundred of these a look.
  for (let index = 0; index < bets.length; index += 1) {
    const bet = (bets[index] ?? 0) + moved * (weights[index] ?? 0);
    const amount = bet * Math.min(factors[index] ?? 1, MOST_FACTOR);
    paid.push(amount);
    sum += amount;
  }
  const scale = sum > most ? most / sum : 1;
  for (let index = 0; index < paid.length; index += 1) paid[index] = stored((paid[index] ?? 0) * scale);
  return won === undefined
    ? { cash: stored(kept * scale), bets: paid }
    : { cash: stored(kept * scale), bets: paid, won };
}

const NOTHING_STAKED: Stake = { share: 0, weights: [] };

/** An outcome that pays or not: at least some number of `of` coins fall on a side, each with probability `odds` at most. */
export type Gamble = { readonly of: number; readonly odds: number; readonly seen: number };

/**
 * Stakes on as few coins as a share of the cash buys at fair odds, and no more than that costs. It pays `prize` or nothing.
 * What is staked must not depend on `seen`.
 */
export function gamble(capital: Capital, { of, odds, seen }: Gamble, share: number, prize: number): Capital {
  const most = (capital.cash * share) / prize;
  const least = leastHits(of, odds, most);
  if (least > of) return capital;
  const rest = { ...capital, cash: stored(capital.cash - binomialTail(of, least, odds) * prize) };
  return seen >= least ? { ...rest, won: (capital.won ?? 0) + prize } : rest;
}

/** The least number that at most so many of all tries reach; one more than there are if none is rare enough. */
function leastHits(of: number, odds: number, most: number): number {
  let [low, high] = [Math.ceil(of * odds + 1), of + 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (binomialTail(of, middle, odds) <= most) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** One look proves no more than this. To throw the rest away is always allowed, and keeps 0 from being multiplied by infinity. */
const MOST_FACTOR = 1e15;
/** Below this a bet is lost for good. */
const NOTHING = 1e-20;
const DIGITS = 7;
/** Powers of ten as literals round a decimal to the number that prints short; `10 ** n` does not for all. */
const TENS: readonly number[] = Array.from({ length: 31 }, (_, power) => Number(`1e${power}`));

/** Seven digits go into the log: the rounding of a hundred thousand looks together is below one percent. */
function stored(amount: number): number {
  if (amount < NOTHING) return 0;
  const scale = TENS[Math.max(0, DIGITS - 1 - Math.floor(Math.log10(amount)))] ?? 1;
  return Math.round(amount * scale) / scale;
}
