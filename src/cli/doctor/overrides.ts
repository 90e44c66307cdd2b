import { CutoverError } from '../../kernel/index.ts';
import type { Plan } from '../../plan/index.ts';
import { parseOverride } from '../../route/index.ts';
import { bad, type Check, ok, warning } from './check.ts';

const NAME = 'environment variables';

/** The variables that the plan's flags are overridden by, as they are where this command runs. */
export function checkOverrides(
  plan: Pick<Plan, 'flag' | 'repositories'>,
  env: Readonly<Record<string, string | undefined>>,
): readonly Check[] {
  const variables = [plan.flag, ...Object.values(plan.repositories)].flatMap((flag) => flag.env ?? []);
  if (variables.length === 0) return [ok(NAME, 'no flag of the plan has one')];
  const checks = variables.flatMap((variable) => checkOverride(variable, env[variable]) ?? []);
  return checks.length === 0 ? [ok(NAME, `${variables.join(', ')}: not set here`)] : checks;
}

function checkOverride(variable: string, text: string | undefined): Check | undefined {
  const name = `environment variable ${variable}`;
  try {
    const value = parseOverride(variable, text);
    if (value === undefined) return undefined;
    return warning(
      name,
      value
        ? 'true: an instance started here would serve the candidate while a step turns instances on that way'
        : 'false: an instance started here would serve control, whatever the plan says',
      `unset ${variable}, unless that is what you want`,
    );
  } catch (error) {
    if (!(error instanceof CutoverError)) throw error;
    return bad(name, `${error.message}; an instance started here would not start`, error.hint ?? 'unset it');
  }
}
