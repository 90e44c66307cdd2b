import { z } from 'zod';
import { diffPlans, showChange } from '../../config/index.ts';
import { dayOneOf } from '../../engine/index.ts';
import type { Plan } from '../../plan/index.ts';
import { planParts, stepText } from '../../report/index.ts';
import { phaseDates } from '../../schedule/index.ts';
import { change } from '../answers/event.ts';
import { NO_QUERY, reading, type Route } from '../route.ts';

const text = z.string();
const number = z.number();

const part = z.object({
  title: text,
  lines: z.array(text),
  tables: z.array(z.object({ label: text, columns: z.array(text), rows: z.array(z.array(text)) })),
  folded: z.boolean().meta({ description: 'of less interest here' }),
});

const planDocument = z.object({
  schema: z.literal('cutover.plan/1'),
  hash: text,
  isConfigured: z.boolean().meta({ description: 'false: what the log has; no configuration here has it' }),
  plan: z.json(),
  steps: z.record(text, text).meta({ description: 'what each step does in words, by phase/step' }),
  parts: z.array(part).meta({ description: 'the plan in words, from the side of this environment' }),
  running: z
    .object({ hash: text, plan: z.json(), changes: z.array(change) })
    .nullable()
    .meta({
      description:
        'the plan of the newest run, where the configuration has another one, and what changed since',
    }),
  dayOne: text.nullable(),
  dates: z.array(
    z.object({
      phase: text,
      from: text,
      to: text,
      latest: text,
      opening: z.object({ opens: number, closes: number }).nullable(),
      frozen: text.nullable().meta({ description: 'the reason of the freeze in which it would begin' }),
    }),
  ),
});

type Sent = z.infer<typeof planDocument>;

/** As `z.json()` a plan has no type of its own. The server has each from the configuration or the log, which it parsed. */
export type PlanDocument = Omit<Sent, 'plan' | 'running'> & {
  readonly plan: Plan;
  readonly running: (Omit<NonNullable<Sent['running']>, 'plan'> & { readonly plan: Plan }) | null;
};

const plan = reading({
  name: 'getPlan',
  path: '/plan',
  permission: 'read',
  summary:
    'The plan as it would run, every default filled in, with its hash, and with dates once a run began.',
  query: NO_QUERY,
  answer: planDocument,
  async handle({ world, subject }) {
    const { run } = await world.catalogue.state(subject);
    const dayOne = run === null || run.timeScale !== 1 ? null : dayOneOf(run);
    const dates = dayOne === null ? [] : phaseDates(subject.plan, dayOne);
    const steps = subject.plan.phases.flatMap(({ id, steps: all }) =>
      all.map((step): [string, string] => [`${id}/${step.id}`, stepText(step)]),
    );
    const isOther = run !== null && run.planHash !== subject.planHash;
    return {
      schema: 'cutover.plan/1',
      hash: subject.planHash,
      isConfigured: subject.isConfigured,
      plan: subject.plan,
      steps: Object.fromEntries(steps),
      parts: planParts(subject.plan, subject.environment, dates).map((one) => ({
        ...one,
        lines: [...one.lines],
        tables: one.tables.map(({ label, columns, rows }) => ({
          label,
          columns: [...columns],
          rows: rows.map((row) => [...row]),
        })),
      })),
      running: isOther
        ? {
            hash: run.planHash,
            plan: run.plan,
            changes: diffPlans(run.plan, subject.plan).map(showChange),
          }
        : null,
      dayOne,
      dates: dates.map(({ phase, ...rest }) => ({ phase: phase.id, ...rest })),
    };
  },
});

export const PLAN: readonly Route[] = [plan];
