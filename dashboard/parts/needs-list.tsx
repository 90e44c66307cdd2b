import type { Need } from '../state/needs.ts';
import { pathTo, type Place } from '../state/router.ts';
import { Chip } from './chip.tsx';
import { Command, commandFor } from './command.tsx';
import { Link } from './link.tsx';
import { Empty } from './page.tsx';

/** Who has to do what, each with the screen where it is seen and the command that does it. */
export function NeedsList({ needs, place }: { readonly needs: readonly Need[]; readonly place: Place }) {
  if (needs.length === 0)
    return <Empty>Nobody is waited for: nothing is red, open, late or unexplained.</Empty>;
  return (
    <ul class="needs">
      {needs.map(({ tone, word, text, screen, words }) => (
        <li key={`${word} ${text}`}>
          <Chip tone={tone} text={word} />
          <div>
            <p>{screen === '' ? text : <Link to={pathTo(place, screen)}>{text}</Link>}</p>
            <Command text={commandFor(place, ...words)} />
          </div>
        </li>
      ))}
    </ul>
  );
}
