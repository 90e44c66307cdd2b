import type { RequestWatch } from './meter.ts';

/** The part of Node's `ServerResponse` that tells how an answer ended. */
type Answer = {
  once(event: 'close', listener: () => void): unknown;
  readonly statusCode: number;
  readonly writableFinished: boolean;
  readonly errored: Error | null;
};

/** Resolves when the connection has taken the answer or was closed, and tells the watch which. */
export function closed(answer: Answer, watch: RequestWatch): Promise<void> {
  return new Promise((resolve) => {
    answer.once('close', () => {
      watch.ended(endOf(answer));
      resolve();
    });
  });
}

function endOf({ statusCode, writableFinished, errored }: Answer): 'answered' | 'failed' | 'aborted' {
  if (writableFinished) return statusCode >= 500 ? 'failed' : 'answered';
  // The application broke it off with an error; a caller that goes away brings none.
  return errored === null ? 'aborted' : 'failed';
}
