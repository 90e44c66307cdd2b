import { signal } from '@preact/signals';

/** What was done last, for whoever did it: the frame shows it and has it read out. */
export const said = signal<string | null>(null);

/** Long enough to be read; the log has it for good. Milliseconds. */
const SHOWN_MS = 12_000;

let timer: ReturnType<typeof setTimeout> | undefined;

export function say(text: string): void {
  clearTimeout(timer);
  said.value = text;
  timer = setTimeout(() => (said.value = null), SHOWN_MS);
}
