import type { CutoverEvent } from '../engine/index.ts';
import { formatDuration } from '../kernel/index.ts';

/** `TOO LONG: canary / smoke takes more than the 10m that the plan has for it`. */
export function overrunText(event: Extract<CutoverEvent, { kind: 'run.overran' }>): string {
  const { of, phase, step, expectedMs, latest } = event;
  if (of === 'beginning')
    return `LATE: ${phase} was to begin before ${latest === null ? 'now' : `${new Date(latest).toISOString().slice(0, 16)}Z`}`;
  const what = step === null ? phase : `${phase} / ${step}`;
  return `TOO LONG: ${what} takes more than the ${formatDuration(expectedMs ?? 0)} that the plan has for it`;
}
