import { createContext, runInContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { choicesOf, filtered, filterFrom } from './mismatch-filter.ts';
import { differingPlaces, ignoreRuleText, issueText, type Explanation, type Group } from './mismatch-text.ts';

const GROUP: Group = {
  id: '0a0b0c0d',
  repository: 'user',
  operation: 'find',
  kind: 'type',
  path: '[].total',
  as: 'number',
  count: 12,
  firstAt: 0,
  lastAt: 60_000,
  instances: ['web-1', 'web-2'],
  epochs: { first: 2, last: 4 },
  sample: {
    at: '[3].total',
    control: '12.5',
    candidate: '"12.50"',
    args: ['7', '‹redacted 12 chars›'],
    served: 'control',
    controlMs: 1.2,
    candidateMs: 3.4,
  },
};
const EXPLAINED: Explanation = {
  group: GROUP,
  because: ['the types are not the same'],
  normalised: [],
  noise: 'not known',
  answers: { compared: 100, different: 12 },
  coveredBy: null,
  notCoveredBy: [],
  wouldCover: [],
  wouldNotCover: [],
  together: [],
  ignore: { path: '[].total', kind: 'type', owner: 'ana', reason: '', expires: '2026-12-31' },
};

describe('the text of an ignore rule', () => {
  it('is code that says what was typed, whatever that is', () => {
    const text = fc.string({ unit: 'grapheme' });
    const realm = createContext();
    const names = fc.string().filter((name) => name !== '__proto__');
    fc.assert(
      fc.property(text, text, text, names, (owner, reason, path, operation) => {
        const rule = ignoreRuleText({ ...GROUP, path, operation }, { owner, reason, expires: '2026-12-31' });
        const read: unknown = runInContext(`({${rule}})`, realm);
        const flat = (typed: string): string => typed.trim().replaceAll(/[\r\n]/g, ' ');
        expect(read).toEqual({
          [operation.replaceAll(/[\r\n]/g, ' ')]: {
            ignore: [
              {
                path: flat(path),
                kind: 'type',
                owner: flat(owner),
                reason: flat(reason),
                expires: '2026-12-31',
              },
            ],
          },
        });
      }),
    );
  });
});

describe('the text of an issue', () => {
  it('has what differs, in which call, how often, and the command that makes it again', () => {
    const text = issueText(EXPLAINED, 'shop', 'production');
    for (const part of [
      'user.find: type at [].total',
      '`[3].total`',
      'control    12.5',
      'candidate  "12.50"',
      '‹redacted 12 chars›',
      '12 times on 2 instances, from 1970-01-01T00:00:00.000Z',
      'cutover mismatches replay 0a0b0c0d --environment production',
    ])
      expect(text).toContain(part);
    const { sample: _sample, ...without } = GROUP;
    const nothing = issueText({ ...EXPLAINED, group: without }, 'shop', 'production');
    expect(nothing).toContain('No call of it is kept');
    expect(nothing).not.toContain('mismatches replay');
  });

  it('keeps its fences, whatever a value is', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('`', 'a', '\n') }), (candidate) => {
        const sample = {
          at: '',
          control: '1',
          candidate,
          args: [],
          served: 'control' as const,
          controlMs: 1,
          candidateMs: 1,
        };
        const text = issueText({ ...EXPLAINED, group: { ...GROUP, sample } }, 'shop', 'production');
        const fence = /^(`{3,})\ncontrol {4}1\ncandidate {2}/m.exec(text)?.[1] ?? '';
        expect(text.split('\n').filter((line) => line === fence).length).toBeGreaterThanOrEqual(2);
        expect(candidate).not.toContain(fence);
      }),
    );
  });
});

it('shows the places that differ in one call together', () => {
  const other = { ...GROUP, id: 'b', sample: { ...EXPLAINED.group.sample, at: '' } };
  const places = differingPlaces({ ...EXPLAINED, together: [other as Group] });
  expect(places.map(({ at }) => at)).toEqual(['[3].total', 'the answer itself']);
});

describe('filters of mismatches', () => {
  const groups: readonly Group[] = [
    GROUP,
    { ...GROUP, id: '2', repository: 'order', kind: 'value', ignored: 'noise' },
  ];
  const find = (query: string) =>
    filtered(groups, filterFrom(new URLSearchParams(query))).map(({ id }) => id);

  it('come from the address, all that are given together', () => {
    expect(find('')).toEqual(['0a0b0c0d', '2']);
    expect(find('repository=order')).toEqual(['2']);
    expect(find('counts=unexplained')).toEqual(['0a0b0c0d']);
    expect(find('repository=order&kind=type')).toEqual([]);
    expect(find('other=1')).toEqual(['0a0b0c0d', '2']);
  });

  it('offer what is there, and what is asked for', () => {
    const filter = filterFrom(new URLSearchParams('kind=order'));
    expect(choicesOf(groups, filter)).toMatchObject({
      repository: ['order', 'user'],
      kind: ['order', 'type', 'value'],
      counts: ['explained', 'unexplained'],
    });
  });
});
