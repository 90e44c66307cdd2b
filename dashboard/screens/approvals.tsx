import type { Plan } from '../../src/plan/index.ts';
import type { PlanDocument } from '../../src/server/routes/plan.ts';
import type { RunsDocument, WaitingDocument } from '../../src/server/routes/standing.ts';
import { ApprovalCard } from '../parts/approval-card.tsx';
import { ApprovalRequest } from '../parts/approval-request.tsx';
import { ChecklistCard } from '../parts/checklist-card.tsx';
import { Chip, toneOfVerdict } from '../parts/chip.tsx';
import { Changes } from '../parts/event-entry.tsx';
import { utc } from '../parts/moment.ts';
import { Empty, Section } from '../parts/page.tsx';
import { When } from '../parts/time.tsx';
import { Waiting } from '../parts/waiting.tsx';
import { about } from '../state/api.ts';
import { status } from '../state/live.ts';
import { useLoaded } from '../state/loaded.ts';
import { useOnce } from '../state/once.ts';
import type { Place } from '../state/router.ts';
import type { ScreenProps } from './screen.ts';

/** What waits for a person: who has to approve or confirm what, and what is known now that speaks for it or against. */
export function Approvals({ place }: ScreenProps) {
  const waiting = useLoaded<WaitingDocument>(about(place, 'waiting')).value;
  const planned = useLoaded<PlanDocument>(about(place, 'plan')).value;
  const error = waiting.error ?? planned.error;
  if (waiting.value === null || planned.value === null)
    return <Waiting what="Reading what waits" failure={error} />;
  const current = waiting.value;
  const { plan } = planned.value;
  const phases = plan.phases.filter(({ environment }) => environment === place.environment);
  const roles = new Set(phases.flatMap(({ needs }) => needs.approvals));
  const approvals = current.approvals.filter(({ role }) => roles.has(role));
  const lists = current.checklists.filter(({ checklist }) => reasonsOf(plan, place, checklist).length > 0);
  return (
    <>
      <Asked waiting={current} hasAny={approvals.length > 0 || lists.length > 0} />
      {current.request === null ? null : <ApprovalRequest request={current.request} />}
      {approvals.length === 0 ? null : <Known place={place} document={planned.value} />}
      {approvals.map((approval) => (
        <ApprovalCard key={approval.role} place={place} plan={plan} waiting={current} approval={approval} />
      ))}
      {lists.map((list) => (
        <ChecklistCard
          key={list.checklist}
          place={place}
          list={list}
          before={reasonsOf(plan, place, list.checklist).join(' ')}
        />
      ))}
    </>
  );
}

function Asked({ waiting, hasAny }: { readonly waiting: WaitingDocument; readonly hasAny: boolean }) {
  const { needs, rollbackItems, waitingFor, hands } = waiting;
  const open = needs.length + (rollbackItems.length > 0 ? 1 : 0);
  const others = [...new Set([...hands.brought, ...hands.acted])];
  return (
    <Section
      title="Approvals"
      aside={
        open === 0 ? (
          <Chip tone="none" text="nobody is waited for" />
        ) : (
          <Chip tone="warn" text="people are waited for" />
        )
      }
    >
      {open === 0 || waitingFor === null ? null : <p>Waits for {waitingFor}.</p>}
      {hasAny ? (
        <p>
          Two pairs of eyes: whoever brought a plan or moves its run does not approve it, one person approves
          it in one role only, and whoever approved it does not move its run.
          {others.length === 0 ? null : ` So not ${others.join(', ')}.`} An approval is for one hash, and for
          a time: a plan that was edited needs another one, and so does a phase that begins long after it.
        </p>
      ) : (
        <Empty>
          No phase of the plan here needs an approval or a checklist. <code>needs</code> of a phase in the
          configuration fills this screen.
        </Empty>
      )}
    </Section>
  );
}

/** What an approver wants to know, as it is now. */
function Known({ place, document }: { readonly place: Place; readonly document: PlanDocument }) {
  const shown = status.value;
  const { plan, running } = document;
  const at = plan.environments.findIndex(({ name }) => name === place.environment);
  const before = plan.environments
    .slice(0, Math.max(0, at))
    .findLast(({ name }) => plan.phases.some(({ environment }) => environment === name));
  return (
    <Section title="What is known now">
      <dl class="known">
        <dt>State</dt>
        <dd>{shown?.sentence}</dd>
        <dt>Last look</dt>
        <dd>
          {shown?.gate == null ? (
            'Nothing was judged in the newest run.'
          ) : (
            <>
              <Chip
                tone={toneOfVerdict(shown.gate.verdict)}
                text={`${shown.gate.name}: ${verdictText(shown.gate.verdict)}`}
              />{' '}
              <When at={shown.gate.at} />
            </>
          )}
        </dd>
        <dt>Baseline</dt>
        <dd>
          {shown?.baseline == null ? (
            'None was recorded.'
          ) : (
            <>
              Recorded by {shown.baseline.actor}, {utc(shown.baseline.at)}
            </>
          )}
        </dd>
        <dt>Environment before</dt>
        <dd>
          {before === undefined ? (
            'None comes before this one.'
          ) : (
            <Before place={{ ...place, environment: before.name }} hash={document.hash} />
          )}
        </dd>
      </dl>
      <h3>The plan</h3>
      {running === null ? (
        <p>{shown?.run == null ? 'No run was of another plan.' : 'The newest run has this plan.'}</p>
      ) : (
        <>
          <p>
            Against the plan of the newest run, <code>{running.hash.slice(0, 12)}</code>:
          </p>
          <Changes changes={running.changes} />
        </>
      )}
    </Section>
  );
}

/** How the newest run in the environment before ended: a run here needs that it completed with the same plan. */
function Before({ place, hash }: { readonly place: Place; readonly hash: string }) {
  const { value, error } = useOnce<RunsDocument>(about(place, 'runs')).loaded.value;
  if (error !== null)
    return (
      <>
        {place.environment} cannot be read: {error.message}.
      </>
    );
  if (value === null) return <>Reading…</>;
  const [run] = value.runs;
  if (run === undefined) return <>No run was started in {place.environment}.</>;
  const same = run.planHash === hash ? 'this plan' : `another plan, ${run.planHash.slice(0, 12)}`;
  const skipped = run.skipped.length === 0 ? '' : `, without ${run.skipped.join(', ')}`;
  const isRehearsal = run.timeScale === 1 ? '' : ', a rehearsal on a compressed clock';
  return (
    <>
      {place.environment}: run {run.id} of {same}, {run.status}
      {run.endedAt === null ? '' : ` ${utc(run.endedAt)}`}
      {skipped}
      {isRehearsal}.
    </>
  );
}

/** What a checklist of the plan is for here; empty for one that only other environments need. */
function reasonsOf({ phases, rollback }: Plan, place: Place, checklist: string): readonly string[] {
  const needing = phases.filter(
    ({ environment, needs }) => environment === place.environment && needs.checklists.includes(checklist),
  );
  return [
    ...needing.map(({ title }) => `Before “${title}” begins.`),
    ...(rollback.checklist === checklist ? ['After a rollback, which opens all of it again.'] : []),
  ];
}

function verdictText(verdict: string): string {
  return verdict === 'insufficient' ? 'not enough data' : verdict;
}
