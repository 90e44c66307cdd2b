import type { State } from '../engine/index.ts';
import { formatDuration } from '../kernel/index.ts';
import { confirmedText } from './event-line.ts';

type Confirmed = {
  readonly outcome: 'pending' | 'resolved' | 'not resolved' | 'not known';
  readonly text: string;
};

/** Whether the last rollback ended the trouble, in a sentence. */
export function confirmOf({ rollback, run }: State): Confirmed | null {
  const confirm = rollback?.confirm ?? null;
  if (confirm === null || run === null) return null;
  if (confirm.outcome !== null)
    return { outcome: confirm.outcome.outcome, text: confirmedText(confirm.outcome) };
  const wanted = run.plan.rollback.confirm?.forMs ?? 0;
  const open = confirm.rows.filter(({ verdict }) => verdict !== 'pass');
  const why = open.map(({ title, reason }) => `; ${title}: ${reason}`).join('');
  const held = formatDuration(Math.floor(confirm.heldMs * run.timeScale));
  const text = `Whether the trouble is over: control was green for ${held} of ${formatDuration(wanted)}${why}.`;
  return { outcome: 'pending', text };
}
