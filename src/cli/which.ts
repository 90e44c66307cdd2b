import {
  bucket,
  decide,
  FULL_EXPOSURE,
  UNSET_FLAG,
  type FlagState,
  type RoutingState,
  type Why,
} from '../route/index.ts';
import { flagValueText } from './render/flag.ts';

/** Who asks: nothing known, a sticky key, an instance, or both. */
export type Asker = { readonly key: string | undefined; readonly instance: string | undefined };

/** One rule of the precedence, and what it says here. */
export type Rule = { readonly rule: string; readonly applies: boolean; readonly says: string };

export type WhichAnswer = {
  readonly repository: string;
  /** `split`: it differs from call to call or from instance to instance, and nobody said which one is meant. */
  readonly side: 'control' | 'candidate' | 'split';
  readonly why: Why;
  readonly says: string;
  /** 0..9999 of the key; on the candidate below the exposure. */
  readonly bucket: number | null;
  readonly rules: readonly Rule[];
};

/**
 * Which implementation a call gets by the stored state: the same decision that an application makes, for an instance
 * that is up to date, has no override of its own and no pin. What instances really do they report themselves.
 */
export function whichAnswer(state: RoutingState, repository: string, asker: Asker): WhichAnswer {
  const { key, instance } = asker;
  const local = {
    instance: instance ?? '',
    override: { repository: undefined, global: undefined },
    guardTripped: false,
    localKill: false,
    stale: false,
  };
  const { side, why } = decide(state, repository, local, { key, pinned: undefined, random: () => 0 });
  const at = key === undefined ? null : bucket(state.salt, key);
  const own = state.repositories[repository] ?? UNSET_FLAG;
  const deciding = why === 'repository exposure' ? own : why === 'global exposure' ? state.global : undefined;
  const isSplit = deciding !== undefined && splits(deciding, asker);
  const rules = rulesOf(state, own, why, asker, at);
  const says = rules.find(({ applies }) => applies)?.says ?? '';
  return { repository, side: isSplit ? 'split' : side, why, says, bucket: at, rules };
}

function splits({ exposure, of }: FlagState, { key, instance }: Asker): boolean {
  if (exposure === 'unset' || exposure === 0 || exposure === FULL_EXPOSURE) return false;
  return of === 'instances' ? instance === undefined : key === undefined;
}

/** The rules in the order in which they are asked; the first that applies wins. */
function rulesOf(
  state: RoutingState,
  own: FlagState,
  why: Why,
  asker: Asker,
  at: number | null,
): readonly Rule[] {
  const rule = (name: string, whys: readonly Why[], says: string): Rule => ({
    rule: name,
    applies: whys.includes(why),
    says,
  });
  const killed =
    own.killed !== false
      ? 'this repository is killed'
      : state.global.killed !== false
        ? 'everything is killed'
        : 'not killed';
  return [
    rule('pin', ['pinned'], 'a scope finishes on the side it started on, unless the kill is --hard'),
    rule(
      'kill, guard, staleness',
      ['killed', 'guard', 'local kill', 'stale'],
      `${killed}; the fail side is ${state.failSide}`,
    ),
    rule(
      'environment variable',
      ['environment'],
      `false is control; true is ${state.byEnvironment ? 'obeyed' : 'reported and not obeyed'} in this phase`,
    ),
    rule('deny and allow lists', ['deny list', 'allow list'], listText(state, asker.key, why)),
    rule("repository's flag", ['repository exposure'], exposureText(own, asker, at)),
    rule('global flag', ['global exposure'], exposureText(state.global, asker, at)),
    rule('otherwise', ['default'], 'control'),
  ];
}

function listText({ allow, deny }: RoutingState, key: string | undefined, why: Why): string {
  if (why === 'deny list' || why === 'allow list') return `${JSON.stringify(key)} is on the ${why}`;
  return `${deny.length} keys denied, ${allow.length} allowed${key === undefined ? '; no key was given' : ''}`;
}

function exposureText(flag: FlagState, { key, instance }: Asker, at: number | null): string {
  const value = flagValueText(flag);
  if (flag.exposure === 'unset' || flag.killed !== false) return value;
  if (flag.of === 'instances') {
    const named =
      instance === undefined
        ? ''
        : `; ${instance} is ${flag.instances.includes(instance) ? '' : 'not '}one of them`;
    return `${value}: ${flag.instances.join(', ') || 'none yet'}${named}`;
  }
  if (at === null)
    return flag.of === 'users'
      ? `${value}; without a key: the fail side`
      : `${value}, drawn for each call without a key`;
  const held = flag.holdback !== undefined && at >= flag.exposure ? ': held back as control group' : '';
  return `${value}; bucket of ${JSON.stringify(key)} is ${at}, exposed below ${flag.exposure}${held}`;
}
