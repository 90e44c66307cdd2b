import type { Missing } from './figure.ts';
import { installPeers } from './peers.ts';
import { answerOf, launch, stop } from './processes.ts';
import { median } from './timing.ts';

/** What a process says that measured a case. */
export type Answer =
  | { readonly kind: 'measured'; readonly ns: number }
  | { readonly kind: 'failed'; readonly why: string };

const ROUNDS = 7;

/** Nanoseconds an operation, by case and round; and which peers could not be measured. */
export type Times = { readonly missing: readonly Missing[]; of(name: string): readonly number[] };

/**
 * Measures each case in a process of its own, round by round in changing order: what slows the machine down for a
 * while slows all of them, and two cases are compared within a round.
 *
 * @param own a case of ours that cannot be measured is an error
 * @param peers one that cannot be is missing
 */
export async function takeTurns(
  benchmark: string,
  own: readonly string[],
  peers: readonly string[],
  rounds = ROUNDS,
): Promise<Times> {
  const times = new Map<string, number[]>();
  const missing: Missing[] = [];
  const trouble = peers.length === 0 ? undefined : installPeers();
  if (trouble !== undefined) missing.push(...peers.map((name) => ({ name, why: trouble })));
  const present = new Set([...own, ...(trouble === undefined ? peers : [])]);
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? [...present] : [...present].toReversed();
    for (const name of order) {
      const answer = await measureAlone(benchmark, name);
      if (answer.kind === 'measured') times.set(name, [...(times.get(name) ?? []), answer.ns]);
      else if (own.includes(name)) throw new Error(`${name}: ${answer.why}`);
      else {
        missing.push({ name, why: answer.why });
        present.delete(name);
      }
    }
  }
  return { missing, of: (name) => (present.has(name) ? (times.get(name) ?? []) : []) };
}

async function measureAlone(benchmark: string, name: string): Promise<Answer> {
  const child = launch('case.ts', benchmark, name);
  try {
    return (await answerOf(child)) as Answer;
  } finally {
    await stop(child);
  }
}

/** A figure with the least and the most of all rounds. */
export type Spread = { readonly value: number; readonly from: number; readonly to: number };

/** The median over the rounds of what `of` makes of each; not a number without any. */
export function overRounds(names: readonly (readonly number[])[], of: (...ns: number[]) => number): Spread {
  const rounds = Math.min(...names.map((times) => times.length));
  const values = Array.from({ length: rounds }, (_, round) =>
    of(...names.map((times) => times[round] ?? Number.NaN)),
  );
  return { value: median(values), from: Math.min(...values), to: Math.max(...values) };
}
