import { isMainThread } from 'node:worker_threads';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/**
 * Tells when somebody asks this process to end. What a signal did before it still does: where nobody else listens it
 * ends the process, and who counts the listeners, as `signal-exit` does, finds ours gone.
 *
 * @returns the way to stop
 */
export function onAskedToEnd(listener: () => void): () => void {
  // Signals come to the main thread alone.
  if (!isMainThread) return () => {};
  const handlers = SIGNALS.map((signal) => {
    const handler = (): void => {
      process.off(signal, handler);
      const isAlone = process.listenerCount(signal) === 0;
      // A service that listens for it means "read your configuration again".
      if (signal === 'SIGHUP' && !isAlone) {
        queueMicrotask(() => process.prependListener(signal, handler));
        return;
      }
      listener();
      if (isAlone) process.kill(process.pid, signal);
    };
    process.prependListener(signal, handler);
    return [signal, handler] as const;
  });
  return () => {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  };
}
