import { openStore, placeText, storeExists } from '../../store/index.ts';
import type { Command } from '../command.ts';
import { EXIT } from '../exit.ts';
import { answer } from '../io.ts';
import { configOf, storePlaceOf } from '../session.ts';

export const statePrepare: Command = {
  name: 'state prepare',
  summary:
    'Make the state file or the schema "cutover", or bring an older one up to date. Only needed where the role of a run may not.',
  examples: ['cutover state prepare', 'cutover state prepare --store postgres:OWNER_DATABASE_URL'],
  mutates: true,
  async run(context) {
    const { clock, io } = context;
    const place = storePlaceOf(context, await configOf(context));
    const wasThere = await storeExists(place, clock);
    const store = await openStore(place, { clock, prepare: true });
    await store.close();
    const text = placeText(place);
    answer(io, { schema: 'cutover.state-prepare/1', place: text, made: !wasThere }, () =>
      io.paint('good', `✔ ${text}: ${wasThere ? 'is up to date' : 'made'}`),
    );
    return EXIT.ok;
  },
};
