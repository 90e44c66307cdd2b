import { z } from 'zod';
import { openItems, waitingNeeds, activeRun, waitingFor } from '../../engine/index.ts';
import { stepAt } from '../../plan/index.ts';
import { approvalRequestOf, approvalsOf } from '../../report/index.ts';
import { isInScope } from '../access/role.ts';
import { approvalRequest } from '../answers/approval-request.ts';
import { statusDocument, instance } from '../answers/status.ts';
import { general, NO_QUERY, reading, type Route } from '../route.ts';

const text = z.string();
const number = z.number();
const said = { actor: text, reason: text, at: number };
const confirmed = z.object(said).nullable();

const migrationsDocument = z.object({
  schema: z.literal('cutover.migrations/1'),
  migrations: z.array(
    z.object({
      migration: text,
      environment: text,
      title: text,
      protected: z.boolean(),
      state: text,
      sentence: text,
      waitingFor: text.nullable(),
      verdict: text.nullable().meta({ description: 'of the last look; only `pass` is green' }),
      isConfigured: z.boolean(),
    }),
  ),
});

export type MigrationsDocument = z.infer<typeof migrationsDocument>;

const migrations = general({
  name: 'listMigrations',
  path: '/migrations',
  permission: 'read',
  summary: 'Migrations and their environments: those of the configuration, and those that only the log has.',
  query: NO_QUERY,
  answer: migrationsDocument,
  async handle({ world: { catalogue }, who }) {
    const places = (await catalogue.places()).filter(
      ({ migration, environment }) => who !== null && isInScope(who, migration, environment),
    );
    const shown = places.map(async ({ migration, environment }) => {
      const subject = await catalogue.find(migration, environment);
      const {
        title,
        protected: isProtected,
        state,
        sentence,
        waitingFor,
        gate,
      } = await catalogue.status(subject);
      const { isConfigured } = subject;
      const standing = { title, protected: isProtected, state, sentence, waitingFor };
      return { migration, environment, ...standing, verdict: gate?.verdict ?? null, isConfigured };
    });
    return { schema: 'cutover.migrations/1', migrations: await Promise.all(shown) };
  },
});

const status = reading({
  name: 'getStatus',
  path: '/status',
  permission: 'read',
  summary: 'Where a migration stands, why, and what it waits for: the document of `cutover status --json`.',
  query: NO_QUERY,
  answer: statusDocument,
  handle: ({ world, subject }) => world.catalogue.status(subject),
});

const runsDocument = z.object({
  schema: z.literal('cutover.runs/1'),
  runs: z.array(
    z.object({
      id: text,
      planHash: text,
      timeScale: number,
      status: text,
      startedAt: number,
      endedAt: number.nullable(),
      dayOne: text.nullable(),
      skipped: z.array(text),
    }),
  ),
});

export type RunsDocument = z.infer<typeof runsDocument>;

const runs = reading({
  name: 'listRuns',
  path: '/runs',
  permission: 'read',
  summary: 'Runs, the newest first.',
  query: NO_QUERY,
  answer: runsDocument,
  async handle({ world, subject }) {
    const state = await world.catalogue.state(subject);
    const active = activeRun(state);
    const now = active === null ? [] : [{ ...active, endedAt: null, status: active.status }];
    const over = state.history.toReversed().map((run) => ({ ...run, status: run.outcome }));
    const shown = [...now, ...over].map(
      ({ id, planHash, timeScale, status: stands, startedAt, endedAt, dayOne, skipped }) => ({
        id,
        planHash,
        timeScale,
        status: stands,
        startedAt,
        endedAt,
        dayOne,
        skipped: skipped.map(({ phase, step }) => `${phase}/${step}`),
      }),
    );
    return { schema: 'cutover.runs/1', runs: shown };
  },
});

