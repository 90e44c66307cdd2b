import { isProtected, requestEvents, type State } from '../engine/index.ts';
import { CutoverError, formatDuration } from '../kernel/index.ts';
import type { Plan } from '../plan/index.ts';
import type { StatusDocument } from './status.ts';

/** A rollback that was verified, here or in another environment. */
export type LastRollback = { readonly environment: string; readonly at: number; readonly tookMs: number };

export type RollbackStrategy = {
  readonly name: 'drain' | 'hard';
  readonly title: string;
  readonly does: string;
  readonly budgetMs: number;
  /** `null`: nothing. */
  readonly loses: string | null;
  readonly command: string;
};

/** What a rollback would do now, before anybody asks for it. */
export type RollbackPreview = {
  readonly refused: { readonly code: string; readonly message: string; readonly hint: string | null } | null;
  /** Asking again would change nothing. */
  readonly isTakenBack: boolean;
  /** What has to be typed in a protected environment. */
  readonly confirm: string | null;
  readonly repositories: readonly {
    readonly repository: string;
    readonly serves: 'control' | 'candidate' | 'both';
    /** Percent; `null` is unset. */
    readonly set: number | null;
    readonly reads: string;
    readonly writes: string;
  }[];
  readonly strategies: readonly RollbackStrategy[];
  /** What stays as it is. */
  readonly irreversible: readonly string[];
  readonly run: string | null;
  readonly budgetMs: number;
  readonly expected: { readonly ms: number; readonly from: 'rollback' | 'budget'; readonly text: string };
  readonly instances: {
    /** It is over when each of these acknowledged. */
    readonly waitsFor: readonly string[];
    readonly unverified: readonly { readonly instance: string; readonly why: string }[];
  };
};

export type PreviewInput = {
  readonly plan: Plan;
  readonly environment: string;
  readonly state: State;
  readonly status: StatusDocument;
  /** `null` is everything. */
  readonly repositories: readonly string[] | null;
  readonly last: LastRollback | null;
  /** Who reports telemetry and is no instance that could acknowledge. */
  readonly strangers: readonly string[];
};

/** Pure; asks the same function that the rollback itself goes through. */
export function rollbackPreview(input: PreviewInput): RollbackPreview {
  const { plan, environment, state, status, repositories } = input;
  const asked = askedFor(state, repositories);
  const { budgetMs } = (state.run?.plan ?? plan).rollback;
  return {
    refused: asked.refused,
    isTakenBack: asked.isTakenBack,
    confirm: isProtected(plan, environment) ? plan.id : null,
    repositories: status.exposure
      .filter(({ repository }) => repositories?.includes(repository) ?? true)
      .map((exposure) => ({
        repository: exposure.repository,
        serves: servesOf(exposure),
        set: exposure.set,
        ...whatHappens(plan.topology),
      })),
    strategies: strategiesOf(input, budgetMs),
    irreversible: irreversibleOf(state, status),
    run: runText(state, repositories),
    budgetMs,
    expected: expectedOf(input, budgetMs),
    instances: instancesOf(input),
  };
}

function askedFor(
  state: State,
  repositories: readonly string[] | null,
): Pick<RollbackPreview, 'refused' | 'isTakenBack'> {
  try {
    const asked = {
      kind: 'rollback',
      repositories,
      mode: 'drain',
      actor: 'preview',
      reason: 'preview',
    } as const;
    return { refused: null, isTakenBack: requestEvents(state, asked).length === 0 };
  } catch (error) {
    if (!(error instanceof CutoverError)) throw error;
    const { code, message, hint } = error;
    return { refused: { code, message, hint: hint ?? null }, isTakenBack: false };
  }
}

function servesOf({
  set,
  killed,
  actual,
}: StatusDocument['exposure'][number]): 'control' | 'candidate' | 'both' {
  const share = actual ?? (killed ? 0 : (set ?? 0));
  if (share === 0) return 'control';
  return share === 100 ? 'candidate' : 'both';
}

