import { figure, type Outcome } from './figure.ts';
import * as cases from './route-cases.ts';
import { COMPARED, ROUTED_ROW, SHADOW_ON } from './shadow-cases.ts';
import { median } from './timing.ts';
import { overRounds, takeTurns, type Spread } from './turns.ts';
import { addedWait } from './waiting.ts';

/**
 * What a call costs that goes through a repository, half of them to each side, all of them timed and counted; beside
 * what a team would write by hand, and beside libraries that do it.
 *
 * Like is compared with like: a call outside a pin has no key and draws a number, so its floor draws one too. A key
 * is given to a pin, and its floor hashes the key of every call.
 */
export default async function measure(): Promise<Outcome> {
  const { BARE, DRAWING, HASHING, IN_SCOPE, MIGRATION, PIN_OF_1, PIN_OF_8, SAMPLED_OUT, UNPINNED } = cases;
  const times = await takeTurns('route', Object.keys(cases.OWN), Object.keys(cases.PEERS));
  const over = (name: string): Spread =>
    overRounds([times.of(name), times.of(BARE)], (ns = Number.NaN, bare = Number.NaN) => ns - bare);
  const ratio = (name: string, floor: string): Spread =>
    overRounds(
      [times.of(name), times.of(floor), times.of(BARE)],
      (ns = Number.NaN, other = Number.NaN, bare = Number.NaN) => (ns - bare) / (other - bare),
    );
  /** Of the first over all others. */
  const more = (name: string, ...without: readonly string[]): Spread =>
    overRounds(
      [name, ...without].map((one) => times.of(one)),
      (ns = Number.NaN, ...others) => ns - others.reduce((sum, other) => sum + other, 0),
    );
  const present = Object.keys(cases.PEERS).filter((name) => times.of(name).length > 0);
  const beside = (...names: readonly string[]) => names.map((name) => ({ name, value: over(name).value }));
  const figures = [
    figure('without a key, over the floor that draws', ratio(UNPINNED, DRAWING)),
    figure('by key, 8 calls a pin, over the floor that hashes', ratio(PIN_OF_8, HASHING)),
    figure('by key, 8 calls a pin, over the floor in a scope', ratio(PIN_OF_8, IN_SCOPE)),
    figure('without a key, over a bare await', over(UNPINNED), beside(DRAWING)),
    figure('by key, 8 calls a pin, over a bare await', over(PIN_OF_8), beside(HASHING, IN_SCOPE, ...present)),
    figure('by key, one call a pin, over a bare await', over(PIN_OF_1)),
    figure('sampled out of the shadow, over the routed call', more(SAMPLED_OUT, UNPINNED)),
    figure('in the shadow, besides candidate, clone, comparison', more(SHADOW_ON, ROUTED_ROW, COMPARED), [
      { name: COMPARED, value: median(times.of(COMPARED)) },
    ]),
    figure('wait added by the shadow, whatever candidate', await addedWait()),
  ];
  if (present.includes(MIGRATION))
    figures.push(figure('by key, 8 calls a pin, over Migration.read', ratio(PIN_OF_8, MIGRATION)));
  return { figures, missing: times.missing };
}
