import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainMismatch, type Mismatch, type Mismatches } from '../../report/index.ts';
import { noPaint } from '../paint.ts';
import { explanationText } from './explained.ts';
import { mismatchText } from './mismatches.ts';

const NOW = Date.UTC(2026, 10, 21, 12);

const group = (more: Partial<Mismatch> = {}): Mismatch => ({
  id: '9f2c01ab',
  kind: 'type',
  path: '[].lines[].total',
  as: 'number',
  note: 'the same number as number and text',
  count: 566,
  firstAt: NOW - 60_000,
  lastAt: NOW,
  repository: 'order',
  operation: 'latest',
  instances: ['shop-1'],
  epochs: { first: 3, last: 5 },
  sample: {
    at: '[3].lines[0].total',
    control: '12.5',
    candidate: '"12.50"',
    args: ['1', '10'],
    served: 'control',
    controlMs: 0.31,
    candidateMs: 0.35,
  },
  ...more,
});

const OLD = { path: '[].lines[].total', owner: 'eva', reason: 'soon', expires: '2026-11-01' };

const among = (groups: readonly Mismatch[], rules = true, ignore = [OLD]): Mismatches => ({
  operations: [
    {
      repository: 'order',
      operation: 'latest',
      sampled: 700,
      states: { match: 10, mismatch: 580, failed: 2, ignored: 5, transient: 3, dropped: 100 },
      reasons: {},
      ...(rules ? { rules: { ordered: ['createdAt'], key: ['id'], same: ['scale'], ignore } } : {}),
    },
  ],
  groups,
});

const explain = (one: Mismatch, all: readonly Mismatch[] = [one]) =>
  explainMismatch(one, among(all), 'ana', NOW);
const text = (one: Mismatch, all?: readonly Mismatch[]): string =>
  explanationText(explain(one, all), 80, noPaint);
const flat = (said: string): string => said.replaceAll(/\s+/g, ' ');

