import { formatDuration } from '../../src/kernel/index.ts';
import type { SummaryDocument } from '../../src/server/routes/summary.ts';
import { Chip } from './chip.tsx';
import { DataTable } from './data-table.tsx';
import { utc } from './moment.ts';

type Rollback = SummaryDocument['rollbacks'][number];
type LookedAt = SummaryDocument['databases'][number];

/** Rollbacks with the time to the last acknowledgement beside their budget, the newest first. */
export function RollbackTable({ rollbacks }: { readonly rollbacks: readonly Rollback[] }) {
  return (
    <DataTable
      label="Rollbacks"
      columns={['when', 'what', 'why', 'to the last acknowledgement', 'instances', 'was the trouble over?']}
      rows={rollbacks.toReversed().map((one) => ({
        key: String(one.seq),
        cells: [
          utc(one.at),
          one.repositories?.join(', ') ?? 'everything',
          `${causeText(one)}: ${one.reason}`,
          <Took rollback={one} />,
          one.done === null ? '' : instancesText(one.done),
          one.confirmed ?? 'nobody looked',
        ],
      }))}
    />
  );
}

function Took({ rollback: { done, superseded, budgetMs } }: { readonly rollback: Rollback }) {
  const budget = `of ${formatDuration(budgetMs)}`;
  if (superseded !== null)
    return <Chip tone="none" text={supersededText(superseded)} title="Both were verified together." />;
  if (done === null)
    return <Chip tone="none" text={`not verified, ${budget}`} title="Not every instance acknowledged." />;
  const { withinBudget, tookMs } = done;
  return (
    <Chip
      tone={withinBudget ? 'pass' : 'fail'}
      text={`${formatDuration(tookMs)} ${budget}${withinBudget ? '' : ', OVER BUDGET'}`}
    />
  );
}

function supersededText({ mode, actor, afterMs, tookMs }: NonNullable<Rollback['superseded']>): string {
  const by = `${mode === 'hard' ? 'a hard kill' : 'another one'} by ${actor}`;
  const verified = tookMs === null ? 'not verified' : `verified with it after ${formatDuration(tookMs)}`;
  return `superseded after ${formatDuration(afterMs)} by ${by}, ${verified}`;
}

function causeText({ cause, actor }: Rollback): string {
  return { person: actor, gate: 'by a gate', step: 'a step failed', flag: `a flag, by ${actor}` }[cause];
}

function instancesText({ instances, expired }: NonNullable<Rollback['done']>): string {
  if (instances === 0) return 'none lived';
  const acknowledged = `${instances - expired} of ${instances} acknowledged`;
  return expired === 0 ? acknowledged : `${acknowledged}, ${expired} lost the lease`;
}

const MOMENTS = {
  before: 'before the first exposure',
  after: 'after the last step',
  rollback: 'after a rollback',
} as const;

/** What databases said of themselves, the newest look first. */
export function DatabaseTable({ looks }: { readonly looks: readonly LookedAt[] }) {
  return (
    <DataTable
      label="Looks at databases"
      columns={['when', 'moment', 'databases', 'asked', 'found', 'took']}
      rows={looks.toReversed().map((one) => ({
        key: String(one.seq),
        cells: [
          utc(one.at),
          MOMENTS[one.moment],
          one.databases.join(', '),
          one.checks.join(', '),
          one.findings.length === 0 ? (
            <Chip tone="pass" text="sound" />
          ) : (
            <>
              <Chip tone="fail" text="NOT SOUND" /> {one.findings.join('; ')}
            </>
          ),
          formatDuration(one.tookMs),
        ],
      }))}
    />
  );
}
