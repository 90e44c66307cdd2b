import { z } from 'zod';
import { DIFFERENCE_KINDS } from '../../compare/index.ts';
import {
  comparedAnswers,
  explainMismatch,
  type Mismatch,
  type MismatchExplanation,
} from '../../report/index.ts';
import { NO_QUERY, reading, type Route } from '../route.ts';

const text = z.string();
const number = z.number();
const counts = z.record(text, number);
const answers = {
  compared: number.meta({ description: 'answers of which somebody can say whether they are the same' }),
  different: number.meta({ description: 'of those, the ones that nothing explains' }),
};

const storedRule = z.object({
  path: text,
  kind: text.exactOptional(),
  owner: text,
  reason: text,
  expires: text,
});

const group = z
  .object({
    id: text,
    repository: text,
    operation: text,
    kind: text,
    path: text,
    as: text
      .exactOptional()
      .meta({ description: 'the representation that would have to be taken for the same' }),
    note: text.exactOptional(),
    ignored: text.exactOptional().meta({ description: 'why it does not count; absent where it does' }),
    noise: number.exactOptional().meta({ description: 'how often control differs from itself here, 0..1' }),
    count: number,
    firstAt: number,
    lastAt: number,
    instances: z.array(text).meta({ description: 'at most a hundred are named' }),
    epochs: z.object({ first: number, last: number }),
    sample: z
      .object({
        at: text,
        control: text,
        candidate: text,
        args: z.array(text),
        served: z.enum(['control', 'candidate']),
        controlMs: number,
        candidateMs: number,
      })
      .exactOptional()
      .meta({ description: 'one call, redacted before it left the instance' }),
  })
  .meta({ id: 'Mismatch' }) satisfies z.ZodType<Mismatch>;

const mismatchesDocument = z.object({
  schema: z.literal('cutover.mismatches/1'),
  ...answers,
  operations: z.array(
    z.object({
      repository: text,
      operation: text,
      sampled: number,
      states: counts,
      reasons: counts,
      ...answers,
      rules: z
        .object({
          ordered: z.union([z.boolean(), z.array(text)]),
          key: z.array(text),
          same: z.array(text),
          ignore: z.array(storedRule),
        })
        .exactOptional()
        .meta({ description: 'how its answers are compared' }),
    }),
  ),
  groups: z.array(group).meta({ description: 'what counts before what is ignored, the most frequent first' }),
});

export type MismatchesDocument = z.infer<typeof mismatchesDocument>;

const mismatches = reading({
  name: 'listMismatches',
  path: '/mismatches',
  permission: 'read',
  summary:
    'What the shadow found since the newest run began, by operation and by kind of difference; with redacted samples as far back as telemetry is kept.',
  query: NO_QUERY,
  answer: mismatchesDocument,
  async handle({ world, subject }) {
    const found = await world.catalogue.mismatches(subject);
    const operations = found.operations.map((of) => ({ ...of, ...comparedAnswers(of) }));
    const sum = (what: 'compared' | 'different'): number =>
      operations.reduce((total, one) => total + one[what], 0);
    return {
      schema: 'cutover.mismatches/1',
      compared: sum('compared'),
      different: sum('different'),
      operations,
      groups: found.groups,
    };
  },
});

const kind = z.enum(DIFFERENCE_KINDS).exactOptional();
const pattern = z.object({ path: text, kind });
const texts = z.array(text);

const explanation = z.object({
  group,
  because: texts.meta({
    description: 'the rule that the answers broke, and what is known of the difference',
  }),
  normalised: texts.meta({ description: 'what was taken for the same before' }),
  noise: text,
  answers: z.object(answers),
  coveredBy: text.nullable(),
  notCoveredBy: texts,
  wouldCover: z.array(pattern),
  wouldNotCover: z.array(pattern),
  together: z.array(group).meta({ description: 'other places that differed in the call of the sample' }),
  ignore: storedRule.extend({ kind }).meta({ description: 'to paste; the reason is for a person to write' }),
}) satisfies z.ZodType<MismatchExplanation>;

const explainedDocument = z.object({
  schema: z.literal('cutover.mismatch-explained/1'),
  explained: z
    .array(explanation)
    .meta({ description: 'what counts of it, and what is ignored; none is kept' }),
});

export type ExplainedDocument = z.infer<typeof explainedDocument>;

const explained = reading({
  name: 'explainMismatch',
  path: '/mismatches/explained',
  permission: 'read',
  summary: 'Why two answers are called different: the document of `cutover mismatches explain --json`.',
  query: z.strictObject({ id: z.string().max(100).meta({ description: 'as the list has it' }) }),
  answer: explainedDocument,
  async handle({ world, subject, who, query }) {
    const found = await world.catalogue.mismatches(subject);
    return {
      schema: 'cutover.mismatch-explained/1',
      explained: found.groups
        .filter(({ id }) => id === query.id)
        .map((one) => explainMismatch(one, found, who.actor, world.clock.now())),
    };
  },
});

export const MISMATCHES: readonly Route[] = [mismatches, explained];
