import { z } from 'zod';
import {
  operate,
  refuseRaiseInFreeze,
  refuseSameHands,
  refuseUnconfirmed,
  register,
  registerFirst,
  resolveFlag,
  type OperatorRequest,
  type State,
} from '../../engine/index.ts';
import { CutoverError } from '../../kernel/index.ts';
import type { Identity, Permission } from '../access/role.ts';
import { event, shownEvent } from '../answers/event.ts';
import { statusDocument } from '../answers/status.ts';
import type { Subject } from '../catalogue.ts';
import { changing, type Route } from '../route.ts';
import type { World } from '../world.ts';

// A terminal that shows the log would carry out what is in it.
const reason = z
  .string()
  .trim()
  .min(1)
  .max(1_000)
  .regex(/^\P{Cc}*$/u, 'has control characters or line ends')
  .meta({ description: 'why; it is kept in the log' });
const confirm = z.string().optional().meta({
  description: "the plan's id: a protected environment is changed by nobody who did not type it",
});
const base = z.strictObject({ reason, confirm });
const names = z.array(z.string().max(64)).min(1).max(100).nullable().default(null);

const answered = base.extend({
  role: z.string().max(100),
  planHash: z.string().length(64).meta({ description: 'of the plan that was looked at' }),
});

const answer = z
  .object({
    schema: z.literal('cutover.operation/1'),
    operation: z.string(),
    events: z.array(event).meta({ description: 'what was logged; none when it was so already' }),
    status: statusDocument,
  })
  .meta({ id: 'Operation' });

export type OperationDocument = z.infer<typeof answer>;

/** Instances answer within moments; who does not is named. Milliseconds. */
const SETTLE_MS = 5_000;

type By = { readonly actor: string; readonly reason: string };

type Operation<B extends z.ZodType<z.infer<typeof base>>> = {
  readonly path: string;
  readonly name: string;
  readonly permission: Permission;
  readonly summary: string;
  readonly body: B;
  readonly request: (
    body: z.output<B>,
    by: By,
    subject: Subject,
    who: Identity,
    now: number,
  ) => OperatorRequest;
  /** What comes before the request, as it does on the command line. */
  readonly prepare?: (world: World, subject: Subject, body: z.output<B>) => Promise<void>;
  readonly conclude?: (world: World, subject: Subject) => void;
  /** What the answer has beside the events and the status. */
  readonly answer?: z.ZodType;
  readonly more?: (state: State, body: z.output<B>) => object;
};

/** A request of a person: the same ones as on the command line, by the same function. */
function operation<B extends z.ZodType<z.infer<typeof base>>>(of: Operation<B>): Route {
  const { request, prepare, conclude, more, ...route } = of;
  return changing({
    answer,
    ...route,
    async handle({ world, subject, who, body }) {
      const by = { actor: who.actor, reason: body.reason };
      const asked = request(body, by, subject, who, world.clock.now());
      refuseUnconfirmed(subject.plan, subject.environment, body.confirm);
      refuseSameHands(await world.catalogue.hands(subject), asked);
      await prepare?.(world, subject, body);
      const { state, stored } = await operate(world.store, world.clock, subject.stream, asked);
      conclude?.(world, subject);
      const status = await world.catalogue.freshStatus(subject);
      return {
        schema: 'cutover.operation/1',
        operation: asked.kind,
        events: stored.map(shownEvent),
        status,
        ...more?.(state, body),
      };
    },
  });
}

/** The flag as it is now. */
function flagNow(state: State, name: string) {
  const { repository } = resolveFlag(state, name);
  return repository === undefined ? state.routing?.global : state.routing?.repositories[repository];
}

/** @throws CutoverError `FORBIDDEN` for a role that is not this one's, `PLAN_CHANGED` for another plan than the one here */
function mayAnswer(who: Identity, role: string, planHash: string, { planHash: now }: Subject): void {
  if (who.approves?.includes(role) === false)
    throw new CutoverError('FORBIDDEN', `${who.actor} does not approve as ${role}`, {
      hint: `this token approves as ${who.approves.join(', ')}`,
    });
  if (planHash !== now)
    throw new CutoverError(
      'PLAN_CHANGED',
      `the plan is ${now.slice(0, 12)} now, not ${planHash.slice(0, 12)}`,
      { hint: 'look at it again before you answer' },
    );
}

function verifyBehind({ verifier }: World, subject: Subject): void {
  verifier.verify(subject);
}

