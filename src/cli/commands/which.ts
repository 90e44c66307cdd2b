import { Fleet, loadState, registrationOf } from '../../engine/index.ts';
import { CutoverError, suggest } from '../../kernel/index.ts';
import type { Plan } from '../../plan/index.ts';
import { UNSET_FLAG, type RoutingState } from '../../route/index.ts';
import type { Command, Context } from '../command.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { isOn, textOption } from '../given.ts';
import { answer } from '../io.ts';
import { renderWhich, type Served } from '../render/which.ts';
import { reading, type Session } from '../session.ts';
import { whichAnswer } from '../which.ts';

export const which: Command = {
  name: 'which',
  summary: 'Which implementation serves a call, and by which rule.',
  options: [
    { flags: '--repository <name>', summary: 'only this one' },
    { flags: '--key <key>', summary: 'for this user, tenant or request' },
    { flags: '--instance <id>', summary: 'on this instance' },
    { flags: '--explain', summary: 'every rule in order, and what it says' },
  ],
  examples: [
    'cutover which --key user-4711 --explain',
    'cutover which --repository user --instance production-03',
  ],
  mutates: false,
  run: (context) => reading(context, (session) => show(context, session)),
};

async function show(
  { given, io, clock }: Context,
  { plan, environment, store, stream }: Session,
): Promise<ExitCode> {
  const { routing } = await loadState(store, stream);
  const state = routing ?? unregistered(plan, environment);
  const views = await new Fleet(store, stream, plan.leaseMs).look(() => clock.monotonic());
  const asker = { key: textOption(given, 'key'), instance: textOption(given, 'instance') };
  const repositories = repositoriesOf(plan, textOption(given, 'repository')).map((name) => {
    const served = views.flatMap(({ instance, status }): Served[] => {
      const serving = status?.serving[name];
      return serving === undefined ? [] : [{ instance, side: serving.side, why: serving.why }];
    });
    return { ...whichAnswer(state, name, asker), instances: served };
  });
  const document = {
    schema: 'cutover.which/1' as const,
    migration: plan.id,
    environment,
    epoch: state.epoch,
    key: asker.key ?? null,
    instance: asker.instance ?? null,
    repositories,
  };
  answer(io, document, () => renderWhich(repositories, isOn(given, 'explain'), io.width, io.paint));
  return EXIT.ok;
}

/** @throws CutoverError `UNKNOWN_REPOSITORY` with the nearest name */
function repositoriesOf(plan: Plan, named: string | undefined): readonly string[] {
  const names = Object.keys(plan.repositories);
  if (named === undefined) return names;
  if (names.includes(named)) return [named];
  const meant = suggest(named, names);
  throw new CutoverError('UNKNOWN_REPOSITORY', `the plan has no repository "${named}"`, {
    hint: meant === undefined ? `one of ${names.join(', ')}` : `did you mean "${meant}"?`,
    details: { repositories: names },
  });
}

/** What applications go by before anything was written: nothing is set, everything is control. */
function unregistered(plan: Plan, environment: string): RoutingState {
  const { migration, salt, allow, deny, leaseMs } = registrationOf(plan, environment);
  const repositories = Object.keys(plan.repositories).map((name) => [name, UNSET_FLAG]);
  return {
    v: 1,
    migration,
    environment,
    epoch: 0,
    salt,
    failSide: 'control',
    byEnvironment: false,
    global: UNSET_FLAG,
    repositories: Object.fromEntries(repositories),
    allow,
    deny,
    staleAfterMs: leaseMs,
  };
}
