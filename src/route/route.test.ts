import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../kernel/index.ts';
import {
  bucket,
  compileRoute,
  decide,
  parseOverride,
  parseRoutingState,
  UNSET_FLAG,
  type Call,
  type FlagState,
  type Local,
  type RoutingState,
} from './index.ts';

const flag = (more: Partial<FlagState>): FlagState => ({ ...UNSET_FLAG, ...more });
const state = (more: Partial<RoutingState> = {}): RoutingState => ({
  v: 1,
  migration: 'm',
  environment: 'production',
  epoch: 7,
  salt: 'm',
  failSide: 'control',
  byEnvironment: false,
  global: UNSET_FLAG,
  repositories: { user: UNSET_FLAG, bike: UNSET_FLAG },
  allow: [],
  deny: [],
  staleAfterMs: 10_000,
  ...more,
});
const local = (more: Partial<Local> = {}): Local => ({
  instance: 'i1',
  override: { repository: undefined, global: undefined },
  guardTripped: false,
  localKill: false,
  stale: false,
  ...more,
});
const call = (more: Partial<Call> = {}): Call => ({
  key: 'ana',
  pinned: undefined,
  random: () => 0.5,
  ...more,
});
const full = flag({ exposure: 10_000 });
const none = flag({ exposure: 0 });
const killed = flag({ exposure: 0, killed: 'drain' });
const hard = flag({ exposure: 0, killed: 'hard' });

/** One line for each rule, in order: what holds from here on loses to what stands above it. */
const TABLE: readonly (readonly [
  string,
  RoutingState | undefined,
  Local,
  Call,
  'control' | 'candidate',
  string,
])[] = [
  [
    'a pin finishes where it started, through a kill',
    state({ global: killed }),
    local(),
    call({ pinned: 'candidate' }),
    'candidate',
    'pinned',
  ],
  [
    'a pin holds against every rule below',
    state({ global: full }),
    local({ stale: true, localKill: true }),
    call({ pinned: 'control' }),
    'control',
    'pinned',
  ],
  [
    'a hard kill does not wait for pins',
    state({ global: hard }),
    local(),
    call({ pinned: 'candidate' }),
    'control',
    'killed',
  ],
  [
    'a hard kill of one repository does not either',
    state({ repositories: { user: hard } }),
    local(),
    call({ pinned: 'candidate' }),
    'control',
    'killed',
  ],
  ['nothing known is control', undefined, local({ stale: true }), call(), 'control', 'stale'],
  [
    'the global kill takes every repository',
    state({ global: killed, repositories: { user: full } }),
    local(),
    call(),
    'control',
    'killed',
  ],
  [
    'a repository kill takes that repository',
    state({ global: full, repositories: { user: killed } }),
    local(),
    call(),
    'control',
    'killed',
  ],
  [
    'a kill beats an override',
    state({ global: killed, byEnvironment: true }),
    local({ override: { repository: true, global: true } }),
    call(),
    'control',
    'killed',
  ],
  [
    'a tripped guard is the fail side',
    state({ global: full }),
    local({ guardTripped: true }),
    call(),
    'control',
    'guard',
  ],
  [
    'a kill file is the fail side',
    state({ global: full }),
    local({ localKill: true }),
    call(),
    'control',
    'local kill',
  ],
  ['stale is the fail side', state({ global: full }), local({ stale: true }), call(), 'control', 'stale'],
  [
    'stale past the point of no return is the candidate',
    state({ failSide: 'candidate', global: none }),
    local({ stale: true }),
    call(),
    'candidate',
    'stale',
  ],
  [
    'the repository override comes before the global one',
    state({ byEnvironment: true }),
    local({ override: { repository: false, global: true } }),
    call(),
    'control',
    'environment',
  ],
  [
    'and true of it before false of the global one',
    state({ byEnvironment: true }),
    local({ override: { repository: true, global: false } }),
    call(),
    'candidate',
    'environment',
  ],
  [
    'false is always obeyed',
    state({ global: full }),
    local({ override: { repository: undefined, global: false } }),
    call(),
    'control',
    'environment',
  ],
  [
    'true is obeyed where the step says so',
    state({ byEnvironment: true }),
    local({ override: { repository: undefined, global: true } }),
    call(),
    'candidate',
    'environment',
  ],
  [
    'and ignored elsewhere',
    state({ global: none }),
    local({ override: { repository: true, global: true } }),
    call(),
    'control',
    'global exposure',
  ],
  [
    'an override beats the lists',
    state({ allow: ['ana'] }),
    local({ override: { repository: undefined, global: false } }),
    call(),
    'control',
    'environment',
  ],
  [
    'deny beats allow',
    state({ global: full, allow: ['ana'], deny: ['ana'] }),
    local(),
    call(),
    'control',
    'deny list',
  ],
  [
    'allow beats an exposure of nothing',
    state({ global: none, allow: ['ana'] }),
    local(),
    call(),
    'candidate',
    'allow list',
  ],
  [
    'allow works before anything is exposed',
    state({ allow: ['ana'] }),
    local(),
    call(),
    'candidate',
    'allow list',
  ],
  ['lists need a key', state({ allow: ['ana'] }), local(), call({ key: undefined }), 'control', 'default'],
  [
    'the repository exposure beats a global one that is down',
    state({ global: none, repositories: { user: full } }),
    local(),
    call(),
    'candidate',
    'repository exposure',
  ],
  [
    'and a global one that is up',
    state({ global: full, repositories: { user: none } }),
    local(),
    call(),
    'control',
    'repository exposure',
  ],
  [
    'an unset repository has no opinion',
    state({ global: full }),
    local(),
    call(),
    'candidate',
    'global exposure',
  ],
  ['all unset is control', state(), local(), call(), 'control', 'default'],
  [
    'a named instance is on the candidate',
    state({ global: flag({ exposure: 1_000, of: 'instances', instances: ['i1'] }) }),
    local(),
    call(),
    'candidate',
    'global exposure',
  ],
  [
    'another one is not',
    state({ global: flag({ exposure: 1_000, of: 'instances', instances: ['i2'] }) }),
    local(),
    call(),
    'control',
    'global exposure',
  ],
  [
    'a share of users without a key is the fail side',
    state({ global: flag({ exposure: 10_000, of: 'users' }) }),
    local(),
    call({ key: undefined }),
    'control',
    'global exposure',
  ],
  [
    'a share of traffic without a key is a matter of chance',
    state({ global: flag({ exposure: 5_000 }) }),
    local(),
    call({ key: undefined, random: () => 0.49 }),
    'candidate',
    'global exposure',
  ],
  [
    'of chance',
    state({ global: flag({ exposure: 5_000 }) }),
    local(),
    call({ key: undefined, random: () => 0.5 }),
    'control',
    'global exposure',
  ],
];

