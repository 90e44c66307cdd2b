import type { ApiError } from '../state/api.ts';
import type { Need } from '../state/needs.ts';
import { pathTo, type Place } from '../state/router.ts';
import { Chip } from './chip.tsx';
import { Command, commandFor } from './command.tsx';
import { Link } from './link.tsx';
import { Empty } from './page.tsx';
import { Waiting } from './waiting.tsx';

/** Who has to do what, each with the screen where it is seen and the command that does it. */
export function NeedsList(props: {
  readonly needs: readonly Need[];
  readonly place: Place;
  /** What is not known yet; nobody is told before that nobody is waited for. */
  readonly unknown: readonly string[];
  readonly failure: ApiError | null;
}) {
  const { needs, place, unknown, failure } = props;
  if (unknown.length > 0)
    return (
      <>
        <Needs needs={needs} place={place} />
        <Waiting what={`Reading ${unknown.join(' and ')}`} failure={failure} />
      </>
    );
  if (needs.length === 0)
    return <Empty>Nobody is waited for: nothing is red, open, late or unexplained.</Empty>;
  return <Needs needs={needs} place={place} />;
}

function Needs({ needs, place }: { readonly needs: readonly Need[]; readonly place: Place }) {
  if (needs.length === 0) return null;
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
