import type { Command } from '../command.ts';
import { advance } from './advance.ts';
import { baselineRecord } from './baseline-record.ts';
import { baselineShow } from './baseline-show.ts';
import { flagHistory } from './flag-history.ts';
import { flagList } from './flag-list.ts';
import { flagSet } from './flag-set.ts';
import { kill } from './kill.ts';
import { log } from './log.ts';
import { logVerify } from './log-verify.ts';
import { pause } from './pause.ts';
import { planLint } from './plan-lint.ts';
import { planShow } from './plan-show.ts';
import { planValidate } from './plan-validate.ts';
import { resume } from './resume.ts';
import { rollback } from './rollback.ts';
import { run } from './run.ts';
import { status } from './status.ts';
import { which } from './which.ts';

/** Every command, in the order in which help lists them. */
export const COMMANDS: readonly Command[] = [
  run,
  status,
  pause,
  resume,
  advance,
  rollback,
  kill,
  flagList,
  flagSet,
  flagHistory,
  which,
  planShow,
  planValidate,
  planLint,
  log,
  logVerify,
  baselineRecord,
  baselineShow,
];
