import type { StatusDocument } from '../../src/report/index.ts';
import { Section } from './page.tsx';
import { When } from './time.tsx';

const CAUSES = {
  person: 'a person',
  gate: 'a gate',
  step: 'a step that failed',
  flag: 'a flag that was set to false',
};

/** What was taken back and why, while that is what matters. How far it is, is told on every screen. */
export function TakenBack({ status: { rollback, run } }: { readonly status: StatusDocument }) {
  // One of a run before this one is history.
  if (rollback === null || (run !== null && rollback.startedAt < run.startedAt)) return null;
  const { cause, actor, reason, repositories, startedAt } = rollback;
  const why = Object.entries(CAUSES).find(([name]) => name === cause)?.[1] ?? cause;
  return (
    <Section title={`Taken back: ${repositories?.join(', ') ?? 'everything'}`}>
      <p>
        <When at={startedAt} />, by {why}
        {actor === 'cutover' ? '' : ` (${actor})`}: {reason}
      </p>
      {rollback.missing.length === 0 ? null : <p>Not heard of: {rollback.missing.join(', ')}</p>}
    </Section>
  );
}
