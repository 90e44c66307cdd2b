import type { PlanDocument } from '../../src/server/routes/plan.ts';
import { status } from '../state/live.ts';
import { Chip, type Tone } from './chip.tsx';
import { DataTable } from './data-table.tsx';
import { Empty } from './page.tsx';

const STANDS = {
  done: { tone: 'pass', text: 'done' },
  current: { tone: 'busy', text: 'at it' },
  ahead: { tone: 'none', text: 'ahead' },
  skipped: { tone: 'warn', text: 'left out' },
} as const satisfies Readonly<Record<string, { readonly tone: Tone; readonly text: string }>>;

/** Steps of the plan that do something outside: its own commands, queries and requests. What they do is theirs alone. */
export function PlanEffects({
  document,
  environment,
  empty,
}: {
  readonly document: PlanDocument;
  readonly environment: string;
  readonly empty: string;
}) {
  const { plan } = document;
  const steps = plan.phases
    .filter((phase) => phase.environment === environment)
    .flatMap((phase) =>
      phase.steps
        .filter(({ kind }) => kind === 'command' || kind === 'sql' || kind === 'http')
        .map(({ id, title }) => ({ key: `${phase.id}/${id}`, phase, id, title })),
    );
  if (steps.length === 0) return <Empty>{empty}</Empty>;
  const stateOf = (phase: string, step: string) =>
    status.value?.phases.find(({ id }) => id === phase)?.steps.find(({ id }) => id === step)?.state;
  return (
    <DataTable
      label="Commands, queries and requests of the plan"
      columns={['step', 'phase', 'what it does', 'stands']}
      rows={steps.map(({ key, phase, id, title }) => {
        const state = stateOf(phase.id, id);
        return {
          key,
          cells: [
            title,
            phase.title,
            document.steps[key] ?? '',
            state === undefined ? 'not in the plan of the run' : <Chip {...STANDS[state]} />,
          ],
        };
      })}
    />
  );
}
