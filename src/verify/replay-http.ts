import type { CompareRules } from '../compare/index.ts';
import { ask, type AskOptions, type HttpAnswer } from './http-answer.ts';
import { compareHttp, type HttpComparison, type HttpDifference } from './http-compare.ts';
import type { Recorded } from './recording.ts';

export type ReplayOptions = AskOptions & {
  readonly control: URL;
  readonly candidate: URL;
  readonly rules: CompareRules;
  /** Requests on their way at once, each to both sides. */
  readonly concurrency: number;
  /** Wall clock, milliseconds. */
  readonly wallClock: () => number;
};

/** What came of one request. */
export type Replayed = {
  readonly path: string;
  /** `transient`: different at first and the same when asked again. `noise`: control differs from itself there. */
  readonly outcome: 'same' | 'different' | 'ignored' | 'transient' | 'noise' | 'incomparable';
  readonly differences: readonly HttpDifference[];
  readonly why: string | null;
  readonly controlMs: number | null;
  readonly candidateMs: number | null;
};

/**
 * Sends every request to both sides at once and compares the answers. One that differs is asked again, control twice:
 * data may have changed between the two answers, and what control says differently each time is no fault of the candidate.
 *
 * @param each called with every result, in the order in which they come
 */
export async function replayHttp(
  requests: readonly Recorded[],
  options: ReplayOptions,
  each: (result: Replayed) => void,
): Promise<void> {
  const waiting = requests.values();
  const worker = async (): Promise<void> => {
    for (const request of waiting) {
      if (options.signal.aborted) return;
      each(await replayOne(request, options));
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, worker));
}

type Pair = { readonly control: HttpAnswer; readonly candidate: HttpAnswer };

async function replayOne(request: Recorded, options: ReplayOptions): Promise<Replayed> {
  const first = await askBoth(request, options);
  const compared = compare(first, options);
  if (compared.kind !== 'different') return result(request, first, compared.kind, compared);
  const before = await ask(options.control, request, options);
  const again = await askBoth(request, options);
  const noisy = placesOf(compare({ control: before, candidate: again.control }, options));
  const recheck = compare(again, options);
  if (recheck.kind !== 'different')
    return result(request, again, recheck.kind === 'same' ? 'transient' : recheck.kind, recheck);
  const left = recheck.differences.filter(({ place }) => !noisy.has(place));
  return left.length === 0
    ? result(request, again, 'noise', recheck)
    : result(request, again, 'different', { ...recheck, differences: left });
}

async function askBoth(request: Recorded, options: ReplayOptions): Promise<Pair> {
  const [control, candidate] = await Promise.all([
    ask(options.control, request, options),
    ask(options.candidate, request, options),
  ]);
  return { control, candidate };
}

function compare({ control, candidate }: Pair, { rules, wallClock }: ReplayOptions): HttpComparison {
  return compareHttp(control, candidate, rules, wallClock());
}

function placesOf(compared: HttpComparison): ReadonlySet<string> {
  return new Set(compared.kind === 'different' ? compared.differences.map(({ place }) => place) : []);
}

function result(
  { path }: Recorded,
  { control, candidate }: Pair,
  outcome: Replayed['outcome'],
  compared: HttpComparison,
): Replayed {
  return {
    path,
    outcome,
    differences: compared.kind === 'different' ? compared.differences : [],
    why: compared.kind === 'incomparable' ? compared.why : null,
    controlMs: control.kind === 'answered' ? control.ms : null,
    candidateMs: candidate.kind === 'answered' ? candidate.ms : null,
  };
}
