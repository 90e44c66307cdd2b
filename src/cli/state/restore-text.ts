import type { Io } from '../io.ts';
import { type Lost, lostText } from './lost.ts';
import type { Present } from './present.ts';
import type { Raise } from './raise.ts';
import { exposedAgain, isRegistered } from './refusals.ts';
import { streamText } from './text.ts';
import type { StreamState } from './verify.ts';

/** What is about to happen, before it does. */
export function previewText(
  file: string,
  present: Present,
  backup: readonly StreamState[],
  lost: readonly Lost[],
  raises: readonly Raise[],
): string {
  const { kind, problems, mark } = present;
  const again = kind === 'missing' ? [] : exposedAgain(present, backup);
  return [
    kind === 'missing' ? `There is no ${file}.` : `${file} would be replaced; it is ${kind}.`,
    ...problems.map(({ code, what }) => `  ${code}: ${what}`),
    ...(kind === 'missing' ? [] : [lostText(lost)]),
    ...again.map((stream) => `! The candidate would serve again in ${stream}; it does not now.`),
    ...raises.map((raise) => raiseText(raise, backup)),
    ...(kind === 'damaged' && mark === null ? [UNSEEN] : []),
    ...(kind === 'sound' ? [] : [KEPT]),
  ].join('\n');
}

const UNSEEN = '! Who uses it cannot be seen in it: stop every controller and every instance.';
const KEPT =
  '! How far epochs had come is not known for sure: instances that run keep their state until they are restarted.';

function raiseText({ stream, from, to }: Raise, backup: readonly StreamState[]): string {
  return isRegistered(backup, stream)
    ? `The epoch of ${stream}, ${from} in the backup, is raised to ${to}: instances ignore a lower one.`
    : `! The epoch of ${stream} goes back from ${to - 1} to ${from}.`;
}

export function doneText(
  file: string,
  { kind }: Present,
  aside: string | null,
  streams: readonly StreamState[],
  { paint }: Io,
): string {
  return [
    paint('good', `✔ ${file} restored and verified`),
    ...streams.map(streamText),
    ...(aside === null ? [] : [`What was there is kept: ${aside}`]),
    ...(kind === 'sound' ? [] : [paint('warning', 'Restart every instance before anything else.')]),
  ].join('\n');
}