describe('why two answers are called different', () => {
  it('says which rule, what each side gave, what was taken for the same, how often and since when', () => {
    const said = flat(text(group()));
    expect(said).toContain('order.latest [].lines[].total (type)');
    expect(said).toContain('the types are not the same');
    expect(said).toContain('the same number as number and text');
    expect(said).toContain('[3].lines[0].total 12.5 "12.50"');
    expect(said).toContain('Asked with (1, 10), answered by control.');
    expect(said).toContain('Control took 0.31ms, the candidate 0.35ms.');
    expect(said).toContain('rows are paired by id');
    expect(said).toContain('their order counts by createdAt');
    expect(said).toContain('takes for the same: scale');
    expect(said).toContain('of 600 compared answers of this operation 582 counted as different');
    expect(said).toContain('first 2026-11-21 11:59:00Z, last 2026-11-21 12:00:00Z, epochs 3 to 5');
    expect(said).toContain('noise: not known: control was not asked twice yet');
    expect(said).toContain("same: ['number']");
  });

  it('says what covers it, what does not and why, and what would', () => {
    const { wouldCover, wouldNotCover, ignore } = explain(group());
    expect(wouldCover).toEqual([
      { path: '[].lines[].total', kind: 'type' },
      { path: '[].lines[].total' },
      { path: '[].lines[].*', kind: 'type' },
    ]);
    expect(wouldNotCover).toEqual([
      { path: '[3].lines[0].total' },
      { path: 'lines[].total' },
      { path: '[].lines[].total', kind: 'value' },
    ]);
    // Refused as it is: the reason is for a person.
    expect(ignore).toEqual({ ...wouldCover[0], owner: 'ana', reason: '', expires: '2026-12-21' });
    expect(flat(text(group()))).toContain('none covers it: it counts');
    expect(flat(text(group()))).toContain('"[].lines[].total" of eva expired on 2026-11-01');
    const other = { ...OLD, kind: 'value', expires: '2027-01-01' };
    const besides = (rule: typeof OLD): readonly string[] =>
      explainMismatch(group(), among([group()], true, [rule]), 'ana', NOW).notCoveredBy;
    expect(besides(other)).toEqual(['"[].lines[].total" of eva is for value alone']);
    // Of an instance that knows more, or a day that is none: nothing is said, and nothing fails.
    for (const rule of [
      { ...OLD, kind: 'colour' },
      { ...OLD, expires: 'soon' },
      { ...OLD, path: 'x' },
    ])
      expect(besides(rule)).toEqual([]);
    const covered = (ignored: string): string => flat(text(group({ ignored, noise: 0.2 })));
    expect(covered('the column has seconds')).toContain('whose reason is "the column has seconds"');
    expect(covered('order')).toContain('covered by an order that the operation does not promise');
    expect(covered('noise')).toContain(
      'in 20 % of the answers it gave twice, and the candidate no more often',
    );
  });

  it('says how a call is kept where none is', () => {
    const { sample: _sample, ...without } = group();
    for (const said of [text(without), mismatchText(without, 80, noPaint)]) {
      expect(flat(said)).toContain('No call of it is kept. With shadow({ samples: samples() })');
      expect(flat(said)).toContain("path: '[].lines[].total'");
      expect(said).not.toContain('Asked with');
    }
  });

  it('shows all places of the call that was kept, and none of another call', () => {
    const place = (path: string, more: Partial<NonNullable<Mismatch['sample']>> = {}): Mismatch => {
      const { sample } = group();
      if (sample === undefined) throw new Error('no sample');
      return group({ id: path, path, sample: { ...sample, at: path, ...more } });
    };
    const all = [
      place('one'),
      place('two'),
      place('three', { args: ['2'] }),
      place('four', { controlMs: 9 }),
    ];
    const { together } = explain(all[0] ?? group(), all);
    expect(together.map(({ path }) => path)).toEqual(['two']);
    expect(flat(text(all[0] ?? group(), all))).toContain('one 12.5 "12.50" two 12.5 "12.50"');
  });

  it('knows every kind, and says so of one that it does not know', () => {
    const kinds = [
      'missing',
      'extra',
      'value',
      'order',
      'type',
      'precision',
      'null-or-absent',
      'error-or-value',
      'queries',
    ];
    const rules = kinds.map((kind) => explain(group({ kind })).because[0]);
    expect(new Set(rules).size).toBe(kinds.length);
    expect(explain(group({ kind: 'order' })).because[0]).toContain('by createdAt');
    const unknown = explain(group({ kind: 'colour' }));
    expect(unknown.because[0]).toContain('does not know');
    expect(unknown.wouldCover).toEqual([]);
    const old = explainMismatch(group(), among([group()], false), 'ana', NOW);
    expect(old.normalised[0]).toContain('were not reported');
  });

  it('never takes more than 80 columns, here and in show, but for one long word', () => {
    const word = fc.string({ minLength: 1, maxLength: 20 });
    const value = fc.string({ maxLength: 120 });
    const any = fc.record({ at: word, control: value, candidate: value, note: value, path: word });
    fc.assert(
      fc.property(any, ({ at, control, candidate, note, path }) => {
        const { sample } = group();
        if (sample === undefined) return;
        const one = group({ path, note, sample: { ...sample, at, control, candidate } });
        for (const said of [explanationText(explain(one), 80, noPaint), mismatchText(one, 80, noPaint)]) {
          const wide = said.split('\n').filter((line) => line.length > 80);
          expect(
            wide.filter((line) =>
              line
                .trim()
                .split(/\s+/)
                .every((part) => part.length < 30),
            ),
          ).toEqual([]);
        }
      }),
    );
  });

  it('loses nothing of a value beside the other', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', ' '), minLength: 1, maxLength: 120 });
    fc.assert(
      fc.property(letters, letters, (control, candidate) => {
        const { sample } = group();
        if (sample === undefined) return;
        const said = mismatchText(group({ sample: { ...sample, control, candidate } }), 80, noPaint);
        const block = said.split('\n\n')[1] ?? '';
        const count = (of: string): number => (of.match(/[ab]/g) ?? []).length;
        const head = 'place control candidate [3].lines[0].total';
        expect(count(block)).toBe(count(control) + count(candidate) + count(head));
      }),
    );
  });
});
