import { loadState } from '../../engine/index.ts';
import type { FlagName } from '../../plan/index.ts';
import { UNSET_FLAG, type FlagState } from '../../route/index.ts';
import type { Command } from '../command.ts';
import { EXIT } from '../exit.ts';
import { answer } from '../io.ts';
import { MIGRATION, originOrLog } from '../log-origin.ts';
import { flagText, flagValueText } from '../render/flag.ts';
import { table } from '../render/table.ts';
import { reading } from '../session.ts';

export const flagList: Command = {
  name: 'flag list',
  summary: 'Every flag: what it switches, its other spellings, and what is stored for it.',
  options: [MIGRATION],
  examples: ['cutover flag list --environment production'],
  mutates: false,
  run: (context) =>
    reading(
      context,
      async ({ store, stream, plan, environment }) => {
        const { io } = context;
        const { routing, registration } = await loadState(store, stream);
        const names = registration?.names ?? { global: plan.flag, repositories: plan.repositories };
        const flags = [
          described(null, names.global, routing?.global),
          ...Object.entries(names.repositories).map(([name, flag]) =>
            described(name, flag, routing?.repositories[name]),
          ),
        ];
        answer(io, { schema: 'cutover.flags/1', migration: plan.id, environment, flags }, () =>
          table(
            flags.map(({ repository, flag, state }) => [
              { text: repository ?? 'everything' },
              { text: flagValueText(state), style: state.killed === false ? 'plain' : 'bad' },
              { text: flagText(flag), style: 'dim' },
            ]),
            io.width,
            io.paint,
            0,
          ).join('\n'),
        );
        return EXIT.ok;
      },
      originOrLog,
    ),
};

function described(repository: string | null, flag: FlagName, state: FlagState | undefined) {
  return { repository, flag, state: state ?? UNSET_FLAG };
}
