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

/** What a role is asked to approve, who has, and the button of whoever may. */
export function ApprovalCard(props: {
  readonly place: Place;
  readonly plan: Plan;
  readonly waiting: WaitingDocument;
  readonly approval: Approval;
}) {
  const { place, plan, waiting, approval } = props;
  const { role, approved } = approval;
  const isNow = waiting.needs.some((need) => need.kind === 'approval' && need.role === role);
  const phases = plan.phases.filter(
    ({ environment, needs }) => environment === place.environment && needs.approvals.includes(role),
  );
  return (
    <Section title={role} aside={<Standing approved={approved !== null} isNow={isNow} />}>
      <p>
        {plan.title}, plan <code>{waiting.hash.slice(0, 12)}</code>, before{' '}
        {phases.map(({ title }) => `“${title}”`).join(', ')}
      </p>
      {approved === null ? (
        <Open {...props} />
      ) : (
        <p>
          Approved by {approved.actor} <When at={approved.at} /> ({utc(approved.at)}): {approved.reason}
        </p>
      )}
    </Section>
  );
}

function Standing({ approved, isNow }: { readonly approved: boolean; readonly isNow: boolean }) {
  if (approved) return <Chip tone="pass" text="approved" />;
  return isNow ? <Chip tone="warn" text="the run waits for it" /> : <Chip tone="none" text="not approved" />;
}

function Open(props: {
  readonly place: Place;
  readonly waiting: WaitingDocument;
  readonly approval: Approval;
}) {
  const { place, waiting, approval } = props;
  const { role } = approval;
  const why = whyNot(waiting, role);
  return (
    <>
      {why === null ? (
        <p class="row">
          <Action
            label={`Approve as ${role}`}
            permission="approve"
            path="approve"
            body={{ role, planHash: waiting.hash }}
            words={['approve', '--role', role]}
            done={`Approved as ${role}.`}
          >
            <p>
              You approve the plan with the hash <code class="hash">{waiting.hash}</code> and no other one.
              From then on you cannot move its run; pausing it and taking it back stay open to you.
            </p>
            <p>{status.value?.sentence}</p>
          </Action>
        </p>
      ) : (
        <p class="quiet">{why}</p>
      )}
      <Command text={commandFor(place, 'approve', '--role', role, '--reason', '…')} />
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
  const other = approvals.find(({ approved }) => approved?.actor === actor);
  return other === undefined ? null : `You approved it already, as ${other.role}: this takes another person.`;
}
