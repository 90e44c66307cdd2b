import { refuseRaiseInFreeze, register } from '../../engine/index.ts';
import { CutoverError } from '../../kernel/index.ts';
import type { Command } from '../command.ts';
import { DRY_RUN } from '../dry-run.ts';
import { knownFlag } from '../flag-name.ts';
import { isOn } from '../given.ts';
import { byOf, carryOut } from '../operation.ts';
import { creating } from '../session.ts';

export const flagSet: Command = {
  name: 'flag set',
  summary:
    'Set a flag by hand. false is a kill, which only resume leaves; a run that is on is never raised past its plan.',
  arguments: [
    { name: 'flag', summary: 'its name or an alias' },
    { name: 'value', summary: 'true, false, or a percentage: 10, 0.25, 50%' },
  ],
  options: [{ flags: '--override', summary: 'raise it although the plan has a freeze' }, DRY_RUN],
  examples: [
    'cutover flag set use_drizzle 10 --environment staging --reason "first users"',
    'cutover flag set drizzle_user_repo false --reason "wrong order"',
  ],
  mutates: true,
  run: (context) => {
    const [name = '', written = ''] = context.given.args;
    const value = flagValue(name, written);
    return creating(context, async (session) => {
      const flag = knownFlag(session.plan, name);
      const { store, plan, environment } = session;
      const state = await register(store, context.clock, plan, environment);
      if (!isOn(context.given, 'override'))
        refuseRaiseInFreeze(state, plan, { flag, value }, context.clock.now());
      return carryOut(context, session, { kind: 'set-flag', flag, value, ...byOf(context) });
    });
  },
};

/** @throws CutoverError `FLAG_VALUE_INVALID`; whether a number is in range is for the engine to say */
function flagValue(flag: string, written: string): boolean | number {
  const text = written.trim().toLowerCase();
  if (text === 'true' || text === 'false') return text === 'true';
  const number = /^(\d+(?:\.\d+)?) ?%?$/.exec(text)?.[1];
  if (number !== undefined) return Number(number);
  throw new CutoverError(
    'FLAG_VALUE_INVALID',
    `flag "${flag}": ${JSON.stringify(written)} is neither true, false nor a percentage`,
    {
      hint: 'write true, false, or a number from 0 to 100 with at most two decimals',
    },
  );
}
