import { CutoverError } from '../../kernel/index.ts';
import { askProcess } from './ask-process.ts';
import type { Reading, Rows } from './rows.ts';

/** Somebody writes at the moment: they are waited for, at most so long, milliseconds. */
const LOCK_WAIT_MS = 5_000;

/**
 * Asks a SQLite file, opened read-only.
 *
 * @param name of the database in the plan
 * @throws CutoverError `DATABASE_UNREACHABLE`, `DATABASE_QUERY`
 */
export async function readSqlite(name: string, file: string, reading: Reading): Promise<Rows> {
  const { query, most, timeoutMs, signal } = reading;
  const asked = await askProcess(
    'sqlite-read-process',
    [file, String(Math.min(timeoutMs, LOCK_WAIT_MS)), String(most)],
    { input: query, timeoutMs, signal },
  );
  switch (asked.kind) {
    case 'answered': {
      const answer = parsed(asked.output);
      if (answer === undefined) throw fault(name, 'the answer is larger than 1 MB', false);
      if ('error' in answer) throw fault(name, answer.error, answer.isClosed);
      return answer;
    }
    case 'late':
      throw fault(name, `no answer within ${timeoutMs}ms`, false);
    case 'stopped':
      throw fault(name, `not asked: ${asked.why}`, false);
    case 'failed':
      throw fault(name, asked.why, true);
  }
}

type Answer = Rows | { readonly error: string; readonly isClosed: boolean };

/** `undefined` for what was cut off. */
function parsed(output: string): Answer | undefined {
  try {
    // Printed by our own program, of this very version.
    return JSON.parse(output) as Answer;
  } catch {
    return undefined;
  }
}

function fault(name: string, said: string, isClosed: boolean): CutoverError {
  return isClosed
    ? new CutoverError('DATABASE_UNREACHABLE', `database "${name}": ${said}`, {
        hint: 'look whether the file is there and is a SQLite database: its path is from the folder of the configuration',
      })
    : new CutoverError('DATABASE_QUERY', `database "${name}": ${said}`, {
        hint: 'try the statement yourself; it has to read, and be done within its timeout',
      });
}
