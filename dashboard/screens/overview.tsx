import { Section } from '../parts/page.tsx';
import { status } from '../state/live.ts';

/** Are we fine, what happens next, who must act? */
export function Overview() {
  const shown = status.value;
  if (shown === null) return null;
  return (
    <Section title="Phases">
      <ol>
        {shown.phases.map(({ id, title, state }) => (
          <li key={id}>
            {title}: {state}
          </li>
        ))}
      </ol>
    </Section>
  );
}
