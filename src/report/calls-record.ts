import type { Json } from '../kernel/index.ts';
import { packSketch, unpackSketch } from '../measure/index.ts';
import type { CoarseCell, Reach } from './coarse-cell.ts';
import { emptySum, OperationSums, type OperationSum, type SideSum } from './operation-sums.ts';
import { asRecord, countIn } from './record-body.ts';

/** Operations of one repository that a record tells apart: the busiest. The others are counted as `(other)`. */
const MOST_OPERATIONS = 100;
const OTHER = '(other)';

export function reachBody({ coveredMs, instances, epoch }: Reach): Json {
  return { v: 1, coveredMs: Math.round(coveredMs), instances, epoch };
}

/** `undefined` for what cannot be read: that is a gap, and not a zero. */
export function parseReach(body: Json): Reach | undefined {
  const from = asRecord(body);
  const coveredMs = countIn(from, 'coveredMs');
  const instances = countIn(from, 'instances');
  const epoch = countIn(from, 'epoch');
  if (coveredMs === undefined || instances === undefined || epoch === undefined) return undefined;
  return { coveredMs, instances, epoch };
}

/** What one repository did. Operations that nobody called and nothing drew are left out. */
export function callsBody(sums: readonly OperationSum[]): Json {
  const busiest = sums.filter((sum) => weight(sum) > 0).toSorted((a, b) => weight(b) - weight(a));
  const kept = new OperationSums();
  for (const [index, sum] of busiest.entries()) {
    const isKept = index < MOST_OPERATIONS - 1 || busiest.length === MOST_OPERATIONS;
    kept.add(sum, isKept ? sum : { repository: sum.repository, operation: OTHER });
  }
  return { v: 1, operations: kept.all.map(operationBody) };
}

function weight({ control, candidate, sampled, compared }: OperationSum): number {
  return control.calls + candidate.calls + sampled + compared;
}

function operationBody(sum: OperationSum): Json {
  const { operation, control, candidate, sampled, compared, mismatched } = sum;
  return {
    operation,
    ...(control.calls === 0 ? {} : { control: sideBody(control) }),
    ...(candidate.calls === 0 ? {} : { candidate: sideBody(candidate) }),
    ...(sampled + compared === 0 ? {} : { sampled, compared, mismatched }),
  };
}

function sideBody({ calls, errors, latency }: SideSum): Json {
  return { calls, errors, latency: packSketch(latency.data()) };
}

/** Adds what a record has of a repository to a cell; what cannot be read of it is left out. */
export function addCalls(cell: CoarseCell, repository: string, body: Json): void {
  const operations = asRecord(body)?.['operations'];
  if (!Array.isArray(operations)) return;
  for (const one of operations) {
    const from = asRecord(one);
    if (from === undefined) continue;
    const sum = emptySum(repository, String(from['operation']));
    addSide(sum.control, from['control']);
    addSide(sum.candidate, from['candidate']);
    sum.sampled = countIn(from, 'sampled') ?? 0;
    sum.compared = countIn(from, 'compared') ?? 0;
    sum.mismatched = countIn(from, 'mismatched') ?? 0;
    cell.add(sum);
  }
}

function addSide(into: SideSum, json: unknown): void {
  const from = asRecord(json);
  const calls = countIn(from, 'calls');
  const errors = countIn(from, 'errors');
  const packed = from?.['latency'];
  if (calls === undefined || errors === undefined || !Array.isArray(packed)) return;
  into.calls += calls;
  into.errors += errors;
  into.latency.add(unpackSketch(packed.map(Number).filter(Number.isFinite)));
}
