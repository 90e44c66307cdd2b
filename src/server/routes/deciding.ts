import { z } from 'zod';
import { fromStored, type State } from '../../engine/index.ts';
import { scaleSettings } from '../../gate/index.ts';
import { CutoverError, suggest } from '../../kernel/index.ts';
import { environmentPhases, type Phase, type Plan } from '../../plan/index.ts';
import { decisionOf, rollbackPreview, type DecidedBy, type LastRollback } from '../../report/index.ts';
import type { Store, StoredEvent } from '../../store/index.ts';
import { row } from '../answers/status.ts';
import type { Subject } from '../catalogue.ts';
import { lastEvents } from '../last-events.ts';
import { reading, type Route } from '../route.ts';
import type { World } from '../world.ts';

const text = z.string();
const number = z.number();
const pair = z.tuple([number, number]).readonly();
const explanation = z.looseObject({
  title: text,
  counted: z.object({ candidate: pair, control: pair }).nullable().meta({
    description: 'of the last look, by side: how many were beyond the limit, and of how many',
  }),
  evidence: z
    .looseObject({ needed: number, beyond: number, fine: number, fineNeeded: number })
    .nullable()
    .meta({ description: 'how many times over the bets are won' }),
  redByHits: z.object({ hits: number, of: number }).nullable(),
  greenAfterLooks: number.nullable(),
});
const rule = z.object({ text, met: z.boolean().nullable() });

const decisionDocument = z.object({
  schema: z.literal('cutover.decision/1'),
  run: text.nullable(),
  phase: z.object({ id: text, title: text, isCurrent: z.boolean() }),
  gate: text,
  at: number.nullable(),
  verdict: text.nullable(),
  action: z.enum(['rollback', 'pause']).nullable(),
  windowMs: number,
  everyMs: number,
  columns: z.array(text),
  rows: z.array(
    row.extend({
      metric: text,
      against: text,
      measured: number.nullable().meta({ description: "the candidate's, in the metric's own unit" }),
      reference: number.nullable(),
      windowMs: number,
      onRed: text,
      minSamples: number,
      repositories: z.array(text).nullable().meta({ description: 'null is all; empty is of none' }),
      cells: z.array(
        z.object({
          repository: text,
          level: z.enum(['not applicable', 'no data', 'within', 'yellow', 'red']).meta({
            description: 'where its own number lies; the verdict is over all repositories of the row',
          }),
          value: text,
          reference: text.nullable(),
          samples: number,
        }),
      ),
      explanation: explanation.nullable(),
    }),
  ),
  next: z.object({
    sentence: text,
    waitingFor: text.nullable(),
    following: text.nullable(),
    onRed: text,
    command: text.nullable(),
  }),
  hold: z
    .object({
      step: text,
      gate: text,
      observedMs: number,
      neededMs: number,
      waitedMs: number,
      mostMs: number,
    })
    .nullable(),
  entry: z.array(rule),
  exit: z.array(rule),
});

export type DecisionDocument = z.infer<typeof decisionDocument>;

const decision = reading({
  name: 'getDecision',
  path: '/decision',
  permission: 'read',
  summary:
    'What is decided in a phase: rows by repositories as the last look saw them, what happens next and why, the hold, and what lets the phase begin and end.',
  query: z.strictObject({
    phase: z.string().max(100).optional().meta({ description: 'the current one where it is not given' }),
    explain: z.enum(['true', 'false']).default('false').meta({
      description: 'also asks the judge what would change the verdict of each row',
    }),
  }),
  answer: decisionDocument,
  async handle({ world, subject, query }) {
    const { catalogue } = world;
    const status = await catalogue.status(subject);
    const state = await catalogue.state(subject);
    const plan = state.run?.plan ?? subject.plan;
    const phase = phaseOf(plan, subject.environment, query.phase ?? state.run?.position?.phase);
    const look = await lookIn(world.store, subject, state, phase);
    const { windowMs } = scaleSettings(plan.measure, state.run?.timeScale ?? 1);
    const history = await catalogue.history(subject);
    const end = look?.at ?? world.clock.now();
    return {
      schema: 'cutover.decision/1',
      run: state.run?.id ?? null,
      ...decisionOf({
        plan,
        planHash: state.run?.planHash ?? subject.planHash,
        environment: subject.environment,
        state,
        status,
        phase,
        look,
        seen: history.over(end - windowMs, end),
        explain: query.explain === 'true',
      }),
    };
  },
});

function phaseOf(plan: Plan, environment: string, named: string | undefined): Phase {
  const phases = environmentPhases(plan, environment);
  const found = named === undefined ? phases[0] : phases.find(({ id }) => id === named);
  if (found !== undefined) return found;
  const near =
    named === undefined
      ? undefined
      : suggest(
          named,
          phases.map(({ id }) => id),
        );
  throw new CutoverError(
    'REQUEST_INVALID',
    named === undefined
      ? `the plan has no phase in ${environment}`
      : `query.phase: there is no phase "${named}" in ${environment}`,
    {
      hint:
        near === undefined
          ? `it has ${phases.map(({ id }) => id).join(', ') || 'none'}`
          : `did you mean "${near}"?`,
    },
  );
}

