import { CutoverError, dateNumber, hasControls, parseDuration } from '../kernel/index.ts';

/** What was typed behind the command, by the names in its table. */
export type Given = {
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, OptionValue>>;
};

export type OptionValue = string | boolean | readonly string[] | undefined;

export function textOption(given: Given, name: string): string | undefined {
  const value = given.options[name];
  return typeof value === 'string' ? value : undefined;
}

/** A text that is kept in the log, where it is one line. @throws CutoverError `USAGE` with the option's name */
export function lineOption(given: Given, name: string): string | undefined {
  const text = textOption(given, name);
  return text === undefined ? undefined : lineOf(text, `--${name}`);
}

/** @throws CutoverError `USAGE` with where it was typed */
export function lineOf(text: string, where: string): string {
  if (!hasControls(text)) return text;
  throw new CutoverError('USAGE', `${where} has control characters or line ends`, {
    hint: 'write it as one line of plain text: it is shown wherever the log is',
  });
}

export function isOn(given: Given, name: string): boolean {
  return given.options[name] === true;
}

/** The values of a repeatable option; `null` when it was not given, which commands read as "all". */
export function listOption(given: Given, name: string): readonly string[] | null {
  const value = given.options[name];
  return Array.isArray(value) && value.length > 0 ? value.map(String) : null;
}

/** A date as given. @throws CutoverError `USAGE` with the option's name */
export function dateOption(given: Given, name: string): string | undefined {
  const text = textOption(given, name);
  if (text === undefined || dateNumber(text) !== undefined) return text;
  const option = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new CutoverError('USAGE', `--${option} ${text}: expected a date`, {
    hint: `write --${option} 2026-11-24`,
  });
}

/** Milliseconds. @throws CutoverError `USAGE` with the option's name */
export function durationOption(given: Given, name: string): number | undefined {
  const text = textOption(given, name);
  return text === undefined ? undefined : positiveDuration(text, `--${name}`);
}

/** A whole number of at least 1. @throws CutoverError `USAGE` with the option's name */
export function countOption(given: Given, name: string): number | undefined {
  const text = textOption(given, name);
  return text === undefined ? undefined : countOf(text, `--${name}`);
}

/** @throws CutoverError `USAGE` with where it was typed */
export function countOf(text: string, where: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= 1e9) return count;
  throw new CutoverError('USAGE', `${where} ${text}: expected a whole number of at least 1`, {
    hint: `write ${where.startsWith('--') ? `${where} 20` : '3'}`,
  });
}

/** A number above 0: 1.1 is a tenth more. @throws CutoverError `USAGE` with the option's name */
export function ratioOption(given: Given, name: string): number | undefined {
  const text = textOption(given, name);
  if (text === undefined) return undefined;
  const ratio = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && ratio > 0) return ratio;
  const flag = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new CutoverError('USAGE', `--${flag} ${text}: expected a ratio above 0`, {
    hint: `write --${flag} 1.1 for at most a tenth more`,
  });
}

export function positiveDuration(text: string, where: string): number {
  try {
    const ms = parseDuration(text);
    if (ms > 0 && Number.isFinite(ms)) return ms;
  } catch (error) {
    if (!(error instanceof CutoverError)) throw error;
    throw new CutoverError(
      'USAGE',
      `${where}: ${error.message}`,
      error.hint === undefined ? {} : { hint: error.hint },
    );
  }
  throw new CutoverError('USAGE', `${where}: ${JSON.stringify(text)} is not longer than 0`, {
    hint: 'write a time such as 30s',
  });
}
