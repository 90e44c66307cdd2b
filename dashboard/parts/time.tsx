import { formatDuration } from '../../src/kernel/index.ts';
import { now } from '../state/now.ts';

/** How long ago, with the moment itself in UTC for whoever points at it. @param at wall clock, milliseconds */
export function When({ at }: { readonly at: number }) {
  const moment = new Date(at).toISOString();
  const ageMs = now.value - at;
  const text = Math.abs(ageMs) < 1_500 ? 'now' : ageMs > 0 ? `${age(ageMs)} ago` : `in ${age(-ageMs)}`;
  return (
    <time dateTime={moment} title={`${moment.slice(0, 19).replace('T', ' ')} UTC`}>
      {text}
    </time>
  );
}

/** Whole seconds below two minutes, then the two largest units. @param ms milliseconds */
export function age(ms: number): string {
  const steps = [
    [120_000, 1_000],
    [7_200_000, 60_000],
    [172_800_000, 3_600_000],
  ] as const;
  const unit = steps.find(([below]) => ms < below)?.[1] ?? 86_400_000;
  return formatDuration(Math.max(unit, Math.round(ms / unit) * unit));
}
