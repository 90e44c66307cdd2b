import type { Command } from '../command.ts';
import { askPlan } from '../completion/ask.ts';
import { configIn, isNameKind, NAME_KINDS } from '../completion/names.ts';
import { EXIT } from '../exit.ts';

/** What the scripts of `cutover completion` call. On any trouble it prints nothing and ends with 0. */
export const complete: Command = {
  name: 'complete',
  summary: 'The names that a shell can offer, a line each. Prints nothing when there is any trouble.',
  arguments: [
    { name: 'what', summary: NAME_KINDS.join(', ') },
    { name: 'words...', summary: 'what was typed so far', optional: true },
  ],
  examples: ['cutover complete flags -- flag set --config cutover.config.ts'],
  mutates: false,
  hidden: true,
  async run({ given, io, clock, cwd, env }) {
    const [what = '', ...words] = given.args;
    if (!isNameKind(what)) return EXIT.ok;
    const home = env['HOME'];
    const typed = configIn(words);
    // The words come as they were typed, before the shell has put anything in place.
    const config = home === undefined ? typed : (typed?.replace(/^~(?=\/)/, home) ?? null);
    const names = await askPlan({ cwd, config }, clock).catch(() => null);
    for (const name of names?.[what] ?? []) io.out(name);
    return EXIT.ok;
  },
};
