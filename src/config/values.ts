import { z } from 'zod';
import { CutoverError, parseDuration, parseQuantity } from '../kernel/index.ts';
import { show } from './problem.ts';

/** Ten years: longer is a slip of the unit. */
const LONGEST_MS = 3_660 * 24 * 3_600_000;

const spellings = (pattern: RegExp, what: string) =>
  z.string().regex(pattern, { error: ({ input }) => `${show(input)} is not ${what}` });

/** Names a migration, an environment, a phase or a step: they become part of file names and commands. */
export const id = spellings(
  /^(?=.{1,64}$)[a-z0-9]+(?:-[a-z0-9]+)*$/,
  'an id: write up to 64 lower-case letters and digits, words joined by "-"',
);
export const name = spellings(
  /^(?=.{1,64}$)[A-Za-z][\w-]*$/,
  'a name: write a letter, then up to 63 letters, digits, "_" or "-"',
);
export const flagName = spellings(
  /^(?=.{1,128}$)[A-Za-z_][\w.-]*$/,
  'a flag name: write a letter, then letters, digits, "_", "-" or "."',
);
export const environmentVariable = spellings(
  /^(?=.{1,128}$)[A-Za-z_][A-Za-z0-9_]*$/,
  'the name of an environment variable: write letters, digits and "_"',
);
/** The same where an address with its password might be written by mistake: what is there is not shown. */
export const addressVariable = z.string().regex(/^(?=.{1,128}$)[A-Za-z_][A-Za-z0-9_]*$/, {
  error: 'is not the name of an environment variable; the address itself is set there, never in the plan',
});
export const headerName = spellings(/^[!#$%&'*+.^`|~\w-]+$/, 'the name of an HTTP header');

/** Text that has something in it. */
export const text = z.string().refine((value) => value.trim() !== '', { error: 'is empty' });

/** Text for an operating system or a protocol, where a NUL would cut it. */
export const plainText = z
  .string()
  .refine((value) => !value.includes('\0'), { error: 'holds a NUL character' });

/** A list with at least one entry, none of them twice. */
export const namesOf = (what: string) =>
  z
    .array(z.string())
    .min(1, { error: `is empty; leave it out for all ${what}` })
    .refine((list) => new Set(list).size === list.length, { error: 'names something twice' });

const ROUTE = /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|OTHER) \/\S*$/;

/** Routes as the request middleware counts them. */
export const routes = namesOf('routes').refine((list) => list.every((one) => ROUTE.test(one)), {
  error: ({ input }) => `${show(input)} names no route: write a method and a pattern, "GET /bikes/:id"`,
});

export const between = (low: number, high: number) =>
  z.number().refine((value) => value >= low && value <= high, {
    error: ({ input }) => `${show(input)} is outside ${low}..${high}`,
  });

export const wholeBetween = (low: number, high: number) =>
  between(low, high).refine(Number.isInteger, {
    error: ({ input }) => `${show(input)} is not a whole number`,
  });

const percentBetween = (low: number, high: number) =>
  between(low, high)
    .refine((percent) => Number(percent.toFixed(2)) === percent, {
      error: ({ input }) => `${show(input)} has more than two decimals; the smallest step is 0.01`,
    })
    .transform((percent) => Math.round(percent * 100));

/** Percent as written, 1/100 of a percent as stored. */
export const exposure = percentBetween(0, 100);
/** A control group is smaller than what it is compared with. */
export const holdback = percentBetween(0.01, 50);

/** Milliseconds, from one duration to another one. */
export const timespanBetween = (least: string, longest: string) =>
  z.string().transform((written, context) => {
    const ms = kernelParsed(() => parseDuration(written), context);
    if (ms === undefined) return z.NEVER;
    if (ms >= parseDuration(least) && ms <= parseDuration(longest)) return ms;
    context.addIssue(`${show(written)} is outside ${least}..${longest}`);
    return z.NEVER;
  });

/** Milliseconds, at least one. */
export const timespan = timespanBetween('1ms', '3660d');
/** Milliseconds; none is allowed. */
export const timespanOrNone = timespanBetween('0s', '3660d');

/** Milliseconds before (`-7d`) or after (`1h`) something. */
export const offset = z.string().transform((written, context) => {
  const isBefore = written.trimStart().startsWith('-');
  const ms = kernelParsed(() => parseDuration(written.replace(/^\s*[+-]/, '')), context);
  if (ms === undefined || ms > LONGEST_MS) return z.NEVER;
  return isBefore && ms > 0 ? -ms : ms;
});

/** How a limit was written matters for the check of its unit, so both are kept. */
export type Limit = { readonly written: string | number; readonly value: number };

/** A threshold: never below zero, since what is limited is a size or a growth. */
export const limit = z.union([z.number(), z.string()]).transform((written, context): Limit => {
  const value = kernelParsed(() => parseQuantity(written), context);
  if (value === undefined) return z.NEVER;
  if (value >= 0 && value <= Number.MAX_SAFE_INTEGER) return { written, value };
  context.addIssue(`${show(written)} is outside 0..${Number.MAX_SAFE_INTEGER}`);
  return z.NEVER;
});

/** Runs a parser of the kernel; what it refuses becomes an issue with its message and hint. */
function kernelParsed(parse: () => number, context: z.RefinementCtx): number | undefined {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof CutoverError)) throw error;
    context.addIssue(`${error.message}: ${error.hint ?? ''}`);
    return undefined;
  }
}
