import type { Captured, CompareRules, RedactOptions } from '../compare/index.ts';
import type { Clock, Random } from '../kernel/index.ts';
import type { ShadowedRepository } from '../repository/index.ts';
import type { Side } from '../route/index.ts';
import type { Answer } from './ask.ts';
import type { Settings } from './settings.ts';
import type { Timers } from './timers.ts';

/** One read of one repository, and what its shadow needs. */
export type Watched = {
  readonly read: string;
  readonly repository: ShadowedRepository;
  readonly rules: CompareRules;
  readonly redact: RedactOptions;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly random: Random;
  /** It is not shadowed any more. @param why the first of them is told */
  readonly switchOff: (why: string) => void;
};

/** A call that was drawn. */
export type DrawnCall = {
  /** A copy, of which each side is given another one. */
  readonly args: readonly Captured[];
  readonly served: Side;
  readonly timers: Timers<Answer>;
};
