import type { ErrorCode } from '../kernel/index.ts';

/** What the command line ends with. `docs/reference/exit-codes.md` explains each. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  findings: 3,
  needsConfirmation: 4,
  rolledBack: 5,
  timeout: 6,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const BY_CODE: Partial<Readonly<Record<ErrorCode, ExitCode>>> = {
  CONFIG_NOT_FOUND: EXIT.usage,
  CONFIG_THREW: EXIT.usage,
  CONFIG_INVALID: EXIT.usage,
  USAGE: EXIT.usage,
  UNKNOWN_ENVIRONMENT: EXIT.usage,
  UNKNOWN_REPOSITORY: EXIT.usage,
  UNKNOWN_FLAG: EXIT.usage,
  UNKNOWN_METHOD: EXIT.usage,
  FLAG_VALUE_INVALID: EXIT.usage,
  ENVIRONMENT_VARIABLE_INVALID: EXIT.usage,
  COMPARE_INVALID: EXIT.usage,
  RECORDING_INVALID: EXIT.usage,
  CHECKPOINT_INVALID: EXIT.usage,
  ARGUMENTS_REDACTED: EXIT.usage,
  SHADOW_UNAVAILABLE: EXIT.usage,
  GUARD_INVALID: EXIT.usage,
  REASON_MISSING: EXIT.usage,
  LOG_BROKEN: EXIT.findings,
  PLAN_UNSOUND: EXIT.findings,
  GATE_SILENT: EXIT.findings,
  CONFIRMATION_NEEDED: EXIT.needsConfirmation,
  PLAN_CHANGED: EXIT.needsConfirmation,
  RED_NOT_ACKNOWLEDGED: EXIT.needsConfirmation,
  FLAG_FROZEN: EXIT.needsConfirmation,
  NOT_RESOLVED: EXIT.needsConfirmation,
  CHECKLIST_OPEN: EXIT.needsConfirmation,
  SAME_HANDS: EXIT.needsConfirmation,
  UNKNOWN_TOKEN: EXIT.usage,
  TIMEOUT: EXIT.timeout,
};

/** Mistakes in what was typed are 2, refusals that a person can lift are 4, everything else that fails is 1. */
export function exitCodeOf(code: ErrorCode): ExitCode {
  return BY_CODE[code] ?? EXIT.failed;
}
