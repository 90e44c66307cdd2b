import type { StatusDocument } from '../../src/report/index.ts';
import type { Tone } from '../parts/chip.tsx';

/** The word and the tone of each state, and how much it asks for somebody: the worst is the least. */
const STANDINGS: Readonly<
  Record<StatusDocument['state'], { readonly tone: Tone; readonly text: string; readonly rank: number }>
> = {
  'rolling-back': { tone: 'fail', text: 'rolling back', rank: 0 },
  'rolled-back': { tone: 'fail', text: 'rolled back', rank: 1 },
  paused: { tone: 'warn', text: 'paused', rank: 3 },
  running: { tone: 'busy', text: 'running', rank: 4 },
  'not started': { tone: 'none', text: 'not started', rank: 5 },
  completed: { tone: 'pass', text: 'completed', rank: 6 },
};

/** A state that this version does not know is nothing good. */
export function standingOf(state: string): (typeof STANDINGS)[StatusDocument['state']] {
  const [, known] = Object.entries(STANDINGS).find(([name]) => name === state) ?? [];
  return known ?? { tone: 'none', text: state, rank: 2 };
}

type Placed = {
  readonly state: string;
  readonly verdict: string | null;
  readonly waitingFor: string | null;
  readonly migration: string;
  readonly environment: string;
};

/** Those first that need somebody: taken back, failing, paused, waiting for a person, then the others by name. */
export function worstFirst<T extends Placed>(places: readonly T[]): readonly T[] {
  const rank = ({ state, verdict, waitingFor }: Placed): number => {
    const isOn = state === 'running' || state === 'paused';
    if (isOn && verdict === 'fail') return 2;
    const needsPerson = isOn && waitingFor?.startsWith('a person') === true;
    return standingOf(state).rank - (needsPerson ? 0.5 : 0);
  };
  const name = ({ migration, environment }: Placed): string => `${migration}/${environment}`;
  return places.toSorted((a, b) => rank(a) - rank(b) || (name(a) < name(b) ? -1 : 1));
}
