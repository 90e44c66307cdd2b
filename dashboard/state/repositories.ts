import type { Plan } from '../../src/plan/index.ts';
import type { RowStatus, StatusDocument } from '../../src/report/index.ts';
import type { Tone } from '../parts/chip.tsx';

type Exposure = StatusDocument['exposure'][number];

export type RepositoryRow = Exposure & {
  readonly verdict: { readonly tone: Tone; readonly text: string; readonly reason: string };
};

export type Column = 'verdict' | 'repository' | 'exposure' | 'calls' | 'p95' | 'errors' | 'mismatches';

const RANK: Readonly<Record<Tone, number>> = { fail: 0, warn: 1, none: 2, busy: 3, pass: 4 };

/** Each repository with what the rows that judge it said last. @param plan of the run; `null` while it is not known */
export function repositoryRows(status: StatusDocument, plan: Plan | null): readonly RepositoryRow[] {
  return status.exposure.map((one) => ({ ...one, verdict: verdictOf(one, status, plan) }));
}

function verdictOf(
  { repository, killed, set }: Exposure,
  { gate }: StatusDocument,
  plan: Plan | null,
): RepositoryRow['verdict'] {
  if (killed)
    return { tone: 'fail', text: 'killed', reason: 'takes the fail side until somebody resumes it' };
  if (set === null || set === 0) return { tone: 'none', text: 'not exposed', reason: 'control serves it' };
  if (gate === null) return { tone: 'none', text: 'not looked at', reason: 'no gate has looked since' };
  const rows = gate.rows.filter((row) => isOf(row, repository, gate.name, plan));
  const worst = rows.toSorted((a, b) => RANK[toneOf(a)] - RANK[toneOf(b)])[0];
  if (worst === undefined)
    return { tone: 'none', text: 'not judged', reason: `no row of "${gate.name}" is of its calls` };
  const tone = toneOf(worst);
  return { tone, text: wordOf(worst), reason: `${worst.title}: ${worst.reason}` };
}

/** Whether a row is of the calls of a repository; rows on processes, databases and facts are of none. */
function isOf({ title, of }: RowStatus, repository: string, gate: string, plan: Plan | null): boolean {
  if (plan === null) return of === 'calls';
  const row = Object.values(plan.gates)
    .flat()
    .find((one) => title === one.title || title === `${gate}: ${one.title}`);
  const metric = row === undefined ? undefined : plan.metrics[row.metric];
  if (metric === undefined || !('repositories' in metric)) return false;
  return metric.repositories === null || metric.repositories.includes(repository);
}

/** Only a row that passed is green. */
function toneOf({ verdict, colour }: RowStatus): Tone {
  if (colour === 'red' || verdict === 'fail') return 'fail';
  if (colour === 'yellow') return 'warn';
  return verdict === 'pass' ? 'pass' : 'none';
}

export function wordOf({ verdict, colour }: Pick<RowStatus, 'verdict' | 'colour'>): string {
  if (verdict === 'insufficient') return 'not enough data';
  return colour === 'yellow' && verdict === 'pass' ? 'pass, yellow' : verdict;
}

/** Sorted by a column, the most first but for names; the worst verdict, then the busiest, where nothing else is asked for. */
export function sortedRows(
  rows: readonly RepositoryRow[],
  by: Column,
  isReversed: boolean,
): readonly RepositoryRow[] {
  const sorted = rows.toSorted(
    (a, b) => compare(keyOf(a, by), keyOf(b, by)) || (a.repository < b.repository ? -1 : 1),
  );
  return isReversed ? sorted.reverse() : sorted;
}

function keyOf(row: RepositoryRow, by: Column): readonly (number | string)[] {
  const { control, candidate, shadow, set, actual } = row;
  const calls = control.calls + candidate.calls;
  switch (by) {
    case 'verdict':
      return [RANK[row.verdict.tone], -calls];
    case 'repository':
      return [row.repository];
    case 'exposure':
      return [-(set ?? -1), -(actual ?? -1)];
    case 'calls':
      return [-calls];
    case 'p95':
      return [-((candidate.p95Ms ?? 0) / (control.p95Ms ?? Infinity)), -(candidate.p95Ms ?? 0)];
    case 'errors':
      return [-errorShare(candidate), -errorShare(control)];
    case 'mismatches':
      return [shadow === null || shadow.compared === 0 ? 1 : -shadow.differed / shadow.compared];
  }
}

export function errorShare({ calls, errors }: { readonly calls: number; readonly errors: number }): number {
  return calls === 0 ? 0 : errors / calls;
}

function compare(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  for (const [index, one] of a.entries()) {
    const other = b[index] ?? one;
    if (one !== other) return one < other ? -1 : 1;
  }
  return 0;
}
