// The process in which both implementations run: the application's own code, which may hang, exit or print.
import { importDefault } from '../../config/index.ts';
import { CutoverError, describeError, systemClock } from '../../kernel/index.ts';
import { type Benchmark, openBenchmark, type OpenBenchmark } from '../../testing/index.ts';
import { ALIVE_MS, type Question, type Reply } from './protocol.ts';

let open: OpenBenchmark | null = null;

async function answer(question: Question): Promise<Reply> {
  switch (question.kind) {
    case 'open': {
      // Checked by what opens it.
      const benchmark = (await importDefault(question.file)) as Benchmark;
      open = await openBenchmark(benchmark, question.sides, systemClock);
      const operations = open.operations.map(({ name, repository, isWrite }) => ({
        name,
        repository,
        isWrite,
      }));
      return { kind: 'opened', operations };
    }
    case 'measure': {
      const operation = open?.operations[question.operation];
      if (open === null || operation === undefined) throw new Error('not opened');
      return { kind: 'measured', result: await open.measure(operation, question.batch) };
    }
    case 'close':
      await open?.close();
      return { kind: 'closed' };
  }
}

function say(reply: Reply): void {
  process.send?.(reply);
}

process.on('message', (question: Question) => {
  answer(question).then(say, (error: unknown) => {
    const known = error instanceof CutoverError ? error : undefined;
    say({
      kind: 'failed',
      code: known?.code ?? null,
      message: describeError(error),
      hint: known?.hint ?? null,
    });
  });
});
// A rejection that nobody handles is one of a call that was given up: its fault is known already.
process.on('unhandledRejection', (error) => {
  process.stderr.write(`benchmark: a rejection that nobody handled: ${describeError(error)}\n`);
});
process.on('disconnect', () => process.exit());
systemClock.every(ALIVE_MS, () => say({ kind: 'alive' }));
