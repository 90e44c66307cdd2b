import { CutoverError, describeError } from '../kernel/index.ts';
import { EXIT, exitCodeOf, type ExitCode } from './exit.ts';
import type { Paint } from './paint.ts';

export type ErrorDocument = {
  readonly schema: 'cutover.error/1';
  /** A code of `docs/reference/errors.md`, or `UNEXPECTED` for a fault of this program. */
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly docs: string;
  readonly details: Readonly<Record<string, unknown>> | null;
};

export function errorDocument(error: unknown): ErrorDocument {
  const known = error instanceof CutoverError ? error : undefined;
  return {
    schema: 'cutover.error/1',
    code: known?.code ?? 'UNEXPECTED',
    message: describeError(error),
    hint: known?.hint ?? null,
    docs: docsOf(known?.code),
    details: known?.details ?? null,
  };
}

/**
 * An error for people: what, what to do, where to read more. A refusal or a mistake shows no stack unless it is
 * asked for; a fault of this program always does, since nobody else can know what it was.
 */
export function renderError(error: unknown, paint: Paint, debug: boolean): string {
  const known = error instanceof CutoverError ? error : undefined;
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const lines = [
    `${paint('bad', `✖ ${known?.code ?? 'UNEXPECTED'}`)}: ${describeError(error)}`,
    ...(known?.hint === undefined ? [] : [`  ${paint('strong', 'Fix:')} ${known.hint}`]),
    `  ${paint('dim', `See: ${docsOf(known?.code)}`)}`,
    ...(debug || known === undefined ? [paint('dim', stack)] : []),
    ...(debug && known?.cause instanceof Error ? [paint('dim', `caused by ${known.cause.stack}`)] : []),
  ];
  return lines.join('\n');
}

export function exitCodeFor(error: unknown): ExitCode {
  return error instanceof CutoverError ? exitCodeOf(error.code) : EXIT.failed;
}

function docsOf(code: string | undefined): string {
  return code === undefined ? 'docs/reference/errors.md' : `docs/reference/errors.md#${code.toLowerCase()}`;
}
