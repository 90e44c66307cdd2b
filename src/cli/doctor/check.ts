import type { Paint, Style } from '../paint.ts';

/** One thing that was looked at. `bad` makes the command end with findings, a `warning` does not. */
export type Check = {
  readonly name: string;
  readonly state: 'ok' | 'warning' | 'bad';
  readonly message: string;
  /** What to do; `null` when it is well. */
  readonly fix: string | null;
};

export function ok(name: string, message: string): Check {
  return { name, state: 'ok', message, fix: null };
}

export function warning(name: string, message: string, fix: string): Check {
  return { name, state: 'warning', message, fix };
}

export function bad(name: string, message: string, fix: string): Check {
  return { name, state: 'bad', message, fix };
}

const MARKS: Readonly<Record<Check['state'], { readonly mark: string; readonly style: Style }>> = {
  ok: { mark: '✔', style: 'good' },
  warning: { mark: '!', style: 'warning' },
  bad: { mark: '✖', style: 'bad' },
};

/** One line a check, and one below for what to do. */
export function checkText({ name, state, message, fix }: Check, paint: Paint): string {
  const { mark, style } = MARKS[state];
  return `${paint(style, `${mark} ${name}`)}: ${message}${fix === null ? '' : `\n  Fix: ${fix}`}`;
}
