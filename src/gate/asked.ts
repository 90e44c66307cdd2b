import type { AskedMetric, MeasureSettings } from '../plan/index.ts';
import type { Counts } from './counts.ts';
import { increases } from './increase.ts';

/** What an answer speaks of. `both`: it did not say which side. */
export type AnswerSide = 'control' | 'candidate' | 'both';

/** A counter as it stands. Each is followed by its own key, since each begins again at zero by itself. */
export type Series = { readonly key: string; readonly side: AnswerSide; readonly value: number };

/** A number, and how much stands behind it: 1 for a number alone, the total for a share. */
export type Level = { readonly value: number; readonly samples: number };

/** What somebody else measured: a database, an address, a Prometheus. */
export type MeasureAnswer =
  | { readonly kind: 'levels'; readonly sides: Partial<Readonly<Record<AnswerSide, Level>>> }
  /** Counters since whenever; only what they grow by says something. */
  | {
      readonly kind: 'counters';
      readonly part: 'bad' | 'good';
      readonly ofPart: readonly Series[];
      readonly total: readonly Series[];
      /** What a counter that fell did: it began again at zero, or what it counts was taken away and nothing is known. */
      readonly fallen: 'restarted' | 'unknown';
    }
  | { readonly kind: 'nothing'; readonly why: string };

/** One answer, when it came, and its number in the order of all answers. */
export type Answered = { readonly number: number; readonly at: number; readonly answer: MeasureAnswer };

/** What is known of an asked metric. */
export type Answers = {
  readonly answers: readonly Answered[];
  /** How far behind its own rhythm the newest is, milliseconds; 0 while it keeps it. */
  readonly lateMs: number;
};

export type AskedContext = {
  readonly now: number;
  readonly settings: Pick<MeasureSettings, 'windowMs'>;
  /** By name of the metric; absent where nobody asks. */
  readonly answers?: Readonly<Record<string, Answers>>;
};

export type AskedSide = { readonly value: number | null; readonly samples: number; readonly said?: string };

const SILENT: AskedSide = { value: null, samples: 0 };

/** One side of the newest answer, or of what counters grew by in the window. Where the newest is none, nothing is known. */
export function measureAsked(
  name: string,
  metric: AskedMetric,
  { now, settings, answers }: AskedContext,
): { readonly control: AskedSide; readonly candidate: AskedSide; readonly answer?: number } {
  const known = answers?.[name]?.answers ?? [];
  const last = known.at(-1);
  if (last === undefined) return { control: SILENT, candidate: SILENT };
  const side = (wanted: 'control' | 'candidate'): AskedSide => {
    if (last.answer.kind === 'nothing') return { ...SILENT, said: last.answer.why };
    if (last.answer.kind === 'counters') return grown(known, wanted, now - settings.windowMs);
    const level = last.answer.sides[wanted] ?? (wanted === 'candidate' ? last.answer.sides.both : undefined);
    if (level === undefined) return { ...SILENT, said: `no answer about ${wanted}` };
    return { ...level, value: level.value * SCALE[metric.unit] };
  };
  return { control: side('control'), candidate: side('candidate'), answer: last.number };
}

/** To the base unit. */
const SCALE: Readonly<Record<AskedMetric['unit'], number>> = {
  count: 1,
  ratio: 1,
  bytes: 1,
  ms: 1,
  s: 1_000,
};

function grown(known: readonly Answered[], side: 'control' | 'candidate', from: number): AskedSide {
  const { of, said } = increases(known, ({ at }) => at >= from);
  const { calls, hits } = of(side);
  return {
    value: calls === 0 ? null : hits / calls,
    samples: calls,
    ...(said === null ? {} : { said }),
  };
}

/**
 * What happened since the look before, for evidence; `undefined` for what is not counted.
 *
 * @param counted number of the last answer that a look counted
 */
export function countsOfAsked(
  name: string,
  metric: AskedMetric,
  context: AskedContext & { readonly stage: { readonly id: string }; readonly answersCounted?: number },
): Counts | undefined {
  if (metric.gives !== 'counts') return undefined;
  const known = context.answers?.[name]?.answers ?? [];
  const { of } = increases(known, ({ number }) => number > (context.answersCounted ?? 0));
  const tally = (side: 'control' | 'candidate') => {
    const { calls, hits } = of(side);
    return { calls, red: hits, yellow: hits };
  };
  const candidate = tally('candidate');
  return {
    stage: context.stage.id,
    strata: candidate.calls === 0 ? [] : [{ candidate, control: tally('control') }],
    threshold: null,
    instances: null,
  };
}
