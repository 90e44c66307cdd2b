import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoredEvent } from '../../store/index.ts';
import { CSV_HEAD, csvLine } from './event-csv.ts';

const stored = (actor: string, reason: string): StoredEvent => ({
  stream: 'swap/production',
  seq: 7,
  at: Date.parse('2026-11-21T15:00:00Z'),
  kind: 'run.paused',
  v: 1,
  body: { cause: 'person', actor, reason },
  prev: 'a',
  hash: 'b',
});

/** RFC 4180, by somebody else's reading of it. */
function parsed(line: string): readonly string[] {
  const cells: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy;
  for (const [, quoted, plain] of line.matchAll(cell))
    cells.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'));
  return cells;
}

describe('a log as a table', () => {
  it('brings back what was written, in one line, whatever people wrote', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ unit: 'binary' }), (actor, reason) => {
        const cells = parsed(csvLine(stored(actor, reason)));
        expect(cells).toHaveLength(CSV_HEAD.split(',').length);
        const plain = (text = ''): string => (/^'\s*[=+\-@\t\r]/.test(text) ? text.slice(1) : text);
        expect([actor, `'${actor}`]).toContain(cells[3]);
        expect(plain(cells[4]) === reason || cells[4] === reason).toBe(true);
        expect(JSON.parse(cells[6] ?? '')).toEqual({ cause: 'person', actor, reason });
      }),
    );
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', ' =1', '\r=1', ' \t', '=cmd|"/c calc"!A1'])(
    'is no formula to a spreadsheet: %j',
    (text) => {
      const cells = parsed(csvLine(stored('ana', text)));
      expect(cells[4]).toBe(`'${text}`);
    },
  );
});
