import { createInterface } from 'node:readline/promises';
import { type Paint, paintFor } from './paint.ts';

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
  /** As it is, without a line end. */
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
  io.raw(`${JSON.stringify(document)}\n`);
}

/** The process's own streams. */
export function processIo(json: boolean, signal: AbortSignal): Io {
  const { stdout, stderr, stdin } = process;
  const canAsk = !json && stdin.isTTY && stderr.isTTY;
  return {
    json,
    width: stdout.isTTY ? Math.max(40, stdout.columns) : 80,
    rows: stdout.isTTY ? stdout.rows : null,
    paint: paintFor(stdout),
    paintProgress: paintFor(stderr),
    out: (text) => void stdout.write(`${text}\n`),
    progress: (text) => void stderr.write(`${text}\n`),
    raw: (text) => void stdout.write(text),
    ask: canAsk ? (question) => askOn(question, signal) : null,
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
