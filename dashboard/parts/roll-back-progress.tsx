import { formatDuration } from '../../src/kernel/index.ts';
import type { StatusDocument } from '../../src/report/index.ts';
import { serverNow, status } from '../state/live.ts';
import { Chip } from './chip.tsx';

/** A rollback from its decision to the last acknowledgement: who is missing, and the time against the budget. */
export function RollBackProgress() {
  const shown = status.value;
  const isOn = shown?.rollback != null && shown.rollback.tookMs === null;
  const isOver = shown?.state === 'rolled-back';
  const milestone = shown === null || !(isOn || isOver) ? '' : milestoneOf(shown);
  return (
    <>
      <p class="sr-only" role="alert" aria-live="assertive">
        {milestone}
      </p>
      {shown === null || milestone === '' ? null : (
        <section class="progress" aria-label="Rollback" data-state={isOn ? 'on' : 'over'}>
          {isOn ? <On status={shown} /> : <Over status={shown} />}
        </section>
      )}
    </>
  );
}

/** Instances that may still serve the candidate. */
function waitedFor({ instances, routing }: StatusDocument): readonly StatusDocument['instances'][number][] {
  const epoch = routing?.epoch ?? 0;
  return instances.filter(({ liveness, acknowledged }) => liveness !== 'gone' && acknowledged < epoch);
}

/** Read out; so it has no time that ticks. */
function milestoneOf(shown: StatusDocument): string {
  const { rollback } = shown;
  if (rollback === null) return '';
  const what = rollback.covers?.join(', ') ?? 'everything';
  if (rollback.tookMs !== null) return `Rolled back ${what}. ${tookText(rollback.tookMs, rollback.budgetMs)}`;
  const missing = waitedFor(shown).map(({ instance }) => instance);
  return missing.length === 0
    ? `Rolling back ${what}. Every instance has acknowledged.`
    : `Rolling back ${what}. Waiting for ${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ` and ${missing.length - 5} more` : ''}.`;
}

const tookText = (tookMs: number, budgetMs: number): string =>
  `${formatDuration(tookMs)} to the last acknowledgement, budget ${formatDuration(budgetMs)}.`;

function On({ status: shown }: { readonly status: StatusDocument }) {
  const { rollback, routing, instances, controller } = shown;
  if (rollback === null) return null;
  const elapsed = Math.max(0, serverNow.value - rollback.startedAt);
  const seconds = formatDuration(Math.round(elapsed / 1_000) * 1_000);
  const missing = waitedFor(shown);
  const listed = instances.filter(({ liveness }) => liveness !== 'gone').length;
  return (
    <>
      <p>
        <Chip tone="busy" text="rolling back" /> {listed - missing.length} of {listed} acknowledged ·{' '}
        {seconds} of {formatDuration(rollback.budgetMs)}{' '}
        {elapsed > rollback.budgetMs ? <Chip tone="fail" text="over its budget" /> : null}
      </p>
      <progress
        aria-label="Acknowledged"
        max={Math.max(1, listed)}
        value={listed === 0 ? 0 : listed - missing.length}
      />
      {missing.length === 0 ? (
        <p>
          {controller === 'none' && listed === 0
            ? 'No instance is known here, so nobody can confirm it.'
            : 'Everybody answered; the engine checks it now.'}
        </p>
      ) : (
        <ul>
          {missing.slice(0, 20).map(({ instance, liveness, acknowledged, pins }) => (
            <li key={instance}>
              {instance}: has epoch {acknowledged} of {routing?.epoch}
              {pins > 0 ? `, ${pins} pinned` : ''}
              {liveness === 'unknown' ? ', not heard lately' : ''}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Over({ status: { rollback, nextCommand } }: { readonly status: StatusDocument }) {
  if (rollback === null || rollback.tookMs === null) return null;
  const { withinBudget, confirm, missing } = rollback;
  return (
    <>
      <p>
        <Chip
          tone={withinBudget === true ? 'pass' : 'fail'}
          text={withinBudget === true ? 'rolled back and verified' : 'rolled back, over its budget'}
        />{' '}
        {tookText(rollback.tookMs, rollback.budgetMs)}
      </p>
      {missing.length === 0 ? null : <p>Missing: {missing.join(', ')}</p>}
      {confirm === null ? null : <p>{confirm.text}</p>}
      {nextCommand === null ? null : (
        <p class="quiet">
          Next: <code>{nextCommand}</code>
        </p>
      )}
    </>
  );
}
