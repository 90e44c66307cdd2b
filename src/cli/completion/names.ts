import { allFlagNames, type Plan } from '../../plan/index.ts';

export const NAME_KINDS = ['environments', 'repositories', 'flags'] as const;

/** What a plan names and a command takes. */
export type NameKind = (typeof NAME_KINDS)[number];

export type PlanNames = Readonly<Record<NameKind, readonly string[]>>;

export function isNameKind(text: string): text is NameKind {
  return NAME_KINDS.some((kind) => kind === text);
}

export function planNames({ environments, repositories, flag }: Plan): PlanNames {
  return {
    environments: environments.map(({ name }) => name),
    repositories: Object.keys(repositories),
    flags: allFlagNames({ global: flag, repositories }),
  };
}

/** The value of `--config` in a line that is not finished. Some shells hand over `--config=a` as three words. */
export function configIn(words: readonly string[]): string | null {
  const at = words.findIndex((word) => word === '--config' || word.startsWith('--config='));
  if (at < 0) return null;
  const [, joined] = (words[at] ?? '').split(/=(.*)/s);
  if (joined !== undefined && joined !== '') return joined;
  return (words[at + 1] === '=' ? words[at + 2] : words[at + 1]) ?? null;
}
