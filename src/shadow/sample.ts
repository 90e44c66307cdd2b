import { redact, type Difference, type RedactOptions } from '../compare/index.ts';
import type { MismatchSample } from '../measure/index.ts';
import type { Answer } from './ask.ts';
import type { DrawnCall } from './watched.ts';

/** Describes one call of a group of differences, as it may leave this process; `samples()` makes it. */
export type Samples = (
  difference: Difference,
  call: DrawnCall,
  both: readonly [control: Answer, candidate: Answer],
  redaction: RedactOptions,
) => MismatchSample;

/**
 * One call of each group of differences is kept: both values, the arguments and both times. What it holds of people is
 * described and not shown, before it leaves the process. Without samples only places, kinds and counts leave it, so that
 * nobody sees what differed nor can make the call again.
 *
 * @example
 * const cutover = createCutover(plan, { source, shadow: shadow({ samples: samples() }) });
 */
export function samples(): Samples {
  return sampleOf;
}

function sampleOf(
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
    controlMs: one.ms,
    candidateMs: other.ms,
  };
}