function whatHappens(topology: Plan['topology']): { readonly reads: string; readonly writes: string } {
  return topology === 'same-store'
    ? {
        reads: 'control answers from the next call on; what is pinned finishes on its side',
        writes: 'control, on the same database: nothing has to be copied back',
      }
    : {
        reads: 'control answers from the next call on, by its own data',
        writes: 'control; what was written to the candidate alone stays there',
      };
}

/** What a rollback loses; `null` is nothing. */
export function lossOf(topology: Plan['topology']): string | null {
  return topology === 'same-store' ? null : 'What was written to the candidate alone stays there.';
}

function strategiesOf(
  { plan, environment, repositories }: PreviewInput,
  budgetMs: number,
): readonly RollbackStrategy[] {
  const named = (repositories ?? []).map((name) => ` --repository ${name}`).join('');
  const confirm = isProtected(plan, environment) ? ` --confirm ${plan.id}` : '';
  const rest = `${named} --environment ${environment}${confirm} --reason "…"`;
  const loses = lossOf(plan.topology);
  return [
    {
      name: 'drain',
      title: 'Flags down, pins finish',
      does: 'every flag to control; a scope that is pinned finishes on the side it began on',
      budgetMs,
      loses,
      command: `cutover rollback${rest}`,
    },
    {
      name: 'hard',
      title: 'Flags down at once',
      does: 'every flag to control, also for what is pinned: a request may be served by both sides',
      budgetMs,
      loses,
      command: `cutover kill --hard${rest}`,
    },
  ];
}

/** Effects of the plan that ran are not taken back with the flags. */
function irreversibleOf({ routing }: State, { phases }: StatusDocument): readonly string[] {
  const past =
    routing?.failSide === 'candidate'
      ? ['the point of no return is passed: control no longer has the truth']
      : [];
  const ran = phases.flatMap(({ id, steps }) =>
    steps
      .filter(({ kind, state }) => state === 'done' && (kind === 'command' || kind === 'http'))
      .map((step) => `${id} / ${step.id} (${step.title}) ran and is not undone`),
  );
  return [...past, ...ran];
}

function runText({ run }: State, repositories: readonly string[] | null): string | null {
  if (run === null || run.status === 'completed' || run.status === 'rolled-back') return null;
  return repositories === null
    ? `Run ${run.id} ends. To begin again: find the cause, resume with a reason, start another run.`
    : `Run ${run.id} pauses until somebody resumes it.`;
}

function expectedOf(
  { last, environment, status }: PreviewInput,
  budgetMs: number,
): RollbackPreview['expected'] {
  if (last === null)
    return {
      ms: budgetMs,
      from: 'budget',
      text: `No rollback of this migration was recorded yet: the budget is ${formatDuration(budgetMs)}.`,
    };
  const where = last.environment === environment ? '' : ` in ${last.environment}`;
  const ago = formatDuration(Math.max(0, Math.floor((status.at - last.at) / 1000) * 1000));
  return {
    ms: last.tookMs,
    from: 'rollback',
    text: `The last rollback${where}, ${ago} ago, took ${formatDuration(last.tookMs)} to the last acknowledgement.`,
  };
}

function instancesOf({ status, strangers }: PreviewInput): RollbackPreview['instances'] {
  const { instances } = status;
  const silent = instances.filter(({ liveness }) => liveness !== 'live');
  return {
    waitsFor: instances.filter(({ liveness }) => liveness !== 'gone').map(({ instance }) => instance),
    unverified: [
      ...silent.map(({ instance, liveness }) => ({
        instance,
        why:
          liveness === 'gone'
            ? 'silent for longer than its lease: it took its fail side by itself'
            : 'not heard for long enough to say whether it lives',
      })),
      ...strangers.map((instance) => ({
        instance,
        why: 'cannot acknowledge: it serves by what it knows for its time to live',
      })),
    ],
  };
}
