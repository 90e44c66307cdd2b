import type { Plan } from '../../src/plan/index.ts';
import type { WaitingDocument } from '../../src/server/routes/standing.ts';
import { status } from '../state/live.ts';
import { me } from '../state/session.ts';
import { Action } from './action.tsx';
import { Chip } from './chip.tsx';
import { Command, commandFor } from './command.tsx';
import { utc } from './moment.ts';
import { Section } from './page.tsx';
import { When } from './time.tsx';
import type { Place } from '../state/router.ts';

type Approval = WaitingDocument['approvals'][number];

/** What a role is asked to approve, who has or has said no, and the buttons of whoever may answer. */
export function ApprovalCard(props: {
  readonly place: Place;
  readonly plan: Plan;
  readonly waiting: WaitingDocument;
  readonly approval: Approval;
}) {
  const { place, plan, waiting, approval } = props;
  const { role, approved, rejected, asked } = approval;
  const phases = plan.phases.filter(
    ({ environment, needs }) => environment === place.environment && needs.approvals.includes(role),
  );
  const isAhead = phases.some(
    ({ id }) => (status.value?.phases.find((one) => one.id === id)?.state ?? 'ahead') === 'ahead',
  );
  return (
    <Section title={role} aside={<Standing approval={approval} />}>
      <p>
        {plan.title}, plan <code>{waiting.hash.slice(0, 12)}</code>, before{' '}
        {phases.map(({ title }) => `“${title}”`).join(', ')}
      </p>
      {asked === null ? null : (
        <p>
          Asked <When at={asked.since} /> ({utc(asked.since)}): {asked.because}.
        </p>
      )}
      {approved === null ? null : <Given approved={approved} />}
      {rejected === null ? null : (
        <p>
          Rejected by {rejected.actor} <When at={rejected.at} /> ({utc(rejected.at)}): {rejected.reason}
        </p>
      )}
      <Answers {...props} isAhead={isAhead} />
    </Section>
  );
}

function Standing({ approval }: { readonly approval: Approval }) {
  const { approved, rejected, asked } = approval;
  if (approved?.isOver === true) return <Chip tone="warn" text="approved too long ago" />;
  if (approved !== null) return <Chip tone="pass" text="approved" />;
  if (asked !== null && rejected === null) return <Chip tone="warn" text="the run waits for it" />;
  if (asked !== null) return <Chip tone="fail" text="rejected, and asked" />;
  return rejected === null ? <Chip tone="none" text="not approved" /> : <Chip tone="fail" text="rejected" />;
}

function Given({ approved }: { readonly approved: NonNullable<Approval['approved']> }) {
  const { actor, at, reason, until, isOver } = approved;
  return (
    <p>
      Approved by {actor} <When at={at} /> ({utc(at)}): {reason}.{' '}
      {until === null ? null : isOver ? (
        <>That is too old since {utc(until)}: it is asked again before the phase begins.</>
      ) : (
        <>It counts until {utc(until)}.</>
      )}
    </p>
  );
}

/** Yes while it is missing or too old, no while a phase is ahead. A no only stops, so it is open also to who brought the plan. */
function Answers(props: {
  readonly place: Place;
  readonly waiting: WaitingDocument;
  readonly approval: Approval;
  readonly isAhead: boolean;
}) {
  const { place, waiting, approval, isAhead } = props;
  const { role, approved } = approval;
  const isOpen = approved === null || approved.isOver;
  const why = whyNot(waiting, role);
  const body = { role, planHash: waiting.hash };
  const isTheirs = me.value?.approves?.includes(role) !== false && waiting.hash !== '';
  return (
    <>
      <p class="row">
        <Action
          label={`Approve as ${role}`}
          permission="approve"
          path="approve"
          body={body}
          words={['approve', '--role', role]}
          done={`Approved as ${role}.`}
          available={isOpen && why === null}
        >
          <p>
            You approve the plan with the hash <code class="hash">{waiting.hash}</code> and no other one. From
            then on you cannot move its run; pausing it and taking it back stay open to you.
          </p>
          <p>{status.value?.sentence}</p>
        </Action>
        <Action
          label={`Reject as ${role}`}
          permission="approve"
          path="reject"
          body={body}
          words={['reject', '--role', role]}
          done={`Rejected as ${role}.`}
          available={isTheirs && isAhead}
        >
          <p>
            You say no to the plan with the hash <code class="hash">{waiting.hash}</code>. Its run pauses
            where it is and stays watched; nothing is taken back. Whoever resumes it has {role} asked again.
          </p>
          <p>{status.value?.sentence}</p>
        </Action>
      </p>
      {isOpen && why !== null ? <p class="quiet">{why}</p> : null}
      {isOpen ? <Command text={commandFor(place, 'approve', '--role', role, '--reason', '…')} /> : null}
    </>
  );
}

/** Why whoever looks is not the one to approve it, by the rules that the server enforces; `null` where nothing is against it. */
function whyNot({ hands, approvals, hash }: WaitingDocument, role: string): string | null {
  const { value } = me;
  if (value == null || !value.permissions.includes('approve'))
    return 'Somebody with that role has to approve it.';
  const { actor, approves } = value;
  if (hash === '') return 'There is no plan here that could be approved: the configuration does not have it.';
  if (approves?.includes(role) === false) return `Your token approves as ${approves.join(', ')} only.`;
  if (hands.brought.includes(actor)) return 'You brought this plan: somebody else has to approve it.';
  if (hands.acted.includes(actor)) return 'You move the run of this plan: somebody else has to approve it.';
  const other = approvals.find((one) => one.role !== role && one.approved?.actor === actor);
  return other === undefined ? null : `You approved it already, as ${other.role}: this takes another person.`;
}
