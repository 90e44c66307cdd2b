import { z } from 'zod';
import type { ApprovalRequest } from '../../report/index.ts';

const text = z.string();
const number = z.number();

const look = z
  .object({ gate: text, verdict: z.enum(['pass', 'fail', 'insufficient', 'stale']), at: number })
  .nullable();

const seen = z
  .object({
    verdict: z.enum(['pass', 'fail', 'insufficient', 'stale']),
    colour: z.enum(['green', 'yellow', 'red', 'none']),
    value: text,
    samples: number,
    reason: text,
  })
  .nullable();

/** What people were asked to approve. The compiler holds it to the type of the report. */
export const approvalRequest = z
  .object({
    phase: z.object({
      id: text,
      title: text,
      risk: text.nullable(),
      impact: text.nullable(),
      pointOfNoReturn: z.boolean(),
      steps: z.array(text),
    }),
    planHash: text,
    at: number.meta({ description: 'when it was asked: everything called `was` is of that moment' }),
    isOpen: z.boolean().meta({ description: 'the phase has not begun; otherwise nothing is compared' }),
    roles: z.array(z.object({ role: text, since: number, because: text })),
    exposure: z.array(z.object({ repository: text, text })).meta({
      description: 'what changes with the phase: from what over what to what',
    }),
    look: z.object({ was: look, now: look }),
    rows: z.array(z.object({ title: text, yellow: text, red: text, was: seen, now: seen })),
    checklists: z.array(z.object({ checklist: text, items: number, open: z.array(text) })),
    changes: z
      .array(z.object({ what: text, was: text, now: text }))

      .meta({ description: 'what is not as it was, but for the rows' }),
  })
  .meta({ id: 'ApprovalRequest' }) satisfies z.ZodType<ApprovalRequest>;
