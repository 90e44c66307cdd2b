import type { Command } from '../command.ts';
import { advance } from './advance.ts';
import { approve } from './approve.ts';
import { baselineRecord } from './baseline-record.ts';
import { baselineShow } from './baseline-show.ts';
import { benchmark } from './benchmark.ts';
import { check } from './check.ts';
import { checklist } from './checklist.ts';
import { compare } from './compare.ts';
import { complaintAdd } from './complaint-add.ts';
import { complete } from './complete.ts';
import { completionOf } from './completion.ts';
import { doctor } from './doctor.ts';
import { flagClearCache } from './flag-clear-cache.ts';
import { flagHistory } from './flag-history.ts';
import { flagList } from './flag-list.ts';
import { flagSet } from './flag-set.ts';
import { gateExplain } from './gate-explain.ts';
import { history } from './history.ts';
import { init } from './init.ts';
import { kill } from './kill.ts';
import { log } from './log.ts';
import { logVerify } from './log-verify.ts';
import { mismatchesExplain } from './mismatches-explain.ts';
import { mismatchesList } from './mismatches-list.ts';
import { mismatchesReplay } from './mismatches-replay.ts';
import { mismatchesShow } from './mismatches-show.ts';
import { pause } from './pause.ts';
import { planCalendar } from './plan-calendar.ts';
import { planLint } from './plan-lint.ts';
import { planPowerCommand } from './plan-power.ts';
import { planShow } from './plan-show.ts';
import { planSimulate } from './plan-simulate.ts';
import { planValidate } from './plan-validate.ts';
import { reject } from './reject.ts';
import { replayHttpCommand } from './replay-http.ts';
import { replay } from './replay.ts';
import { resume } from './resume.ts';
import { rollback } from './rollback.ts';
import { run } from './run.ts';
import { serve } from './serve.ts';
import { skip } from './skip.ts';
import { stateBackup } from './state-backup.ts';
import { statePrepare } from './state-prepare.ts';
import { stateRestore } from './state-restore.ts';
import { status } from './status.ts';
import { tokenCreate } from './token-create.ts';
import { tokenList } from './token-list.ts';
import { tokenRevoke } from './token-revoke.ts';
import { uninstall } from './uninstall.ts';
import { wait } from './wait.ts';
import { which } from './which.ts';

/** Every command, in the order in which help lists them. */
export const COMMANDS: readonly Command[] = [
  init,
  run,
  status,
  wait,
  pause,
  resume,
  advance,
  skip,
  checklist,
  check,
  approve,
  reject,
  rollback,
  kill,
  flagList,
  flagSet,
  flagHistory,
  flagClearCache,
  complaintAdd,
  which,
  planPowerCommand,
  planShow,
  planValidate,
  planLint,
  planSimulate,
  planCalendar,
  history,
  mismatchesList,
  mismatchesShow,
  mismatchesExplain,
  mismatchesReplay,
  compare,
  replayHttpCommand,
  benchmark,
  doctor,
  serve,
  tokenCreate,
  tokenList,
  tokenRevoke,
  stateBackup,
  statePrepare,
  stateRestore,
  log,
  logVerify,
  gateExplain,
  replay,
  baselineRecord,
  baselineShow,
  uninstall,
  completionOf(() => COMMANDS),
  complete,
];
