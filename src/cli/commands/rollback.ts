import { loadState, operate, requestEvents } from '../../engine/index.ts';
import { formatDuration } from '../../kernel/index.ts';
import { lossOf, StatusReader, type StatusDocument } from '../../report/index.ts';
import type { Command, Context } from '../command.ts';
import { DRY_RUN, isDryRun } from '../dry-run.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { durationOption, listOption } from '../given.ts';
import { answer } from '../io.ts';
import { MIGRATION } from '../log-origin.ts';
import { byOf, carryOut } from '../operation.ts';
import { counted, percent } from '../render/text.ts';
import type { Session } from '../session.ts';
import { awaitVerified } from '../takeback.ts';
import { takingBack } from '../taking-back.ts';

export const rollback: Command = {
  name: 'rollback',
  summary: 'Send everything back to control and wait for the proof: every live instance acknowledged.',
  options: [
    { flags: '--repository <name>', summary: 'only this one (repeatable); the run pauses', repeatable: true },
    { flags: '--timeout <duration>', summary: 'stop waiting after this (default: twice the budget)' },
    MIGRATION,
    DRY_RUN,
  ],
  examples: [
    'cutover rollback --environment production --reason "p95 doubled"',
    'cutover rollback --repository user --reason "wrong order of results" --timeout 2m',
  ],
  mutates: true,
  run: (context) => takingBack(context, (session) => takeBack(context, session)),
};

async function takeBack(context: Context, session: Session): Promise<ExitCode> {
  const { given, io, clock } = context;
  const { store, plan, environment, stream } = session;
  const timeoutMs = durationOption(given, 'timeout') ?? plan.rollback.budgetMs * 2;
  const repositories = listOption(given, 'repository');
  const request = { kind: 'rollback', repositories, mode: 'drain', ...byOf(context) } as const;
  // What would be refused is not announced first.
  requestEvents(await loadState(store, stream), request);
  const before = await new StatusReader(store, clock, plan, environment).read();
  io.progress(preview(before, repositories, plan.topology, plan.rollback.budgetMs));
  if (isDryRun(given)) return carryOut(context, session, request);
  await operate(store, clock, stream, request);
  const status = await awaitVerified(context, session, timeoutMs);
  const { rollback: done } = status;
  answer(io, { schema: 'cutover.rollback/1', migration: plan.id, environment, rollback: done, status }, () =>
    io.paint(done?.withinBudget === true ? 'good' : 'bad', verdictText(status)),
  );
  return done?.withinBudget === true ? EXIT.ok : EXIT.failed;
}

/** What is about to happen, before it does. */
function preview(
  status: StatusDocument,
  repositories: readonly string[] | null,
  topology: 'same-store' | 'two-store',
  budgetMs: number,
): string {
  const taken = status.exposure.filter(({ repository }) => repositories?.includes(repository) ?? true);
  const from = taken.map(({ repository, set }) => `${repository} ${percent(set)}`).join(', ');
  const loss = lossOf(topology) ?? 'No data is lost: both implementations work on one database.';
  return [
    `Taking back ${repositories?.join(', ') ?? 'everything'} in ${status.environment}: ${from || 'nothing is exposed'} -> control.`,
    `${loss} ${counted(status.instances.length, 'instance has', 'instances have')} to acknowledge; the budget is ${formatDuration(budgetMs)}.`,
  ].join('\n');
}

function verdictText({ rollback: done, environment, instances }: StatusDocument): string {
  if (instances.length === 0)
    return `! the flags are down in ${environment}; no instance is known here, so nobody has confirmed anything`;
  const took = done?.tookMs == null ? 'not yet' : formatDuration(done.tookMs);
  const budget = `budget ${formatDuration(done?.budgetMs ?? 0)}`;
  const whether =
    done?.confirm == null
      ? ''
      : `\n  ${done.confirm.text} A controller looks; if none is on: cutover run --environment ${environment}`;
  return done?.withinBudget === true
    ? `✔ rolled back and verified in ${environment}: ${took} to the last acknowledgement, ${budget}${whether}`
    : `✖ rolled back in ${environment}, but over its budget: ${took} to the last acknowledgement, ${budget}${whether}`;
}
