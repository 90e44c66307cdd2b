import { CutoverError } from '../kernel/index.ts';

const TRUE = ['true', '1', 'on', 'yes'];
const FALSE = ['false', '0', 'off', 'no'];

/**
 * What an environment variable says about a flag. Unset or empty has no opinion. Never by truthiness: the text
 * `false` is false.
 *
 * @throws CutoverError `ENVIRONMENT_VARIABLE_INVALID` for anything else, at start-up and not at the first call
 */
export function parseOverride(variable: string, text: string | undefined): boolean | undefined {
  const word = text?.trim().toLowerCase() ?? '';
  if (word === '') return undefined;
  if (TRUE.includes(word)) return true;
  if (FALSE.includes(word)) return false;
  throw new CutoverError(
    'ENVIRONMENT_VARIABLE_INVALID',
    `${variable}=${JSON.stringify(text)} is neither true nor false`,
    {
      hint: `set it to one of ${[...TRUE, ...FALSE].join(', ')}, or unset it`,
    },
  );
}
