import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UNSET_FLAG, type FlagState, type RoutingState } from '../route/index.ts';
import { whichAnswer } from './which.ts';

const state = (edit: Partial<RoutingState> = {}): RoutingState => ({
  v: 1,
  migration: 'swap',
  environment: 'live',
  epoch: 3,
  salt: 'swap',
  failSide: 'control',
  byEnvironment: false,
  global: UNSET_FLAG,
  repositories: { user: UNSET_FLAG },
  allow: [],
  deny: [],
  staleAfterMs: 10_000,
  ...edit,
});
const share = (exposure: number, of: FlagState['of'], instances: readonly string[] = []): FlagState => ({
  exposure,
  of,
  instances,
  killed: false,
});
const nobody = { key: undefined, instance: undefined };

describe('whichAnswer', () => {
  it.each([
    ['nothing is set', state(), nobody, 'control', 'default'],
    [
      'traffic is shared and no key was given',
      state({ global: share(1_000, 'traffic') }),
      nobody,
      'split',
      'global exposure',
    ],
    [
      'everybody is exposed',
      state({ global: share(10_000, 'traffic') }),
      nobody,
      'candidate',
      'global exposure',
    ],
    [
      'instances are shared',
      state({ global: share(1_000, 'instances', ['a']) }),
      nobody,
      'split',
      'global exposure',
    ],
    [
      'the instance is named',
      state({ global: share(1_000, 'instances', ['a']) }),
      { ...nobody, instance: 'a' },
      'candidate',
      'global exposure',
    ],
    [
      "the repository's own flag is set",
      state({ global: share(10_000, 'users'), repositories: { user: share(0, 'users') } }),
      { ...nobody, key: 'ana' },
      'control',
      'repository exposure',
    ],
    ['the key is allowed', state({ allow: ['ana'] }), { ...nobody, key: 'ana' }, 'candidate', 'allow list'],
    [
      'the key is on both lists',
      state({ allow: ['ana'], deny: ['ana'] }),
      { ...nobody, key: 'ana' },
      'control',
      'deny list',
    ],
    [
      'everything is killed past the point of no return',
      state({ failSide: 'candidate', global: { ...share(0, 'users'), killed: 'hard' } }),
      nobody,
      'candidate',
      'killed',
    ],
  ] as const)('answers when %s', (_, routing, asker, side, why) => {
    expect(whichAnswer(routing, 'user', asker)).toMatchObject({ side, why });
  });

  it('marks exactly one rule as the one that applies, and says the bucket of the key', () => {
    const flag = fc.record({
      exposure: fc.constantFrom(0, 500, 10_000, 'unset' as const),
      of: fc.constantFrom('users' as const, 'traffic' as const, 'instances' as const),
      instances: fc.constant(['a']),
      killed: fc.constantFrom(false as const, 'drain' as const, 'hard' as const),
    });
    fc.assert(
      fc.property(flag, flag, fc.option(fc.string(), { nil: undefined }), (global, user, key) => {
        const answer = whichAnswer(state({ global, repositories: { user }, deny: ['x'] }), 'user', {
          key,
          instance: 'a',
        });
        expect(answer.rules.filter(({ applies }) => applies)).toHaveLength(1);
        expect(answer.bucket === null).toBe(key === undefined);
      }),
    );
  });
});
