import { activeRun, loadState } from '../engine/index.ts';
import { CutoverError } from '../kernel/index.ts';
import { placeText } from '../store/index.ts';
import type { Context } from './command.ts';
import { originOrLog } from './log-origin.ts';
import { type Session, writing } from './session.ts';

/**
 * As `writing`, for what takes back: it works without a configuration that can be read, and goes by the plan of the run
 * that is on when that was edited since.
 *
 * @throws CutoverError `RUN_NOT_ACTIVE` when nothing was started by this plan, and by another one in the same file
 */
export function takingBack<T>(context: Context, work: (session: Session) => Promise<T>): Promise<T> {
  return writing(context, async (session) => work(await inForce(context, session)), originOrLog);
}

async function inForce(context: Context, session: Session): Promise<Session> {
  const { store, stream, config } = session;
  const state = await loadState(store, stream);
  if (state.seq === 0) await refuseOther(session);
  const run = activeRun(state);
  if (run === null || run.planHash === config.hash) return session;
  const said = `! the configuration was edited since run ${run.id} started; going by the plan of the run`;
  context.io.progress(context.io.paintProgress('warning', said));
  return { ...session, plan: run.plan };
}

/** A plan whose id was edited looks as if nothing had been started. */
async function refuseOther({ store, stream, place, environment }: Session): Promise<void> {
  const others = (await store.streams()).filter((name) => name.endsWith(`/${environment}`));
  const [first] = others;
  if (first === undefined) return;
  throw new CutoverError(
    'RUN_NOT_ACTIVE',
    `${stream} is not in ${placeText(place)}, which has ${others.join(', ')}`,
    {
      hint: `if one of these is meant: add --migration ${first.slice(0, first.lastIndexOf('/'))}`,
      details: { streams: others },
    },
  );
}
