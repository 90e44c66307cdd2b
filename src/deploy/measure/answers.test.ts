import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Rows } from '../database/rows.ts';
import { answerOfBody } from './from-body.ts';
import { answerOfRows } from './from-rows.ts';
import { countersOfVector, numberOfVector } from './from-vector.ts';

const rows = (columns: string, ...given: Rows['rows']): Rows => ({
  columns: columns.split(' '),
  rows: given,
  isMore: false,
});
const nothing = (why: RegExp) => ({ kind: 'nothing', why: expect.stringMatching(why) });

describe('rows as a measure', () => {
  it('are a number, or one for each side', () => {
    expect(answerOfRows(rows('n', [3]), 'number')).toEqual({
      kind: 'levels',
      sides: { both: { value: 3, samples: 1 } },
    });
    expect(answerOfRows(rows('n SIDE', [3, 'control'], [4, 'candidate']), 'number')).toMatchObject({
      sides: { control: { value: 3 }, candidate: { value: 4 } },
    });
  });

  it('are a share of the bad ones, also where the good ones are counted', () => {
    expect(answerOfRows(rows('good total', [99, 100]), 'share')).toEqual({
      kind: 'levels',
      sides: { both: { value: 0.01, samples: 100 } },
    });
    expect(answerOfRows(rows('bad total', [0, 0]), 'share')).toEqual({ kind: 'levels', sides: {} });
    expect(answerOfRows(rows('side bad total', ['candidate', 1, 5]), 'counts')).toMatchObject({
      kind: 'counters',
      fallen: 'unknown',
      total: [{ side: 'candidate', value: 5 }],
    });
  });

  it.each<[Rows, 'number' | 'share' | 'counts', RegExp]>([
    [rows('n'), 'number', /no row/],
    [rows('n', [1], [2]), 'number', /2 rows, where one was expected/],
    [{ ...rows('n', [1], [2], [3]), isMore: true }, 'number', /more than 3 rows/],
    [rows('n', [null]), 'number', /n is NULL, no number/],
    [rows('n', ['NaN']), 'number', /n is "NaN", no number/],
    [rows('n m', [1, 2]), 'number', /2 columns/],
    [rows('side n', ['blue', 2]), 'number', /side "blue" is neither/],
    [rows('side n', [null, 2]), 'number', /side "null" is neither/],
    [rows('side n', ['both', 2]), 'number', /neither/],
    [rows('side n', ['control', 2], ['control', 3]), 'number', /two rows of control/],
    [rows('bad', [2]), 'share', /"total" and "bad" or "good" are needed/],
    [rows('bad total', [2, 1]), 'share', /bad is 2 of a total of 1/],
    [rows('bad total', [-1, 1]), 'counts', /bad is -1, no count/],
    [rows('bad total', [0.5, 1]), 'counts', /bad is 0.5, no count/],
    [rows('bad total', [null, 1]), 'share', /bad is NULL/],
  ])('%j are no data as %s', (given, gives, why) => {
    expect(answerOfRows(given, gives)).toEqual(nothing(why));
  });
});

describe('an answer of an address as a measure', () => {
  it('is the number, or what its JSON has at a path', () => {
    expect(answerOfBody(' 12.5\n', null)).toMatchObject({ sides: { both: { value: 12.5 } } });
    expect(answerOfBody('{"open":{"complaints":0}}', 'open.complaints')).toMatchObject({
      sides: { both: { value: 0 } },
    });
  });

  it.each([
    ['', null, /"" is no number/],
    ['0x10', null, /no number/],
    ['Infinity', null, /no number/],
    ['<html>1</html>', null, /no number/],
    ['1e999', null, /no number/],
    ['<html>', 'a', /no JSON/],
    ['{}', 'a', /a is missing/],
    ['{"a":"1"}', 'a', /a is "1", no number/],
    ['{"a":null}', 'a', /a is null, no number/],
    ['{"a":1e999}', 'a', /no number/],
    ['null', 'a', /missing/],
  ])('%j at %j is no data', (body, path, why) => {
    expect(answerOfBody(body, path)).toEqual(nothing(why));
  });
});

const vector = (...result: readonly unknown[]) => ({
  status: 'success',
  data: { resultType: 'vector', result },
});
const series = (labels: Readonly<Record<string, string>>, value: string) => ({
  metric: labels,
  value: [1_700_000_000, value],
});

describe('an answer of Prometheus as a measure', () => {
  it('is one number, or one for each side', () => {
    expect(numberOfVector(vector(series({}, '0.25')))).toMatchObject({ sides: { both: { value: 0.25 } } });
    expect(
      numberOfVector(vector(series({ side: 'control' }, '1'), series({ side: 'candidate' }, '2'))),
    ).toMatchObject({ sides: { control: { value: 1 }, candidate: { value: 2 } } });
    const scalar = { status: 'success', data: { resultType: 'scalar', result: [1, '7'] } };
    expect(numberOfVector(scalar)).toMatchObject({ sides: { both: { value: 7 } } });
  });

  it('has counters whose key is their labels, without the name of the metric', () => {
    const of = (part: string, labels: Readonly<Record<string, string>>, value: string) =>
      series({ ...labels, cutover_part: part }, value);
    const one = countersOfVector(
      vector(
        of('bad', { __name__: 'errors', side: 'control', instance: 'a' }, '1'),
        of('total', { side: 'control', instance: 'a' }, '9'),
      ),
      'bad',
    );
    expect(one).toMatchObject({ kind: 'counters', fallen: 'restarted' });
    if (one.kind !== 'counters') throw new Error(one.kind);
    expect(one.ofPart[0]?.key).toBe(one.total[0]?.key);
  });

  it.each<[unknown, RegExp]>([
    [undefined, /not that of a Prometheus/],
    [{ status: 'error', error: 'x' }, /not that of a Prometheus/],
    [vector(), /no series/],
    [vector(series({}, 'NaN')), /NaN is no number/],
    [vector(series({}, '+Inf')), /no number/],
    [vector(series({ a: '1' }, '1'), series({ a: '2' }, '1')), /2 series, where one/],
    [vector(series({ side: 'control' }, '1'), series({ side: 'control' }, '1')), /2 series/],
    [vector(series({ side: 'green' }, '1')), /1 series, where one, or one for each side/],
    [{ ...vector(series({}, '1')), warnings: ['a store was away'] }, /warning: a store was away/],
    [{ status: 'success', data: { resultType: 'matrix', result: [] } }, /gives a matrix/],
    [vector({ metric: {}, value: 'x' }), /not that of a Prometheus/],
  ])('%j is no data', (json, why) => {
    expect(numberOfVector(json)).toEqual(nothing(why));
  });

  it.each<[unknown, RegExp]>([
    [vector(series({ cutover_part: 'bad' }, '1')), /no series for "total"/],
    [vector(series({ cutover_part: 'total' }, '1')), /no series for "bad"/],
    [
      vector(series({ cutover_part: 'bad' }, '0.5'), series({ cutover_part: 'total' }, '1')),
      /0.5 is no count/,
    ],
  ])('%j is no share', (json, why) => {
    expect(countersOfVector(json, 'bad')).toEqual(nothing(why));
  });

  it('never throws, whatever somebody answers', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        expect(['levels', 'nothing']).toContain(numberOfVector(json).kind);
        expect(['counters', 'nothing']).toContain(countersOfVector(json, 'good').kind);
        expect(['levels', 'nothing']).toContain(answerOfBody(JSON.stringify(json), 'a').kind);
      }),
    );
  });
});
