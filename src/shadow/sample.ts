import { redact, type Difference, type RedactOptions } from '../compare/index.ts';
import type { MismatchSample } from '../measure/index.ts';
import type { Answer } from './ask.ts';
import type { DrawnCall } from './watched.ts';

/** One call of a group of differences, as it may leave this process: what it holds of people is described, not shown. */
export function sampleOf(
  { at, path, control, candidate }: Difference,
  { args, served }: DrawnCall,
  [one, other]: readonly [control: Answer, candidate: Answer],
  redaction: RedactOptions,
): MismatchSample {
  return {
    at,
    control: redact(control, path, redaction),
    candidate: redact(candidate, path, redaction),
    args: args.map(({ value }, index) => redact(value, `args[${index}]`, redaction)),
    served,
    controlMs: hundredths(one.ms),
    candidateMs: hundredths(other.ms),
  };
}

function hundredths(ms: number): number {
  return Math.round(ms * 100) / 100;
}
