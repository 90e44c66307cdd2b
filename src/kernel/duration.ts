import { CutoverError } from './errors.ts';

/** A length of time as people write it: `250ms`, `30s`, `5m`, `72h`, `7d`, or parts together: `1h 30m`. */
export type Duration = string;

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * Milliseconds of a duration.
 *
 * @throws CutoverError `USAGE` when the text is not a duration; the message holds the text.
 */
export function parseDuration(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)\s*/g)];
  const read = parts.map((part) => part[0]).join('');
  if (parts.length === 0 || read.length !== text.trimStart().length) {
    throw new CutoverError('USAGE', `${JSON.stringify(text)} is not a duration`, {
      hint: 'write a number and a unit: 250ms, 30s, 5m, 72h, 7d, 1h 30m',
    });
  }
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (UNIT_MS[unit ?? ''] ?? 0), 0);
}

/** A duration for people, with at most two units: `72h`, `1h 30m`, `4.2s`, `23ms`. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return '-';
  if (ms < 0) return `-${formatDuration(-ms)}`;
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1).replace(/\.0$/, '')}s`;
  const minutes = Math.round(ms / 60_000);
  if (minutes < 60) return withRest(Math.floor(ms / 60_000), 'm', Math.round((ms % 60_000) / 1_000), 's');
  const hours = Math.floor(minutes / 60);
  if (hours <= 96) return withRest(hours, 'h', minutes % 60, 'm');
  return withRest(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function withRest(whole: number, unit: string, rest: number, restUnit: string): string {
  if (rest === 60) return `${whole + 1}${unit}`;
  return rest === 0 ? `${whole}${unit}` : `${whole}${unit} ${rest}${restUnit}`;
}
