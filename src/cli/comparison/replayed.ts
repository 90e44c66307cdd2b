import { redact, type Difference, type RedactOptions } from '../../compare/index.ts';
import type { ReplayedCall } from '../../verify/index.ts';

/** A place at which the sides differ now, redacted. */
export type ReplayedPlace = Pick<Difference, 'kind' | 'at'> & {
  readonly control: string;
  readonly candidate: string;
};

/** What making a call again has shown, as it may leave the process that made it. */
export type ReplayedText = Pick<ReplayedCall, 'verdict' | 'rounds' | 'differed' | 'noisy' | 'why'> & {
  readonly difference: ReplayedPlace | null;
  readonly others: readonly ReplayedPlace[];
  readonly controlMs: number;
  readonly candidateMs: number;
};

const MOST_OTHERS = 10;

export function replayedText(replayed: ReplayedCall, redaction: RedactOptions): ReplayedText {
  const { verdict, rounds, differed, noisy, why, difference, others, last } = replayed;
  const place = ({ kind, at, path, control, candidate }: Difference): ReplayedPlace => ({
    kind,
    at,
    control: redact(control, path, redaction),
    candidate: redact(candidate, path, redaction),
  });
  return {
    verdict,
    rounds,
    differed,
    noisy,
    why,
    difference: difference === null ? null : place(difference),
    others: others.slice(0, MOST_OTHERS).map(place),
    controlMs: Math.round(last.control.ms * 100) / 100,
    candidateMs: Math.round(last.candidate.ms * 100) / 100,
  };
}
