import { formatDuration } from '../../src/kernel/index.ts';
import type { SeriesDocument } from '../../src/server/routes/charts.ts';
import type { Chart, Line, Points } from './chart.ts';
import { controlOf, limitLines, limitsFor, shareOf } from './limits.ts';

type Repository = SeriesDocument['repositories'][number];
type Side = 'control' | 'candidate';
const SIDES = ['control', 'candidate'] as const;

/** The four charts of a repository, over the same stretches of time. */
export function repositoryCharts(shown: SeriesDocument, repository: Repository): readonly Chart[] {
  const { times } = shown;
  const name = repository.repository;
  const limits = (of: 'errorRate' | 'latency' | 'mismatchRate'): readonly Line[] =>
    limitsFor(shown, of, name).flatMap((limit) =>
      limitLines(limit, controlOf(repository, limit), times.length),
    );
  const chart = (
    id: string,
    title: string,
    unit: Chart['unit'],
    own: readonly Line[],
    more: readonly Line[],
  ) => {
    const empty = whyEmpty(shown, own, id === 'mismatches');
    return { id, title, unit, times, lines: empty === null ? [...own, ...more] : [], empty };
  };
  return [
    chart('calls', 'Calls a second', 'a second', callLines(shown, repository), []),
    chart('latency', 'Response time', 'ms', latencyLines(repository), limits('latency')),
    chart('errors', 'Error rate', 'share', errorLines(repository), limits('errorRate')),
    chart('mismatches', 'Mismatch rate', 'share', mismatchLines(repository), limits('mismatchRate')),
  ];
}

function callLines({ coveredMs }: SeriesDocument, repository: Repository): readonly Line[] {
  return SIDES.map((side) => ({
    label: side,
    tone: side,
    points: repository[side].calls.map((calls, index) => {
      const covered = coveredMs[index];
      return calls === null || covered == null || covered === 0 ? null : (calls / covered) * 1_000;
    }),
  }));
}

const PERCENTILES = [
  ['p50', 'short'],
  ['p95', 'none'],
  ['p99', 'long'],
] as const;

function latencyLines(repository: Repository): readonly Line[] {
  return SIDES.flatMap((side) =>
    PERCENTILES.map(([percentile, dash]) => ({
      label: `${side} ${percentile}`,
      tone: side,
      dash,
      points: repository[side][percentile],
    })),
  );
}

function errorLines(repository: Repository): readonly Line[] {
  const rates = (side: Side): Points =>
    repository[side].calls.map((calls, index) => shareOf(repository[side].errors[index], calls));
  return SIDES.map((side) => ({ label: side, tone: side, points: rates(side) }));
}

function mismatchLines({ shadow: { compared, mismatched } }: Repository): readonly Line[] {
  const points = compared.map((all, index) => shareOf(mismatched[index], all));
  return [{ label: 'of compared answers', tone: 'candidate', points }];
}

function whyEmpty(shown: SeriesDocument, lines: readonly Line[], isOfShadow: boolean): string | null {
  if (lines.some(({ points }) => points.some((point) => point !== null))) return null;
  if (shown.coveredMs.every((covered) => covered === null)) return whySilent(shown);
  return isOfShadow
    ? 'No answers were compared in this time: no shadow was on, or it had no read to compare.'
    : 'Instances reported, and nobody called this repository in this time.';
}

function whySilent({ times, bucketMs, knownSince, from, to }: SeriesDocument): string {
  const end = (times.at(-1) ?? from - bucketMs) + bucketMs;
  if (knownSince !== null && knownSince >= to)
    return 'Numbers of this time are not kept: telemetry is kept for an hour, and what a run or a server makes of it for 60 days.';
  if (knownSince !== null && knownSince >= end)
    return `The first reports have just come: numbers stand here once ${formatDuration(bucketMs)} of them are over.`;
  return 'No instance reported in this time. Reports of a running application fill this.';
}