/** The last look in a phase: the newest of all for the current one, else from the log. */
async function lookIn(
  store: Store,
  { stream }: Subject,
  { run, seq }: State,
  { id }: Phase,
): Promise<DecidedBy | null> {
  if (run === null || run.position?.phase === id) return run?.look ?? null;
  let newest: StoredEvent | null = null;
  let found: StoredEvent | null = null;
  await lastEvents(store, stream, {
    before: seq + 1,
    limit: 1,
    isWanted: () => false,
    isEnough: (stored) => {
      const event = fromStored(stored);
      if (event.kind === 'gate.looked') newest ??= stored;
      if (event.kind !== 'step.entered') return stored.at < run.startedAt;
      if (event.phase === id) found ??= newest;
      newest = null;
      return found !== null;
    },
  });
  return lookOf(found);
}

function lookOf(stored: StoredEvent | null): DecidedBy | null {
  const event = stored === null ? null : fromStored(stored);
  if (stored === null || event?.kind !== 'gate.looked') return null;
  const { gate, verdict, action, rows } = event;
  return { gate, at: stored.at, verdict, action, rows };
}

const previewDocument = z.object({
  schema: z.literal('cutover.rollback-preview/1'),
  refused: z.object({ code: text, message: text, hint: text.nullable() }).nullable(),
  isTakenBack: z.boolean().meta({ description: 'asking for it would change nothing' }),
  confirm: text.nullable().meta({ description: 'what has to be typed' }),
  repositories: z.array(
    z.object({
      repository: text,
      serves: z.enum(['control', 'candidate', 'both']),
      set: number.nullable(),
      reads: text,
      writes: text,
    }),
  ),
  strategies: z.array(
    z.object({
      name: z.enum(['drain', 'hard']),
      title: text,
      does: text,
      budgetMs: number,
      loses: text.nullable(),
      command: text,
    }),
  ),
  irreversible: z.array(text),
  run: text.nullable().meta({ description: 'what becomes of the run' }),
  budgetMs: number,
  expected: z.object({ ms: number, from: z.enum(['rollback', 'budget']), text }),
  instances: z.object({
    waitsFor: z.array(text),
    unverified: z.array(z.object({ instance: text, why: text })),
  }),
});

const preview = reading({
  name: 'previewRollback',
  path: '/rollback-preview',
  permission: 'read',
  summary:
    'What taking back would do now: what serves and what happens to it, ways with their budgets and losses, how long it took the last time, who has to acknowledge.',
  query: z.strictObject({
    repository: z.string().max(64).optional().meta({ description: 'only this one; else everything' }),
  }),
  answer: previewDocument,
  async handle({ world, subject, query }) {
    const { catalogue } = world;
    const status = await catalogue.status(subject);
    const state = await catalogue.state(subject);
    const known = new Set(status.instances.map(({ instance }) => instance));
    const now = world.clock.now();
    const recent = (await catalogue.history(subject)).over(now - RECENT_MS, now);
    return {
      schema: 'cutover.rollback-preview/1',
      ...rollbackPreview({
        plan: subject.plan,
        environment: subject.environment,
        state,
        status,
        repositories: query.repository === undefined ? null : [query.repository],
        last: await lastRollback(world, subject, state),
        strangers: recent.instances.filter((instance) => !known.has(instance)),
      }),
    };
  },
});

/** Who reported in this time and is not listed cannot acknowledge. Milliseconds. */
const RECENT_MS = 15_000;

/** The last one that was verified here, else in another environment of the migration. */
async function lastRollback(
  { catalogue }: World,
  subject: Subject,
  state: State,
): Promise<LastRollback | null> {
  const here = verifiedIn(subject.environment, state);
  if (here !== null) return here;
  const others = (await catalogue.places()).filter(
    ({ migration, environment }) => migration === subject.migration && environment !== subject.environment,
  );
  const found = await Promise.all(
    others.map(async ({ migration, environment }) =>
      verifiedIn(environment, await catalogue.state(await catalogue.find(migration, environment))),
    ),
  );
  return found.flatMap((one) => one ?? []).toSorted((a, b) => b.at - a.at)[0] ?? null;
}

function verifiedIn(environment: string, { rollback }: State): LastRollback | null {
  if (rollback === null || rollback.done === null) return null;
  const { tookMs } = rollback.done;
  return { environment, at: rollback.startedAt + tookMs, tookMs };
}

export const DECIDING: readonly Route[] = [decision, preview];
