import type { State } from '../engine/index.ts';
import { captureLine, errorText } from './event-line.ts';

/** A contingency that the run met, for a person: why, what is kept, who has to know, what comes next. */
export type ContingencyStatus = {
  readonly name: string;
  readonly at: number;
  readonly why: readonly string[];
  readonly errors: readonly string[];
  /** What became of the heap snapshot that was asked for. */
  readonly kept: string | null;
  /** Roles, with how to reach them. */
  readonly tell: readonly string[];
  readonly next: readonly string[];
};

export function contingenciesOf({ run, capture }: State): readonly ContingencyStatus[] {
  return (run?.contingencies ?? []).map(({ name, at, rows, errors, tell, next }) => ({
    name,
    at,
    why: rows.map(({ title, reason }) => `${title}: ${reason}`),
    errors: errors.map(errorText),
    kept: keptOf(capture, name),
    tell: tell.map((role) => {
      const known = run?.plan.people.contacts.find((one) => one.role === role);
      return known === undefined ? role : `${role} (${known.name}, ${known.contact})`;
    }),
    next,
  }));
}

function keptOf(capture: State['capture'], name: string): string | null {
  if (capture === null || capture.contingency !== name) return null;
  const { instance, answer } = capture;
  return answer === null ? `a heap snapshot is asked of ${instance}` : captureLine(instance, answer);
}
