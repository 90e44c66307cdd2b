import { figure, type Outcome } from './figure.ts';
import * as cases from './route-cases.ts';
import { overRounds, takeTurns, type Spread } from './turns.ts';

/**
 * What a call costs that goes through a repository, half of them to each side, all of them timed and counted; beside
 * what a team would write by hand, and beside libraries that do it.
 *
 * Like is compared with like: a call outside a pin has no key and draws a number, so its floor draws one too. A key
 * is given to a pin, and its floor hashes the key of every call.
 */
export default async function measure(): Promise<Outcome> {
  const { BARE, DRAWING, HASHING, IN_SCOPE, MIGRATION, PIN_OF_1, PIN_OF_8, UNPINNED } = cases;
  const times = await takeTurns('route', Object.keys(cases.OWN), Object.keys(cases.PEERS));
  const over = (name: string): Spread =>
    overRounds([times.of(name), times.of(BARE)], (ns = Number.NaN, bare = Number.NaN) => ns - bare);
  const ratio = (name: string, floor: string): Spread =>
    overRounds(
      [times.of(name), times.of(floor), times.of(BARE)],
      (ns = Number.NaN, other = Number.NaN, bare = Number.NaN) => (ns - bare) / (other - bare),
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
  ];
  if (present.includes(MIGRATION))
    figures.push(figure('by key, 8 calls a pin, over Migration.read', ratio(PIN_OF_8, MIGRATION)));
  return { figures, missing: times.missing };
}
