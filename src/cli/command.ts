import type { Clock, Random } from '../kernel/index.ts';
import type { ExitCode } from './exit.ts';
import type { Given } from './given.ts';
import type { Io } from './io.ts';

/** A command as data. Parsing, help and reference pages are made from it. */
export type Command = {
  /** One word, or a group and a word: `flag set`. */
  readonly name: string;
  readonly summary: string;
  readonly arguments?: readonly Argument[];
  readonly options?: readonly Option[];
  readonly examples: readonly string[];
  /** Refused with --read-only. */
  readonly mutates: boolean;
  /** For programs: neither in help nor in the reference. */
  readonly hidden?: boolean;
  run(context: Context): Promise<ExitCode>;
};

export type Argument = {
  /** With `...` behind it: any number of them. */
  readonly name: string;
  readonly summary: string;
  readonly optional?: boolean;
  /** The only values that it may have. */
  readonly choices?: readonly string[];
};

export type Option = {
  /** `--for <duration>`; without a value it is on or off. */
  readonly flags: string;
  readonly summary: string;
  /** May be given more than once. */
  readonly repeatable?: boolean;
};

/** All that a command may know of the world. */
export type Context = {
  readonly given: Given;
  readonly io: Io;
  readonly clock: Clock;
  readonly random: Random;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborts when the person interrupts (Ctrl-C, SIGTERM). */
  readonly signal: AbortSignal;
};
