import { CutoverError } from '../kernel/index.ts';

/** One thing that is wrong with a plan: where, and what with the value and the limit. */
export type Problem = { readonly path: string; readonly message: string };

export type PathPart = string | number;

/** `phases[2].steps[0].exposure`; a key that is not a plain word is quoted: `environments["my env"]`. */
export function pathText(parts: readonly PathPart[]): string {
  return parts.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    if (!/^[A-Za-z_][\w-]*$/.test(part)) return `${text}[${JSON.stringify(part)}]`;
    return text === '' ? part : `${text}.${part}`;
  }, '');
}

export function problemAt(parts: readonly PathPart[], message: string): Problem {
  return { path: pathText(parts), message };
}

/** A value as a message shows it: JSON, cut to a length that fits a line. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** `CONFIG_INVALID` with every problem on its own line, and as data in `details.problems`. */
export function invalidPlan(problems: readonly Problem[]): CutoverError {
  const lines = problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  const [only] = lines;
  const message =
    lines.length === 1 && only !== undefined
      ? only
      : `the plan has ${lines.length} problems\n${lines.map((line) => `  ${line}`).join('\n')}`;
  return new CutoverError('CONFIG_INVALID', message, {
    hint: 'correct the configuration, then check it with `cutover plan validate`',
    details: { problems },
  });
}
