import { z } from 'zod';
import { NO_QUERY, reading, type Route } from '../route.ts';

const text = z.string();
const number = z.number();
const by = { at: number, actor: text, reason: text };

const run = z.object({
  id: text,
  title: text,
  planHash: text,
  timeScale: number,
  dayOne: text.nullable(),
  actor: text,
  reason: text,
  startedAt: number,
  endedAt: number.nullable().meta({ description: 'everything is being taken back, or it is over' }),
  status: z.enum(['running', 'paused', 'rolling-back', 'rolled-back', 'completed']),
  evidence: z.object({ environment: text, run: text }).nullable().meta({
    description: 'the completed run in the environment before, which allowed this one',
  }),
  phases: z.array(z.object({ phase: text, title: text, enteredAt: number, leftAt: number.nullable() })),
  looks: z
    .array(
      z.object({
        phase: text,
        gate: text,
        pass: number,
        fail: number,
        insufficient: number,
        stale: number,
        lastAt: number,
      }),
    )
    .meta({ description: 'how often each gate was looked at in a phase, by verdict' }),
  approvals: z
    .array(z.object({ role: text, ...by, ended: z.enum(['expired', 'rejected', 'renewed']).nullable() }))
    .meta({
      description: 'of the plan with this hash, all that were given; `ended`: why one counts no more',
    }),
  checks: z.array(z.object({ checklist: text, item: text, ...by })),
  notes: z
    .array(
      z.object({
        seq: number,
        at: number,
        of: z.enum(['exposure', 'decision', 'late', 'trouble']),
        actor: text.nullable(),
        text,
      }),
    )
    .meta({ description: 'oldest first, the last 500' }),
  notesBefore: number.meta({ description: 'how many notes there were before those' }),
});

const rollback = z.object({
  seq: number,
  run: text.nullable(),
  cause: z.enum(['person', 'gate', 'step', 'flag']),
  ...by,
  repositories: z.array(text).nullable().meta({ description: 'null is everything' }),
  budgetMs: number,
  done: z
    .object({ tookMs: number, withinBudget: z.boolean(), instances: number, expired: number })
    .nullable()
    .meta({ description: 'null where not every instance acknowledged' }),
  superseded: z
    .object({
      seq: number,
      mode: z.enum(['drain', 'hard']),
      actor: text,
      afterMs: number,
      tookMs: number.nullable().meta({ description: 'until both were verified; null before that' }),
    })
    .nullable()
    .meta({ description: 'the rollback that took its place before it was verified' }),
  confirmed: text.nullable().meta({ description: 'whether the trouble was over, where somebody looked' }),
});

const database = z.object({
  seq: number,
  at: number,
  run: text.nullable(),
  moment: z.enum(['before', 'after', 'rollback']),
  databases: z.array(text),
  checks: z.array(text),
  findings: z.array(text),
  tookMs: number,
});

const summaryDocument = z.object({
  schema: z.literal('cutover.summary/1'),
  run: run.nullable().meta({ description: 'the newest one' }),
  rollbacks: z.array(rollback).meta({ description: 'of the whole log, oldest first, the last 100' }),
  databases: z.array(database).meta({ description: 'as they were looked at, oldest first, the last 100' }),
});

export type SummaryDocument = z.infer<typeof summaryDocument>;

const summary = reading({
  name: 'getSummary',
  path: '/summary',
  permission: 'read',
  summary: 'What happened in short: the newest run, every rollback with its time, every look at databases.',
  query: NO_QUERY,
  answer: summaryDocument,
  async handle({ world: { catalogue }, subject }) {
    const before = await catalogue.state(subject);
    const { run: told, ...log } = await catalogue.chronicle(subject);
    // A run may have begun between the two.
    const state = before.run?.id === told?.id ? before : await catalogue.state(subject);
    const schema = 'cutover.summary/1' as const;
    if (told === null || state.run === null) return { schema, run: null, ...log };
    const { id, plan, planHash, timeScale, dayOne, actor, startedAt, status, evidence } = state.run;
    const titles = new Map(plan.phases.map(({ id: phase, title }) => [phase, title]));
    return {
      schema,
      ...log,
      run: {
        ...told,
        id,
        title: plan.title,
        planHash,
        timeScale,
        dayOne,
        actor,
        startedAt,
        status,
        evidence: evidence === null ? null : { environment: evidence.environment, run: evidence.run },
        phases: told.phases.map((one) => ({ ...one, title: titles.get(one.phase) ?? one.phase })),
        approvals: state.approvals
          .filter((one) => one.planHash === planHash)
          .map(({ role, at, actor: who, reason, ended }) => ({ role, at, actor: who, reason, ended })),
        checks: state.checks.map(({ checklist, item, at, actor: who, reason }) => ({
          checklist,
          item,
          at,
          actor: who,
          reason,
        })),
      },
    };
  },
});

export const SUMMARY: readonly Route[] = [summary];