describe('which implementation serves a call', () => {
  it.each(TABLE)('%s', (_, given, here, one, side, why) => {
    expect(decide(given, 'user', here, one)).toEqual({ side, why });
  });

  const flags = fc.record({
    exposure: fc.oneof(
      fc.constant('unset' as const),
      fc.constantFrom(0, 1, 5_000, 9_999, 10_000),
      fc.integer({ min: 0, max: 10_000 }),
    ),
    of: fc.constantFrom('traffic' as const, 'users' as const, 'instances' as const),
    instances: fc.subarray(['i1', 'i2']),
    killed: fc.constantFrom(false, false, false, 'drain', 'hard') as fc.Arbitrary<FlagState['killed']>,
  });
  const overrides = fc.constantFrom(undefined, undefined, true, false);

  it('is the same answer from the compiled route as from the table', () => {
    fc.assert(
      fc.property(
        fc.record({
          global: flags,
          user: flags,
          failSide: fc.constantFrom('control' as const, 'candidate' as const),
          byEnvironment: fc.boolean(),
          allow: fc.subarray(['ana', 'bea']),
          deny: fc.subarray(['ana', 'cy']),
        }),
        fc.record({ repository: overrides, global: overrides }),
        fc.boolean(),
        fc.boolean(),
        fc.option(fc.constantFrom('ana', 'bea', 'cy', 'dan', 'ü'), { nil: undefined }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        ({ user, ...more }, override, guardTripped, localKill, key, chance) => {
          const given = state({ ...more, repositories: { user } });
          const here = local({ override, guardTripped, localKill });
          const random = () => chance;
          const route = compileRoute(given, 'user', here);
          const expected = decide(given, 'user', here, { key, pinned: undefined, random }).side;
          expect(route.fixed ?? route.side(key, random)).toBe(expected);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('never takes anybody back to control when the exposure grows', () => {
    const exposure = fc.integer({ min: 0, max: 10_000 });
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        exposure,
        exposure,
        fc.constantFrom('users' as const, 'traffic' as const),
        (key, a, b, of) => {
          const side = (share: number) =>
            decide(state({ global: flag({ exposure: share, of }) }), 'user', local(), call({ key })).side;
          if (side(Math.min(a, b)) === 'candidate') expect(side(Math.max(a, b))).toBe('candidate');
        },
      ),
    );
  });

  it('exposes the same people in every repository', () => {
    const given = state({
      repositories: { user: flag({ exposure: 1_000 }), bike: flag({ exposure: 1_000 }) },
    });
    for (let id = 0; id < 500; id += 1) {
      const one = call({ key: `user-${id}` });
      expect(decide(given, 'user', local(), one).side).toBe(decide(given, 'bike', local(), one).side);
    }
  });

  it('exposes the share that was asked for, evenly', () => {
    for (const prefix of ['user-', '', 'ünïcode-']) {
      const counts = Array.from({ length: 100 }, () => 0);
      for (let id = 0; id < 40_000; id += 1) {
        const at = Math.floor(bucket('raw-sql-to-drizzle', `${prefix}${id}`) / 100);
        counts[at] = (counts[at] ?? 0) + 1;
      }
      const chiSquare = counts.reduce((sum, count) => sum + (count - 400) ** 2 / 400, 0);
      expect(chiSquare).toBeLessThan(148.2); // 99.9 % quantile with 99 degrees of freedom
    }
  });
});

describe('an override from the environment', () => {
  it('is read by its word, not by its truthiness', () => {
    for (const text of ['true', '1', 'on', 'YES', ' True ']) expect(parseOverride('X', text)).toBe(true);
    for (const text of ['false', '0', 'off', 'No']) expect(parseOverride('X', text)).toBe(false);
    for (const text of [undefined, '', '  ']) expect(parseOverride('X', text)).toBeUndefined();
  });

  it('is refused when it is neither, with the variable and the value', () => {
    expect(() => parseOverride('USE_DRIZZLE', 'maybe')).toThrow(
      'USE_DRIZZLE="maybe" is neither true nor false',
    );
  });
});

describe('a stored routing state', () => {
  it('is read back as it was written', () => {
    const given = state({ global: flag({ exposure: 500, of: 'instances', instances: ['a'] }), allow: ['x'] });
    expect(parseRoutingState(JSON.parse(JSON.stringify(given)))).toEqual(given);
  });

  it('of another version loses what is not known and gets what is safe', () => {
    const { staleAfterMs: _, byEnvironment: __, ...older } = state({ global: full });
    expect(parseRoutingState({ ...older, v: 2, colour: 'red' })).toEqual(state({ global: full }));
    expect(parseRoutingState({ ...older, global: { exposure: 99_999, killed: 'softly' } })?.global).toEqual(
      flag({ killed: 'drain' }),
    );
  });

  it('is nothing when it is garbage', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        const parsed = parseRoutingState(json);
        if (parsed !== undefined)
          expect(parsed.global.exposure === 'unset' || parsed.global.exposure >= 0).toBe(true);
      }),
    );
    for (const json of [null, 3, 'x', [], {}, { migration: 'm' }, { ...state(), epoch: 'NaN' }])
      expect(parseRoutingState(json)).toBeUndefined();
  });
});

it('is repeatable with a seeded generator', () => {
  const random = seededRandom(3);
  const given = state({ global: flag({ exposure: 5_000 }) });
  const sides = Array.from(
    { length: 1_000 },
    () => decide(given, 'user', local(), call({ key: undefined, random })).side,
  );
  const share = sides.filter((side) => side === 'candidate').length;
  expect(share).toBeGreaterThan(430);
  expect(share).toBeLessThan(570);
});
