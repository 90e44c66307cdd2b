import { CutoverError, type Clock } from '../../kernel/index.ts';
import type { Store, StoredEvent } from '../../store/index.ts';
import { ACCESS_STREAM, accessDraft, evolveTokens, type AccessEvent, type Tokens } from './events.ts';

const PAGE = 1_000;
/** Somebody else may write at the same moment; after this many tries something else is wrong. */
const MOST_TRIES = 50;

/** Appends what was decided about the newest tokens, however many others write at the same time. */
export async function appendAccess(
  store: Store,
  clock: Clock,
  decide: (tokens: Tokens) => readonly AccessEvent[],
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const { tokens, seq } = await readTokens(store);
    const drafts = decide(tokens).map(accessDraft);
    if (drafts.length === 0) return;
    try {
      await store.append(ACCESS_STREAM, seq, drafts);
      return;
    } catch (error) {
      const conflict = error instanceof CutoverError && error.code === 'SEQUENCE_CONFLICT';
      if (!conflict || attempt === MOST_TRIES) throw error;
      await clock.sleep(attempt);
    }
  }
}

export type TokensRead = { readonly tokens: Tokens; readonly seq: number; readonly head: string };

const NOTHING: TokensRead = { tokens: new Map(), seq: 0, head: '' };

/**
 * Every token, or those behind what was read before. A log that does not go on where that ended was replaced, and is read
 * from its beginning.
 */
export async function readTokens(store: Store, from: TokensRead = NOTHING): Promise<TokensRead> {
  if (from.seq > 0) {
    const [last] = await store.read(ACCESS_STREAM, from.seq - 1, 1);
    if (last?.hash !== from.head) return readTokens(store);
  }
  let read = from;
  for (;;) {
    const page = await store.read(ACCESS_STREAM, read.seq, PAGE);
    read = page.reduce<TokensRead>(behind, read);
    if (page.length < PAGE) return read;
  }
}

function behind({ tokens }: TokensRead, event: StoredEvent): TokensRead {
  return { tokens: evolveTokens(tokens, event), seq: event.seq, head: event.hash };
}
