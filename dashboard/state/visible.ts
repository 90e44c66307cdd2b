import { signal, untracked } from '@preact/signals';

const look = (): boolean => document.visibilityState === 'visible';

/** Whether somebody can see this tab. One that nobody sees asks for no documents: it asks when it is looked at again. */
export const isVisible = signal(look());

document.addEventListener('visibilitychange', () => (isVisible.value = look()));

/**
 * Asks at once, and then so often while somebody can see it, one question at a time: those that wait for a server which hangs
 * would take the connections of the others.
 *
 * @param ms milliseconds
 * @returns the way to stop
 */
export function everyWhileVisible(ms: number, ask: () => Promise<void>): () => void {
  let asked: number | null = null;
  let isAsking = false;
  const turn = (): void => {
    // A timer may be a little early.
    const isEarly = asked !== null && (!isVisible.peek() || Date.now() - asked < ms * 0.9);
    if (isEarly || isAsking) return;
    asked = Date.now();
    isAsking = true;
    void ask().finally(() => (isAsking = false));
  };
  const timer = setInterval(turn, ms);
  const stop = isVisible.subscribe(() => untracked(turn));
  return () => {
    clearInterval(timer);
    stop();
  };
}
