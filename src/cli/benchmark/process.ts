// The process in which both implementations run: the application's own code, which may hang, exit or print.
import { importDefault } from '../../config/index.ts';
import { systemClock } from '../../kernel/index.ts';
import { type Benchmark, openBenchmark, type OpenBenchmark } from '../../testing/index.ts';
import { answerQuestions } from '../apart-process.ts';
import type { Question, Reply } from './protocol.ts';

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

answerQuestions('benchmark', answer);
