import { createInterface } from 'node:readline/promises';
import { type Paint, paintFor } from './paint.ts';
import { jsonLine, terminalText } from './terminal-text.ts';

/**
 * Where a command writes. Answers go to standard output, what happens meanwhile to standard error; with `--json`
 * standard output gets documents and nothing else.
 */
export type Io = {
  readonly json: boolean;
  /** Columns of the terminal; 80 where there is none. */
  readonly width: number;
  /** Rows of the terminal that standard output is, or `null`. */
  readonly rows: number | null;
  readonly paint: Paint;
  readonly paintProgress: Paint;
  /** A line (or several) of the answer. */
  out(text: string): void;
  /** A line about what happens. */
  progress(text: string): void;
  /** As it is, without a line end: nothing that somebody else may have written. */
  raw(text: string): void;
  /** Asks the person; `null` without a terminal, and with `--json`. */
  readonly ask: ((question: string) => Promise<string>) | null;
};

/** A document that programs read. `schema` names its shape and version. */
export type Document = { readonly schema: `cutover.${string}/${number}`; readonly [member: string]: unknown };

/** Prints an answer: the document with `--json`, otherwise the text. */
export function answer(io: Io, document: Document, text: () => string): void {
  if (io.json) printDocument(io, document);
  else io.out(text());
}

/** One document on one line. */
export function printDocument(io: Io, document: Document): void {
  io.raw(`${jsonLine(document)}\n`);
}

/** The process's own streams. */
export function processIo(json: boolean, signal: AbortSignal): Io {
  const { stdout, stderr, stdin } = process;
  const canAsk = !json && stdin.isTTY && stderr.isTTY;
  const paint = paintFor(stdout);
  const paintProgress = paintFor(stderr);
  return {
    json,
    width: stdout.isTTY ? Math.max(40, stdout.columns) : 80,
    rows: stdout.isTTY ? stdout.rows : null,
    paint,
    paintProgress,
    out: (text) => void stdout.write(`${terminalText(text, paint)}\n`),
    progress: (text) => void stderr.write(`${terminalText(text, paintProgress)}\n`),
    raw: (text) => void stdout.write(text),
    ask: canAsk ? (question) => askOn(terminalText(question, paintProgress), signal) : null,
  };
}

async function askOn(question: string, signal: AbortSignal): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(question, { signal });
  } finally {
    terminal.close();
  }
}
