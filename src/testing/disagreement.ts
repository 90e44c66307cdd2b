import { AssertionError } from 'node:assert';
import { describeError } from '../kernel/index.ts';
import type { Answer, AskedCall } from './answer.ts';
import { firstDifference, type Difference } from './difference.ts';
import { show } from './show.ts';

/** Whether two answers are as good as the same. @throws whatever an assertion in it throws: then they are not */
export type Compare = (control: Answer, candidate: Answer, call: AskedCall) => boolean;

/** What is said when the two sides do not agree on a read; `undefined` when they do. */
export function disagreement(
  repository: string,
  call: AskedCall,
  answers: { readonly control: Answer; readonly candidate: Answer },
  compare: Compare | undefined,
): AssertionError | undefined {
  const { control, candidate } = answers;
  const found = differenceOf(control, candidate);
  if (compare === undefined) return found && failure(repository, call, answers, placeOf(found));
  const place = found === undefined ? '' : `; ${placeOf(found)}`;
  try {
    if (compare(control, candidate, call)) return undefined;
  } catch (error) {
    return failure(repository, call, answers, `compare threw ${describeError(error)}${place}`);
  }
  return failure(repository, call, answers, `compare says no${place}`);
}

/** One side answers at once and the other with a promise: a caller without `await` sees it. */
export function promiseDisagreement(
  repository: string,
  call: AskedCall,
  promised: 'control' | 'candidate',
): AssertionError {
  const other = promised === 'control' ? 'candidate' : 'control';
  return assertion(
    `${callText(repository, call)}: ${promised} answers with a promise, ${other} at once`,
    promised === 'control' ? 'a promise' : 'no promise',
    promised === 'control' ? 'no promise' : 'a promise',
  );
}

function differenceOf(control: Answer, candidate: Answer): Difference | undefined {
  if (control.kind === 'returned' && candidate.kind === 'returned')
    return firstDifference(control.value, candidate.value);
  if (control.kind === 'thrown' && candidate.kind === 'thrown')
    return firstDifference(control.error, candidate.error, 'error');
  return { path: '', control, candidate, because: 'one of them threw' };
}

function placeOf({ path, control, candidate, because }: Difference): string {
  const where = path === '' ? 'the answers differ' : `the answers differ at ${path.replace(/^\./, '')}`;
  return because === undefined ? `${where}: ${show(control)} and ${show(candidate)}` : `${where}: ${because}`;
}

function failure(
  repository: string,
  call: AskedCall,
  { control, candidate }: { readonly control: Answer; readonly candidate: Answer },
  why: string,
): AssertionError {
  const lines = [
    `${callText(repository, call)}: ${why}`,
    `  control   ${answerText(control)}`,
    `  candidate ${answerText(candidate)}`,
  ];
  return assertion(lines.join('\n'), content(control), content(candidate));
}

/** Runners show `expected` and `actual` of an assertion as a difference by line. */
function assertion(message: string, expected: unknown, actual: unknown): AssertionError {
  return new AssertionError({ message, expected, actual, operator: 'deepStrictEqual' });
}

function callText(repository: string, { operation, args }: AskedCall): string {
  return `${repository}.${operation}(${args.map(show).join(', ')})`;
}

function answerText(answer: Answer): string {
  return answer.kind === 'returned' ? `returned ${show(answer.value)}` : `threw ${show(answer.error)}`;
}

function content(answer: Answer): unknown {
  return answer.kind === 'returned' ? answer.value : answer.error;
}
