import { z } from 'zod';
import type { StatusDocument } from '../../report/index.ts';

const text = z.string();
const number = z.number();
const side = z.object({ calls: number, errors: number, p95Ms: number.nullable() });

export const row = z.object({
  title: text,
  verdict: text,
  colour: z.enum(['green', 'yellow', 'red', 'none']),
  value: text,
  yellow: text,
  red: text,
  samples: number,
  small: z.boolean(),
  reason: text,
  of: z.enum(['calls', 'processes', 'facts']),
});

const cause = z.object({
  kind: z.enum(['day', 'window', 'freeze']),
  name: text,
  until: number,
  timeZone: text,
});

const step = z.object({
  id: text,
  kind: z.enum(['expose', 'shadow', 'hold', 'gate', 'decision', 'command', 'http', 'sql', 'size']),
  title: text,
  state: z.enum(['done', 'current', 'ahead', 'skipped']),
  forMs: number.nullable().meta({
    description: "of a hold: what it asks for, of observed time on the plan's clock",
  }),
  progress: number.nullable().meta({ description: '0..1 for the current hold' }),
});

const rollback = z.object({
  cause: text,
  reason: text,
  actor: text,
  repositories: z.array(text).nullable(),
  covers: z.array(text).nullable().meta({
    description: 'also what an earlier rollback took back and nobody has lifted; null is everything',
  }),
  startedAt: number,
  budgetMs: number,
  tookMs: number.nullable(),
  sinceCauseMs: number.nullable(),
  withinBudget: z.boolean().nullable(),
  confirm: z
    .object({ outcome: z.enum(['pending', 'resolved', 'not resolved', 'not known']), text })
    .nullable(),
  missing: z.array(text),
});

export const instance = z.object({
  instance: text,
  liveness: z.enum(['live', 'unknown', 'gone']),
  acknowledged: number,
  pins: number,
  candidate: z.boolean(),
  notes: z.array(text),
});

/** The document that `cutover status --json` prints. The compiler holds it to the type of that one. */
export const statusDocument = z
  .object({
    schema: z.literal('cutover.status/1'),
    migration: text,
    title: text,
    environment: text,
    protected: z.boolean().meta({ description: "whether a change has to `confirm` the plan's id" }),
    at: number,
    state: z.enum(['not started', 'running', 'paused', 'rolling-back', 'rolled-back', 'completed']),
    since: number.nullable(),
    sentence: text.meta({ description: 'the state in a sentence' }),
    waitingFor: text.nullable(),
    nextCommand: text.nullable(),
    run: z
      .object({
        id: text,
        planHash: text,
        timeScale: number,
        startedAt: number,
        actor: text,
        phase: text.nullable(),
        step: text.nullable(),
        dayOne: text.nullable(),
      })
      .nullable(),
    delay: z.object({ causes: z.array(cause), until: number.nullable() }).nullable(),
    late: z.array(text),
    phases: z.array(
      z.object({
        id: text,
        title: text,
        risk: text.nullable(),
        pointOfNoReturn: z.boolean(),
        state: z.enum(['done', 'current', 'ahead']),
        enteredAt: number.nullable(),
        leftAt: number.nullable(),
        steps: z.array(step),
      }),
    ),
    routing: z
      .object({ epoch: number, failSide: z.enum(['control', 'candidate']), killed: z.array(text) })
      .nullable(),
    recentMs: number.meta({ description: 'how far back the counts of `exposure` and `requests` go' }),
    exposure: z.array(
      z.object({
        repository: text,
        flag: text,
        set: number.nullable().meta({ description: 'percent; null is unset' }),
        of: text,
        decides: z.enum(['repository', 'global']).meta({ description: 'whose flag says so' }),
        killed: z.boolean(),
        actual: number.nullable().meta({ description: 'percent of the calls of the last seconds' }),
        control: side,
        candidate: side,
        shadow: z
          .object({ sample: number, compared: number, differed: number })
          .nullable()
          .meta({ description: 'null where no read runs on the other side too' }),
      }),
    ),
    requests: z.array(
      z.object({ route: text, control: side, candidate: side, apart: number, aborted: number }),
    ),
    gate: z
      .object({
        name: text,
        verdict: text,
        at: number,
        rows: z.array(row),
        controlGroup: z.array(text),
        assignment: z.array(z.object({ code: text, text })),
      })
      .nullable(),
    controller: z.enum(['none', 'silent', 'present']),
    instances: z.array(instance),
    rollback: rollback.nullable(),
    contingencies: z.array(
      z.object({
        name: text,
        at: number,
        why: z.array(text),
        errors: z.array(text),
        kept: text.nullable(),
        tell: z.array(text),
        next: z.array(text),
      }),
    ),
    baseline: z.object({ at: number, actor: text, metrics: z.record(text, number) }).nullable(),
    log: z.object({ seq: number, head: text }),
  })
  .meta({ id: 'Status' }) satisfies z.ZodType<StatusDocument>;
