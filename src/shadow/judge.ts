import {
  compareAnswers,
  groupId,
  ignoredBy,
  NoiseModel,
  type Comparison,
  type Difference,
} from '../compare/index.ts';
import type { ShadowState } from '../measure/index.ts';
import type { Side } from '../route/index.ts';
import type { Answer } from './ask.ts';
import type { Tally } from './tally.ts';
import type { DrawnCall, Watched } from './watched.ts';

export type Ended = readonly [state: ShadowState, reason?: string];
const MATCH: Ended = ['match'];
const BROKEN = 'broken';

/** Confirmed so often, a group is no more asked for once again. */
const MOST_CONFIRMED = 3;
const MOST_KNOWN = 1_000;
/** Comparisons that overrun in a row, in multiples of their time: one pause of the machine is nobody's fault. */
const MOST_OVERRUN = 3;

type Found = readonly Difference[];
const NO_ANSWER = '';
type Both = readonly [control: Answer, candidate: Answer];

/**
 * What compares the answer of the side in the shadow with the caller's. Where they differ both sides are asked once more,
 * because the data may have changed in between; and now and then control is asked twice, to know what differs from itself.
 *
 * @param again asks one side once more, if that is still allowed
 * @param end is told how a call ended, at once when its answers are alike
 */
export function judgeOf<C extends DrawnCall>(
  { read, repository, rules, redact, settings, clock, random, switchOff }: Watched,
  tally: Tally,
  again: (side: Side, call: C) => Promise<Answer | undefined>,
  end: (call: C, ended: Ended) => void,
): (call: C, answer: Answer, shadowed: Answer) => void {
  const { twice, compareMs, recheckMs, samples } = settings;
  const noise = new NoiseModel();
  const isLearning = (): boolean => twice > 0 && noise.isLearning;
  const confirmed = new Map<string, number>();
  let overrun = 0;

  /** Whoever overruns its time again and again or by far, or throws, is not asked again. @returns a text when nobody can say */
  const compare = (control?: Answer, candidate?: Answer, began = clock.monotonic()): Comparison => {
    if (!control || !candidate) return NO_ANSWER;
    try {
      return compareAnswers(control.seen, candidate.seen, rules);
    } catch {
      switchOff('its compare throws or gives no boolean');
      return BROKEN;
    } finally {
      const took = clock.monotonic() - began;
      overrun = took > compareMs ? overrun + took / compareMs : 0;
      if (overrun >= MOST_OVERRUN) switchOff(`comparing took ${Math.round(took)} ms, at most ${compareMs}`);
    }
  };

  const idOf = (difference: Difference): string => groupId(repository.name, read, difference);

  const ignored = (difference: Difference): string | undefined =>
    ignoredBy(rules, difference, clock.now())?.reason ??
    (difference.isUnpromised ? 'order' : noise.isNoise(difference) ? 'noise' : undefined);

  /** What is left of differences when both sides are asked once more. Without a second answer the first one stands. */
  const persisting = async (call: C, differences: Found): Promise<Found> => {
    let left = differences;
    if (!differences.some((one) => (confirmed.get(idOf(one)) ?? 0) >= MOST_CONFIRMED)) {
      await clock.sleep(recheckMs);
      const found = compare(await again('control', call), await again('candidate', call));
      if (typeof found !== 'string') {
        const there = new Set(found.map(idOf));
        left = differences.filter((one) => there.has(idOf(one)));
      }
    }
    for (const id of new Set(left.map(idOf))) {
      const times = confirmed.get(id) ?? 0;
      if (times > 0 || confirmed.size < MOST_KNOWN) confirmed.set(id, times + 1);
    }
    return left;
  };

  const weigh = async (call: C, both: Both, found: Found, isDoubled: boolean): Promise<Ended> => {
    if (isDoubled) {
      const own = compare(both[0], await again('control', call));
      if (typeof own !== 'string') noise.doubled(own);
    }
    noise.compared(found);
    if (found.length === 0) return MATCH;
    const real = found.filter((one) => !ignored(one));
    const left = real.length > 0 ? await persisting(call, real) : real;
    for (const one of found) {
      if (real.includes(one) && !left.includes(one)) continue;
      const more = { id: idOf(one), ignored: ignored(one), noise: noise.rate(one), at: clock.now() };
      tally.difference(one, more, () => samples?.(one, call, both, redact));
    }
    if (real.length === 0) return ['ignored'];
    if (left.length === 0) return ['transient'];
    const [shadowed, answer] = call.served === 'candidate' ? both : both.toReversed();
    if (shadowed?.seen.kind === 'threw' && answer?.seen.kind !== 'threw') return ['failed'];
    // After a start nobody knows yet what control's own answers differ by.
    return isLearning() ? ['uncompared', 'learning'] : ['mismatch'];
  };

  return (call, answer, shadowed) => {
    const both: Both = call.served === 'control' ? [answer, shadowed] : [shadowed, answer];
    const found = compare(both[0], both[1], shadowed.at);
    if (typeof found === 'string') return end(call, ['uncompared', found]);
    const isDoubled = isLearning() || random() < twice;
    if (!isDoubled && found.length === 0) {
      noise.compared(found);
      return end(call, MATCH);
    }
    weigh(call, both, found, isDoubled).then(
      (ended) => end(call, ended),
      () => end(call, ['uncompared', BROKEN]),
    );
  };
}