const instances = reading({
  name: 'listInstances',
  path: '/instances',
  permission: 'read',
  summary: 'Instances: whether they live, what they acknowledged, which side they serve.',
  query: NO_QUERY,
  answer: z.object({
    schema: z.literal('cutover.instances/1'),
    epoch: number.nullable(),
    instances: z.array(instance),
  }),
  async handle({ world, subject }) {
    const { routing, instances: all } = await world.catalogue.status(subject);
    return { schema: 'cutover.instances/1', epoch: routing?.epoch ?? null, instances: all };
  },
});

const waitingDocument = z.object({
  schema: z.literal('cutover.waiting/1'),
  hash: text,
  waitingFor: text.nullable(),
  needs: z
    .array(
      z.union([
        z.object({ kind: z.literal('checklist'), checklist: text, open: z.array(text) }),
        z.object({
          kind: z.literal('approval'),
          role: text,
          asked: z
            .object({ since: number, because: z.enum(['not given', 'expired', 'rejected', 'another plan']) })
            .nullable(),
        }),
      ]),
    )
    .meta({ description: 'what keeps the run from its next phase now' }),
  checklists: z.array(z.object({ checklist: text, items: z.array(z.object({ item: text, confirmed })) })),
  approvals: z.array(
    z.object({
      role: text,
      approved: z
        .object({
          ...said,
          until: number.nullable().meta({
            description: 'when it is too old for a phase ahead; null when none needs it any more',
          }),
          isOver: z.boolean(),
        })
        .nullable(),
      rejected: z.object(said).nullable().meta({ description: 'the last no, if no yes came after it' }),
      asked: z
        .object({ since: number, because: text })
        .nullable()
        .meta({ description: 'while the run stands before a phase and waits for it' }),
    }),
  ),
  request: approvalRequest.nullable().meta({
    description: 'what people were asked to approve last in this run, as it was then and as it is now',
  }),
  rollbackItems: z.array(text).meta({ description: 'open items of the checklist that a rollback opened' }),
  hands: z
    .object({ brought: z.array(text), acted: z.array(text) })
    .meta({ description: 'who brought this plan, and who moves its run: they cannot approve it' }),
  decision: z.object({ id: text, question: text, options: z.record(text, text) }).nullable(),
});

export type WaitingDocument = z.infer<typeof waitingDocument>;

const waiting = reading({
  name: 'getWaiting',
  path: '/waiting',
  permission: 'read',
  summary: 'What waits for a person: checklists, approvals, a decision.',
  query: NO_QUERY,
  answer: waitingDocument,
  async handle({ world, subject }) {
    const state = await world.catalogue.state(subject);
    const hands = await world.catalogue.hands(subject);
    const { plan: of, planHash } = subject;
    const run = activeRun(state);
    const step = run?.position == null || run.step.done ? undefined : stepAt(run.plan, run.position)?.step;
    const given = ({ actor, reason, at }: NonNullable<z.infer<typeof confirmed>>) => ({ actor, reason, at });
    return {
      schema: 'cutover.waiting/1',
      hash: planHash,
      waitingFor: waitingFor(state, [], world.clock.now()),
      needs: waitingNeeds(state),
      checklists: Object.entries(of.checklists).map(([checklist, items]) => ({
        checklist,
        items: items.map((item) => {
          const found = state.checks.find((one) => one.checklist === checklist && one.item === item);
          return { item, confirmed: found === undefined ? null : given(found) };
        }),
      })),
      approvals: [...approvalsOf(state, of, planHash, world.clock.now())],
      request: approvalRequestOf(state),
      rollbackItems: openItems(state),
      hands: {
        brought: [...(hands.brought[planHash] ?? [])],
        acted: hands.planHash === planHash ? [...hands.acted] : [],
      },
      decision:
        step?.kind === 'decision' ? { id: step.id, question: step.question, options: step.options } : null,
    };
  },
});

export const STANDING: readonly Route[] = [migrations, status, runs, instances, waiting];