export const OPERATIONS: readonly Route[] = [
  operation({
    name: 'pause',
    path: '/pause',
    permission: 'operate',
    summary: 'Stop the run where it is. It stays watched.',
    body: base,
    request: (_, by) => ({ kind: 'pause', ...by }),
  }),
  operation({
    name: 'resume',
    path: '/resume',
    permission: 'operate',
    summary: 'Continue a paused run; after a rollback or a kill, acknowledge and lift it.',
    body: base.extend({ repositories: names, unresolved: z.boolean().default(false) }),
    request: ({ repositories, unresolved }, by) => ({ kind: 'resume', repositories, unresolved, ...by }),
    async prepare({ catalogue, verifier }, subject) {
      const { rollback } = await catalogue.state(subject);
      if (rollback !== null && rollback.done === null) await verifier.wait(subject, SETTLE_MS);
    },
  }),
  operation({
    name: 'advance',
    path: '/advance',
    permission: 'operate',
    summary: 'Decide at a decision, end a hold early, accept a failed step, or run it again with `retry`.',
    body: base.extend({
      choose: z.string().max(100).nullable().default(null),
      retry: z.boolean().default(false),
    }),
    request: ({ choose, retry }, by) => ({ kind: 'advance', choose, retry, ...by }),
  }),
  operation({
    name: 'override',
    path: '/override',
    permission: 'operate',
    summary: 'Do not wait for the day, window or freeze that holds the run back.',
    body: base,
    request: (_, by) => ({ kind: 'override', ...by }),
  }),
  operation({
    name: 'skip',
    path: '/skip',
    permission: 'operate',
    summary: 'Leave a step out, the current one or one ahead.',
    body: base.extend({
      step: z.string().max(130).meta({ description: 'phase/step, or the id of a step if only one has it' }),
      override: z.boolean().default(false),
    }),
    request: ({ step, override }, by) => ({ kind: 'skip', name: step, override, ...by }),
  }),
  operation({
    name: 'rollback',
    path: '/rollback',
    permission: 'operate',
    summary:
      'Send everything back to control. Answers once the flags are down; the status says when every instance acknowledged.',
    body: base.extend({ repositories: names }),
    request: ({ repositories }, by) => ({ kind: 'rollback', repositories, mode: 'drain', ...by }),
    conclude: verifyBehind,
  }),
  operation({
    name: 'kill',
    path: '/kill',
    permission: 'operate',
    summary: 'Send everything to control now; with `hard` also what is pinned to the candidate.',
    body: base.extend({ repositories: names, hard: z.boolean().default(false) }),
    request: ({ repositories, hard }, by) => ({
      kind: 'rollback',
      repositories,
      mode: hard ? 'hard' : 'drain',
      ...by,
    }),
    prepare: ({ store, clock }, { plan, environment }) => registerFirst(store, clock, plan, environment),
    conclude: verifyBehind,
  }),
  operation({
    name: 'check',
    path: '/check',
    permission: 'confirm',
    summary: 'Confirm items of a checklist.',
    body: base.extend({
      checklist: z.string().max(100),
      items: z
        .array(z.string().max(1_000))
        .min(1)
        .max(200)
        .nullable()
        .meta({ description: 'their texts, or numbers from 1; null is all of them' }),
    }),
    request: ({ checklist, items }, by, { plan }) => ({ kind: 'check', plan, checklist, items, ...by }),
  }),
  operation({
    name: 'approve',
    path: '/approve',
    permission: 'approve',
    summary: 'Approve the plan with this hash. Not for who brought it or moves its run.',
    body: answered,
    request({ role, planHash }, by, subject, who, now) {
      mayAnswer(who, role, planHash, subject);
      return { kind: 'approve', plan: subject.plan, planHash, role, now, ...by };
    },
  }),
  operation({
    name: 'reject',
    path: '/reject',
    permission: 'approve',
    summary: 'Say no to the plan with this hash, as a role that a phase ahead needs: its run is paused.',
    body: answered,
    request({ role, planHash }, by, subject, who) {
      mayAnswer(who, role, planHash, subject);
      return { kind: 'reject', plan: subject.plan, planHash, role, ...by };
    },
  }),
  operation({
    name: 'count',
    path: '/count',
    permission: 'operate',
    summary: 'Add to a counter that a row judges, such as what users report.',
    body: base.extend({
      counter: z.string().max(100).default('complaints'),
      count: z.number().int().min(1).max(1e9).default(1),
    }),
    request: ({ counter, count }, by) => ({ kind: 'count', counter, count, ...by }),
  }),
  operation({
    name: 'setFlag',
    path: '/flag',
    permission: 'operate',
    summary: 'Set a flag by hand: false is a kill, true is 100 %, a number is a percentage.',
    body: base.extend({
      flag: z.string().max(128),
      value: z.union([z.boolean(), z.number()]),
      override: z.boolean().default(false).meta({ description: 'raise it although the plan has a freeze' }),
    }),
    request: ({ flag, value }, by) => ({ kind: 'set-flag', flag, value, ...by }),
    async prepare({ store, clock }, { plan, environment }, { flag, value, override }) {
      const state = await register(store, clock, plan, environment);
      if (!override) refuseRaiseInFreeze(state, plan, { flag, value }, clock.now());
    },
    answer: answer.extend({
      flag: z.looseObject({ exposure: z.union([z.number(), z.literal('unset')]) }),
    }),
    more: (state, { flag }) => ({ flag: flagNow(state, flag) }),
  }),
];
