import { CutoverError, describeError, systemClock } from '../kernel/index.ts';
import { ALIVE_MS, type Sign } from './apart.ts';

/** The other end of `Apart`: answers questions one after another, and says meanwhile that it is alive. */
export function answerQuestions<Question>(
  what: string,
  answer: (question: Question) => Promise<{ readonly kind: string }>,
): void {
  const say = (reply: Sign | { readonly kind: string }): void => void process.send?.(reply);
  process.on('message', (question: Question) => {
    answer(question).then(say, (error: unknown) => {
      const known = error instanceof CutoverError ? error : undefined;
      say({
        kind: 'failed',
        code: known?.code ?? null,
        message: describeError(error),
        hint: known?.hint ?? null,
      } satisfies Sign);
    });
  });
  // A rejection that nobody handles is one of a call that was given up: its fault is known already.
  process.on('unhandledRejection', (error) => {
    process.stderr.write(`${what}: a rejection that nobody handled: ${describeError(error)}\n`);
  });
  process.on('disconnect', () => process.exit());
  systemClock.every(ALIVE_MS, () => say({ kind: 'alive' }));
}
