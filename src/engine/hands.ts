import { CutoverError } from '../kernel/index.ts';
import type { CutoverEvent } from './events.ts';
import type { OperatorRequest } from './request.ts';

/**
 * Who had a hand in what, folded from a log: who brought a plan, who moved its run by hand, who approved it.
 * `acted` and `planHash` are of the newest run.
 */
export type Hands = {
  readonly planHash: string | null;
  readonly acted: readonly string[];
  /** By the hash of a plan. */
  readonly brought: Readonly<Record<string, readonly string[]>>;
  readonly approved: Readonly<Record<string, readonly string[]>>;
};

export const NO_HANDS: Hands = { planHash: null, acted: [], brought: {}, approved: {} };

export function evolveHands(hands: Hands, event: CutoverEvent): Hands {
  switch (event.kind) {
    case 'run.started':
      return {
        ...hands,
        planHash: event.planHash,
        acted: [],
        brought: added(hands.brought, event.planHash, event.actor),
      };
    case 'plan.accepted':
      return {
        ...hands,
        planHash: event.planHash,
        brought: added(hands.brought, event.planHash, event.actor),
      };
    case 'plan.approved':
      return { ...hands, approved: added(hands.approved, event.planHash, event.actor) };
    case 'decision.made':
      return event.by === 'person' ? withActor(hands, event.actor) : hands;
    case 'step.completed':
      return event.by === null ? hands : withActor(hands, event.by.actor);
    case 'step.skipped':
    case 'delay.overridden':
    case 'effect.retried':
    case 'run.resumed':
    case 'kill.lifted':
    case 'flag.set':
      return withActor(hands, event.actor);
    default:
      return hands;
  }
}

/** What moves a run on or exposes somebody; whatever stops or takes back is open to everybody who may do it at all. */
const MOVES: ReadonlySet<OperatorRequest['kind']> = new Set([
  'start',
  'accept-plan',
  'advance',
  'override',
  'skip',
  'resume',
]);

/**
 * Who approves a plan has neither brought it nor moves its run, and the other way round: one person is no second look.
 *
 * @throws CutoverError `SAME_HANDS`
 */
export function refuseSameHands(hands: Hands, request: OperatorRequest): void {
  if (request.kind === 'register') return;
  const { actor } = request;
  if (request.kind === 'approve') {
    const isAuthor = hands.brought[request.planHash]?.includes(actor) === true;
    const isOperator = hands.planHash === request.planHash && hands.acted.includes(actor);
    if (isAuthor || isOperator)
      throw sameHands(
        `${actor} ${isAuthor ? 'brought this plan' : 'moves the run of this plan'} and cannot approve it`,
        'somebody else has to approve it',
      );
    return;
  }
  const raises = request.kind === 'set-flag' && request.value !== false;
  if (!raises && !MOVES.has(request.kind)) return;
  if (hands.planHash === null || hands.approved[hands.planHash]?.includes(actor) !== true) return;
  throw sameHands(
    `${actor} approved this plan and cannot move its run`,
    'somebody else has to; pausing and taking back stay open to everybody',
  );
}

function sameHands(message: string, hint: string): CutoverError {
  return new CutoverError('SAME_HANDS', message, { hint });
}

function withActor(hands: Hands, actor: string): Hands {
  return hands.acted.includes(actor) ? hands : { ...hands, acted: [...hands.acted, actor] };
}

function added(lists: Hands['brought'], hash: string, actor: string): Hands['brought'] {
  const list = lists[hash] ?? [];
  return list.includes(actor) ? lists : { ...lists, [hash]: [...list, actor] };
}
