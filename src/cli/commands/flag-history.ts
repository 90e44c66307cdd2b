import { type CutoverEvent, fromStored } from '../../engine/index.ts';
import type { StoredEvent } from '../../store/index.ts';
import type { Command } from '../command.ts';
import { EXIT } from '../exit.ts';
import { eventText, readEvents } from '../event-text.ts';
import { repositoryOfFlag } from '../flag-name.ts';
import { answer } from '../io.ts';
import { timeText } from '../render/time.ts';
import { reading } from '../session.ts';

export const flagHistory: Command = {
  name: 'flag history',
  summary: 'Every change of a flag: when, by whom, why. What is set for everything is a change of each.',
  arguments: [{ name: 'flag', summary: 'its name or an alias' }],
  examples: ['cutover flag history drizzle_user_repo --environment production'],
  mutates: false,
  run: (context) =>
    reading(context, async ({ store, stream, plan, environment }) => {
      const [flag = ''] = context.given.args;
      const repository = repositoryOfFlag(plan, flag);
      const changes: StoredEvent[] = [];
      for await (const stored of readEvents(store, stream)) {
        if (changesFlag(fromStored(stored), repository)) changes.push(stored);
      }
      answer(
        context.io,
        { schema: 'cutover.flag-history/1', migration: plan.id, environment, flag, repository, changes },
        () =>
          changes.length === 0
            ? `${flag} was never changed in ${environment}`
            : changes
                .map((stored) => `${timeText(stored.at).slice(0, 10)} ${eventText(stored) ?? stored.kind}`)
                .join('\n'),
      );
      return EXIT.ok;
    }),
};

/** @param repository `null` is the global flag */
function changesFlag(event: CutoverEvent, repository: string | null): boolean {
  switch (event.kind) {
    case 'flag.set':
      return event.repository === repository;
    case 'exposure.set':
    case 'rollback.started':
    case 'kill.lifted':
      return event.repositories === null || (repository !== null && event.repositories.includes(repository));
    default:
      return false;
  }
}
