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
};

/** Nothing is staked yet. */
export function capitalOf(bets: number): Capital {
  return { cash: 1, bets: Array.from({ length: bets }, () => 0) };
}

export function worth({ cash, bets }: Capital): number {
  return bets.reduce((sum, bet) => sum + bet, cash);
}

/** Moves a share of the cash to the bets. Decided before the outcome is known, it changes nobody's expectation. */
export function stake({ cash, bets }: Capital, share: number, weights: readonly number[]): Capital {
  const moved = cash * share;
  return { cash: cash - moved, bets: bets.map((bet, index) => bet + moved * (weights[index] ?? 0)) };
}

/**
 * Pays the bets out.
 *
 * @param most what is owned beyond it is thrown away, so that evidence stays finite and a claim can be believed again
 */
export function pay({ cash, bets }: Capital, factors: readonly number[], most: number): Capital {
  const paid: number[] = [];
  let sum = cash;
  // A loop: twenty repositories with six rows each are four hundred of these a look.
  for (let index = 0; index < bets.length; index += 1) {
    const amount = (bets[index] ?? 0) * Math.min(factors[index] ?? 1, MOST_FACTOR);
    paid.push(amount);
    sum += amount;
  }
  const scale = sum > most ? most / sum : 1;
  for (let index = 0; index < paid.length; index += 1) paid[index] = stored((paid[index] ?? 0) * scale);
  return { cash: stored(cash * scale), bets: paid };
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
