import { parsePlan } from '../../config/index.ts';
import { CutoverError } from '../../kernel/index.ts';
import type { PlanInput } from '../../plan/index.ts';
import type { Found } from './found.ts';
import { flagOf, type Guess, guessFrom, idOf } from './guess.ts';

/** A plan to begin with, and what a person has to choose in it, by path. */
export type Starter = {
  readonly plan: PlanInput;
  readonly notes: Readonly<Record<string, readonly string[]>>;
  readonly guess: Guess;
};

export type Wishes = { readonly id: string | undefined; readonly repositories: readonly string[] | null };

/** More models than this are hardly switched one by one; who wants to, names them. */
const MOST_MODELS = 6;

/** @throws CutoverError `USAGE` when an id or a repository that was asked for cannot be one */
export function starterFor(found: Found, wishes: Wishes): Starter {
  const guess = guessFrom(found);
  const models = found.models.length <= MOST_MODELS ? found.models.map(lowerFirst) : [];
  const repositories = wishes.repositories ?? (models.length > 0 ? models : ['user']);
  const plan = planFor(guess, wishes.id ?? idOf(guess), [...new Set(repositories)]);
  try {
    parsePlan(plan);
  } catch (error) {
    if (!(error instanceof CutoverError)) throw error;
    throw new CutoverError('USAGE', error.message, {
      hint: 'write --id raw-sql-to-drizzle, --repository user; nothing was written',
      ...(error.details === undefined ? {} : { details: error.details }),
    });
  }
  return { plan, notes: notesFor(found, guess, wishes), guess };
}

function planFor(guess: Guess, id: string, repositories: readonly string[]): PlanInput {
  const flag = flagOf(guess);
  return {
    id,
    title: `From ${guess.control} to ${guess.candidate}`,
    topology: guess.topology,
    flag: { name: flag, env: flag },
    repositories: Object.fromEntries(repositories.map((name) => [name, {}])),
    environments: { staging: {}, production: { protected: true } },
    measure: { window: '1m', every: '10s', minSamples: 50 },
    metrics: {
      errors: { kind: 'errorRate' },
      p95: { kind: 'latency', quantile: 95 },
      fresh: { kind: 'newErrors' },
    },
    matrix: [
      { title: 'Error rate', metric: 'errors', yellow: '0.1%', red: '0.5%' },
      { title: 'p95', metric: 'p95', against: 'control', yellow: '5%', red: '10%', minChange: '2ms' },
      { title: 'New error types', metric: 'fresh', red: 0 },
    ],
    phases: PHASES,
    rollback: { budget: '30s' },
  };
}

const PHASES: PlanInput['phases'] = [
  {
    id: 'staging',
    environment: 'staging',
    steps: [
      { kind: 'expose', exposure: 50, of: 'users' },
      { kind: 'hold', for: '2h' },
    ],
  },
  {
    id: 'canary',
    environment: 'production',
    steps: [
      { kind: 'expose', exposure: 10, of: 'users' },
      { kind: 'hold', for: '48h' },
      {
        kind: 'decision',
        question: 'Go on?',
        options: { yes: 'advance', wait: 'hold', no: 'rollback' },
      },
    ],
  },
  {
    id: 'everyone',
    environment: 'production',
    steps: [
      { kind: 'expose', exposure: 100, of: 'users' },
      { kind: 'hold', for: '24h' },
    ],
  },
];

function notesFor(found: Found, guess: Guess, wishes: Wishes): Starter['notes'] {
  const notes: Record<string, readonly string[]> = {
    matrix: [
      'Choose limits that would make you take it back. What control does today:',
      'cutover baseline record',
    ],
    phases: [
      "Choose what is exposed: 'users' needs cutover.pin({ key }) in the application, 'instances' are whole",
      "processes, 'traffic' is a draw for each call. And how long each step is held.",
    ],
  };
  if (guess.open)
    notes['id'] = [
      'A guess: say what control and candidate are. The id never changes once a run was started.',
    ];
  if (guess.topology === 'two-store' || found.databases.length > 1)
    notes['topology'] = [
      `Found ${found.databases.join(', ')}.`,
      "'two-store' when data moves to another database, 'same-store' when only the code around it changes.",
    ];
  if (wishes.repositories === null)
    notes['repositories'] = [
      'What is switched on its own: an object with methods, once as control, once as candidate.',
    ];
  return notes;
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
