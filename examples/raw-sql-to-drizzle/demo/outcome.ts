import { formatDuration } from '../../../src/kernel/index.ts';
import type { StatusDocument } from '../../../src/report/index.ts';
import type { LoadStats } from '../load/generator.ts';

/** What the demonstration ends with. `npm start -- --once --json` prints it as its last line. */
export type Outcome = {
  readonly schema: 'cutover.demo/1';
  /** Whether everything below is as it has to be; the exit code. */
  readonly ok: boolean;
  readonly rollback: {
    /** By a red row, without a person. */
    readonly automatic: boolean;
    /** Every live instance acknowledged. */
    readonly verified: boolean;
    readonly withinBudget: boolean;
    readonly lastAcknowledgementMs: number | null;
    readonly budgetMs: number | null;
    readonly reason: string | null;
  };
  readonly requests: {
    readonly sent: number;
    readonly failedByTool: number;
    readonly failedByInjectedFault: number;
    /** The first few that nobody ordered, for a person. */
    readonly examples: readonly string[];
  };
  readonly secondRun: 'completed' | 'not completed';
  readonly tookMs: number;
};

export function outcomeOf(
  rollback: StatusDocument['rollback'],
  codes: { readonly first: number; readonly second: number },
  traffic: readonly LoadStats[],
  tookMs: number,
): Outcome {
  const sum = (of: (one: LoadStats) => number): number => traffic.reduce((total, one) => total + of(one), 0);
  const took = rollback?.tookMs ?? null;
  const automatic = codes.first === 5 && rollback?.cause === 'gate';
  const withinBudget = rollback?.withinBudget === true;
  const failedByTool = sum(({ failed }) => failed);
  return {
    schema: 'cutover.demo/1',
    ok: automatic && took !== null && withinBudget && failedByTool === 0 && codes.second === 0,
    rollback: {
      automatic,
      verified: took !== null,
      withinBudget,
      lastAcknowledgementMs: took,
      budgetMs: rollback?.budgetMs ?? null,
      reason: rollback?.reason ?? null,
    },
    requests: {
      sent: sum(({ sent }) => sent),
      failedByTool,
      failedByInjectedFault: sum(({ injected }) => injected),
      examples: traffic.flatMap(({ examples }) => examples),
    },
    secondRun: codes.second === 0 ? 'completed' : 'not completed',
    tookMs: Math.round(tookMs),
  };
}

/** The outcome for a person, a line each. */
export function outcomeLines({ rollback, requests, secondRun }: Outcome): readonly string[] {
  const mark = (ok: boolean): string => (ok ? '✔' : '✖');
  const { lastAcknowledgementMs: took, budgetMs: budget } = rollback;
  const proof =
    took === null || budget === null
      ? 'not verified'
      : `last instance acknowledged after ${formatDuration(took)}, budget ${formatDuration(budget)}`;
  const { automatic, withinBudget } = rollback;
  const { sent, failedByTool, failedByInjectedFault } = requests;
  return [
    `${mark(automatic && withinBudget)} First run: ${automatic ? '' : 'NOT '}taken back by itself; ${proof}.`,
    `${mark(secondRun === 'completed')} Second run, with the repaired candidate: ${secondRun}.`,
    `${mark(failedByTool === 0)} ${sent.toLocaleString('en-US')} requests: ${failedByTool} failed by the tool, ${failedByInjectedFault} by the injected fault.`,
  ];
}
