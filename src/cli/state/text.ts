import type { Io } from '../io.ts';
import { counted } from '../render/text.ts';
import type { Problem, StreamState } from './verify.ts';

/** A stream as programs read it. */
export type StreamDocument = {
  readonly stream: string;
  readonly events: number;
  readonly head: string;
  readonly epoch: number | null;
};

export function streamDocument({ stream, events, head, epoch }: StreamState): StreamDocument {
  return { stream, events: events.length, head, epoch };
}

export function streamText({ stream, events, head, epoch }: StreamState): string {
  return `  ${stream}: ${counted(events.length, 'event')}, epoch ${epoch ?? '-'}, head ${head}`;
}

/** A file that is not what it should be, as an answer: every problem with its code. */
export function problemsText(file: string, problems: readonly Problem[], { paint }: Io): string {
  const listed = problems.map(({ code, what }) => `  ${code}: ${what}`);
  return [paint('bad', `✖ ${file} does not verify`), ...listed].join('\n');
}
