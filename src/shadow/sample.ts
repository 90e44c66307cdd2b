import { capture, redact, type Difference, type RedactOptions } from '../compare/index.ts';
import type { MismatchSample } from '../measure/index.ts';
import type { Side } from '../route/index.ts';

/** One call of a group of differences, as it may leave this process: what it holds of people is described, not shown. */
export function sampleOf(
  { at, path, control, candidate }: Difference,
  args: readonly unknown[],
  served: Side,
  [controlMs, candidateMs]: readonly [control: number, candidate: number],
  redaction: RedactOptions,
): MismatchSample {
  return {
    at,
    control: redact(control, path, redaction),
    candidate: redact(candidate, path, redaction),
    args: args.map((one, index) => {
      const seen = capture(one);
      return seen.kind === 'returned' ? redact(seen.value, `args[${index}]`, redaction) : seen.kind;
    }),
    served,
    controlMs: hundredths(controlMs),
    candidateMs: hundredths(candidateMs),
  };
}

function hundredths(ms: number): number {
  return Math.round(ms * 100) / 100;
}
