import type { State } from '../../engine/index.ts';
import { counted } from './text.ts';

type Seen = NonNullable<NonNullable<NonNullable<State['run']>['look']>['assignment']>;

const LEFT: Readonly<Record<keyof Seen['seen']['left'], string>> = {
  'no share': 'of repositories of which no share of calls is drawn',
  instance: 'of instances whose side something else decides',
  epoch: 'around a change of the routing state',
  pinned: 'of instances that pinned scopes, which are decided once for many calls',
  shadow: 'of instances with a shadow',
};

/** Whether calls were divided as the exposure says, a sentence each: what is wrong, else what was compared and what was not. */
export function assignmentTexts(look: Seen | null): readonly string[] {
  if (look === null) return [];
  const { seen, findings } = look;
  if (findings.length > 0) return findings.map(({ code, text }) => `Assignment (${code}): ${text}`);
  const drawn = Object.entries(seen.drawn).map(([name, { share, candidate, control }]) => {
    const calls = candidate + control;
    return `${name} was to have ${percent(share)}, and has ${percent(candidate / Math.max(1, calls))} of ${counted(calls, 'call')}`;
  });
  const left = Object.entries(seen.left).map(
    ([why, calls]) => `${counted(calls, 'call')} ${LEFT[why as keyof typeof LEFT] ?? why}`,
  );
  return [
    ...(drawn.length === 0 ? [] : [`Assignment: ${drawn.join('; ')}.`]),
    ...(left.length === 0 ? [] : [`Assignment is not compared for ${left.join(', ')}.`]),
  ];
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}
