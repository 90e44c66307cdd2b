import { checkedDatabases, databaseFindings, type DatabaseCheck } from '../plan/index.ts';
import { delayOf } from './delay.ts';
import type { CutoverEvent } from './events.ts';
import { followingStep, isAt, stepsOf } from './following.ts';
import { openNeeds } from './needs.ts';
import { activeRun, type Rollback, type Run, type State } from './state.ts';

/** When databases are looked at: before a run exposes anything, after its last step, after everything was taken back. */
export type CheckMoment = 'before' | 'after' | 'rollback';

export type CheckedEvent = Extract<CutoverEvent, { kind: 'databases.checked' }>;

/** Looks at databases by themselves. The engine knows no database. */
export interface DatabasePort {
  /** Every check of every one of these databases. What cannot be checked is a finding; rejects never. */
  check(databases: readonly string[], signal: AbortSignal): Promise<readonly DatabaseCheck[]>;
}

/** The check that has to be in the log before anything else follows; `null` when none is due. */
export function dueCheck(state: State): CheckMoment | null {
  const { run: last, rollback } = state;
  if (last === null || checkedDatabases(last.plan).length === 0) return null;
  const run = activeRun(state);
  if (run === null)
    return rollback?.done != null && isOfAll(rollback) && rollback.checked === null ? 'rollback' : null;
  if (run.status !== 'running' || (run.position !== null && !run.step.done)) return null;
  const environment = state.routing?.environment ?? '';
  const following = followingStep(run.plan, environment, run.position, run.skipped);
  if (following === null) return run.databases.after === null ? 'after' : null;
  const { phase, step } = following;
  // A check is for what comes now: one before people have approved, or before a window opens, would be hours old.
  const waits =
    delayOf(state) !== null ||
    (phase.id !== run.position?.phase && openNeeds(state, run.plan, run.planHash, phase).length > 0);
  const isFirst = step.kind === 'expose' && !hasExposed(state, run);
  return isFirst && !waits && run.databases.before === null ? 'before' : null;
}

/** Also where one repository was killed again while everything was being taken back. */
function isOfAll({ repositories, covers }: Rollback): boolean {
  return repositories === null || covers === null;
}

/** Findings of the check before the first exposure: nobody is sent to a database that is not sound. */
export function findingsBefore({ databases }: Run): readonly string[] {
  return databases.before === null ? [] : databaseFindings(databases.before);
}

/** Whether a step that exposes lies behind the run. */
function hasExposed({ routing }: State, { plan, position }: Run): boolean {
  if (position === null) return false;
  const all = stepsOf(plan, routing?.environment ?? '');
  const at = all.findIndex((one) => isAt(one, position));
  return all.slice(0, at + 1).some(({ step }) => step.kind === 'expose');
}
