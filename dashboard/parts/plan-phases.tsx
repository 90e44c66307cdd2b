import type { Phase } from '../../src/plan/index.ts';
import type { PlanDocument } from '../../src/server/routes/plan.ts';
import { formatDuration } from '../../src/kernel/index.ts';
import { DataTable } from './data-table.tsx';
import { utc } from './moment.ts';

/** The phases of an environment in their order: when each may begin, what it needs, and its steps. */
export function PlanPhases({
  document,
  environment,
}: {
  readonly document: PlanDocument;
  readonly environment: string;
}) {
  const phases = document.plan.phases.filter((phase) => phase.environment === environment);
  return (
    <>
      {phases.map((phase) => (
        <article key={phase.id} class="plan-phase">
          <h3>
            {phase.title} {phase.title === phase.id ? null : <code>{phase.id}</code>}
          </h3>
          <ul class="plain">
            {linesOf(phase, document).map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
          <DataTable
            label={`Steps of ${phase.title}`}
            columns={['step', 'what it does']}
            rows={phase.steps.map(({ id, title }) => ({
              key: id,
              cells: [
                title === id ? id : `${title} (${id})`,
                document.words.steps[`${phase.id}/${id}`] ?? '',
              ],
            }))}
          />
        </article>
      ))}
    </>
  );
}

function linesOf(phase: Phase, { dates }: PlanDocument): readonly string[] {
  const { day, slackDays, window, expectedMs, impact, risk, pointOfNoReturn, needs } = phase;
  const date = dates.find((one) => one.phase === phase.id);
  const slack = slackDays === 0 ? '' : ` and ${slackDays === 1 ? 'a day' : `${slackDays} days`} of slack`;
  return [
    ...(pointOfNoReturn
      ? ['Point of no return: behind it flags do not go back; only the way back of the data does.']
      : []),
    ...(day === null ? [] : [`Day ${day} of the plan${slack}.`]),
    ...(date === undefined ? [] : [dateText(date)]),
    ...(window === null ? [] : [`Begins only in the window “${window}”.`]),
    ...(expectedMs === null ? [] : [`Expected to take ${formatDuration(expectedMs)}.`]),
    ...(risk === null ? [] : [`Risk: ${risk}.`]),
    ...(impact === null ? [] : [`Impact: ${impact}`]),
    ...(needs.checklists.length === 0
      ? []
      : [`Needs what is on ${needs.checklists.map((name) => `“${name}”`).join(', ')}.`]),
    ...(needs.approvals.length === 0 ? [] : [`Needs the approval of ${needs.approvals.join(', ')}.`]),
  ];
}

function dateText({ from, to, latest, opening, frozen }: PlanDocument['dates'][number]): string {
  const when = from === to ? from : `${from} to ${to}`;
  const opens = opening === null ? '' : `, its window opens ${utc(opening.opens)}`;
  const late = latest === from ? '' : `, late after ${latest}`;
  return `${when}${opens}${late}${frozen === null ? '' : `; in the freeze “${frozen}”`}.`;
}
