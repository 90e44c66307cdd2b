import type { AnswerSide, Level, MeasureAnswer, Series } from '../../gate/index.ts';

type Sample = { readonly labels: Readonly<Record<string, string>>; readonly value: number };
type Read =
  | { readonly kind: 'samples'; readonly samples: readonly Sample[] }
  | { readonly kind: 'nothing'; readonly why: string };

/** The label by which the two parts of one question are told apart. */
export const PART_LABEL = 'cutover_part';

/** One number, or one for each side, from what Prometheus answered. Pure. */
export function numberOfVector(json: unknown): MeasureAnswer {
  const read = readVector(json);
  if (read.kind === 'nothing') return read;
  const { samples } = read;
  const [first] = samples;
  if (samples.length === 1 && first !== undefined && first.labels['side'] === undefined)
    return { kind: 'levels', sides: { both: { value: first.value, samples: 1 } } };
  const sides: Partial<Record<AnswerSide, Level>> = {};
  for (const { labels, value } of samples) {
    const side = labels['side'];
    if ((side !== 'control' && side !== 'candidate') || sides[side] !== undefined)
      return nothing(`${samples.length} series, where one, or one for each side, was expected`);
    sides[side] = { value, samples: 1 };
  }
  return { kind: 'levels', sides };
}

/** Counters of each side, each series by its own labels. Pure. */
export function countersOfVector(json: unknown, part: 'bad' | 'good'): MeasureAnswer {
  const read = readVector(json);
  if (read.kind === 'nothing') return read;
  const of = (name: string): readonly Series[] =>
    read.samples
      .filter(({ labels }) => labels[PART_LABEL] === name)
      .map(({ labels, value }) => ({ key: keyOf(labels), side: sideOf(labels), value }));
  const [ofPart, total] = [of(part), of('total')];
  if (total.length === 0) return nothing('no series for "total"');
  if (ofPart.length === 0) return nothing(`no series for "${part}"`);
  const odd = read.samples.find(({ value }) => !Number.isSafeInteger(value) || value < 0);
  if (odd !== undefined) return nothing(`${odd.value} is no count: a counter is needed, not a rate`);
  return { kind: 'counters', part, ofPart, total, fallen: 'restarted' };
}

/** The name of a metric is no part of what it is: functions take it away. */
function keyOf(labels: Sample['labels']): string {
  const own = Object.entries(labels).filter(([name]) => name !== '__name__' && name !== PART_LABEL);
  return JSON.stringify(own.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function sideOf({ side }: Sample['labels']): AnswerSide {
  return side === 'control' || side === 'candidate' ? side : 'both';
}

function nothing(why: string): { readonly kind: 'nothing'; readonly why: string } {
  return { kind: 'nothing', why };
}

function readVector(json: unknown): Read {
  if (!isRecord(json) || json['status'] !== 'success' || !isRecord(json['data']))
    return nothing('the answer is not that of a Prometheus');
  const { warnings } = json;
  // Part of the stores did not answer, or something was cut off: the numbers are of the rest.
  if (Array.isArray(warnings) && warnings.length > 0)
    return nothing(`answered with a warning: ${String(warnings[0]).slice(0, 200)}`);
  const { resultType, result } = json['data'];
  if (resultType === 'scalar') return samplesOf([{ metric: {}, value: result }]);
  if (resultType !== 'vector' || !Array.isArray(result))
    return nothing(`the query gives a ${String(resultType)}, where an instant vector was expected`);
  if (result.length === 0) return nothing('no series: nothing matches, or nothing was scraped lately');
  return samplesOf(result);
}

function samplesOf(result: readonly unknown[]): Read {
  const samples: Sample[] = [];
  for (const one of result) {
    if (!isRecord(one) || !isRecord(one['metric']) || !Array.isArray(one['value']))
      return nothing('the answer is not that of a Prometheus');
    const text: unknown = one['value'][1];
    const value = typeof text === 'string' ? Number(text) : Number.NaN;
    if (!Number.isFinite(value)) return nothing(`${String(text)} is no number`);
    const labels = Object.entries(one['metric']).map(([name, label]) => [name, String(label)] as const);
    samples.push({ labels: Object.fromEntries(labels), value });
  }
  return { kind: 'samples', samples };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
