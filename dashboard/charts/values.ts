import { formatDuration } from '../../src/kernel/index.ts';

/** What an axis counts. */
export type Unit = 'a second' | 'ms' | 'share';

/** A number for people; `–` where there is none. */
export function valueText(unit: Unit, value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  switch (unit) {
    case 'a second':
      return `${figures(value)}/s`;
    case 'ms':
      return value < 10 ? `${figures(value)}ms` : formatDuration(value);
    case 'share':
      return percentText(value);
  }
}

/** `0.42 %`, `12.5 %`. @param share 0..1 */
export function percentText(share: number): string {
  return `${figures(share * 100)} %`;
}

/** `+12 %`: how much more one is than the other; `null` where nothing can be said. */
export function changeText(from: number | null, to: number | null): string | null {
  if (from === null || to === null || from === 0) return null;
  const change = (to / from - 1) * 100;
  const rounded = Math.abs(change) < 10 ? Number(change.toFixed(1)) : Math.round(change);
  return `${rounded > 0 ? '+' : ''}${rounded} %`;
}

/** Three figures are what a pixel shows. */
function figures(value: number): string {
  if (value === 0) return '0';
  return Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

/** `15:04:05`, UTC. @param at wall clock, milliseconds */
export function timeText(at: number): string {
  return new Date(at).toISOString().slice(11, 19);
}

const DAY_MS = 86_400_000;

/** `15:04:05` in a short time, `Nov 19, 15:04` in one of days. UTC. @param spanMs of all that is shown */
export function momentText(at: number, spanMs: number): string {
  return spanMs < DAY_MS / 2 ? timeText(at) : `${dayText(at)}, ${timeText(at).slice(0, 5)}`;
}

/** `Nov 19`, UTC. */
export function dayText(at: number): string {
  return new Date(at).toLocaleDateString('en', { month: 'short', day: 'numeric', timeZone: 'UTC' });
}

/** A moment on an axis. @param stepMs to the next one */
export function tickText(at: number, stepMs: number): string {
  if (at % DAY_MS === 0 && stepMs >= 3_600_000) return dayText(at);
  return timeText(at).slice(0, stepMs < 60_000 ? 8 : 5);
}
