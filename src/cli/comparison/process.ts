// The process in which both implementations answer: the application's own code, which may hang, exit or print.
import { importDefault } from '../../config/index.ts';
import { CutoverError, systemClock } from '../../kernel/index.ts';
import { type Comparison, openComparison, type OpenComparison, readShown } from '../../testing/index.ts';
import { answerQuestions } from '../apart-process.ts';
import type { Question, Reply } from './protocol.ts';
import { replayedText } from './replayed.ts';

let open: OpenComparison | null = null;

async function answer(question: Question): Promise<Reply> {
  switch (question.kind) {
    case 'open': {
      // Checked by what opens it.
      const comparison = (await importDefault(question.file)) as Comparison;
      open = await openComparison(comparison, question.repository, systemClock);
      return { kind: 'opened', operations: open.operations };
    }
    case 'part':
      return { kind: 'part', part: await opened().part(question.of, question.from, question.options) };
    case 'replay': {
      const { of, rounds, timeoutMs } = question;
      const { replayed, redaction } = await opened().replay(of, argumentsOf(question.args), {
        rounds,
        timeoutMs,
      });
      return { kind: 'replayed', replayed: replayedText(replayed, redaction) };
    }
    case 'close':
      await open?.close();
      return { kind: 'closed' };
  }
}

function opened(): OpenComparison {
  if (open === null) throw new Error('not opened');
  return open;
}

/** @throws CutoverError `ARGUMENTS_REDACTED` */
function argumentsOf(texts: readonly string[]): readonly unknown[] {
  return texts.map((text, at) => {
    const read = readShown(text);
    if (read !== undefined) return read.value;
    throw new CutoverError('ARGUMENTS_REDACTED', `argument ${at + 1} was not kept whole: ${text}`, {
      hint: `what is redacted or cut cannot be asked again; redact: { show: ['args[${at}]'] } keeps texts from now on`,
    });
  });
}

answerQuestions('compare', answer);
