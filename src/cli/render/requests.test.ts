import { describe, expect, it } from 'vitest';
import type { StatusDocument } from '../../report/index.ts';
import { requestLines } from './requests.ts';

type Requests = StatusDocument['requests'];
const plain = (_style: string, text: string): string => text;
const quiet = { calls: 0, errors: 0, p95Ms: null };

function lines(requests: Requests): readonly string[] {
  // The document has much else, which this section does not look at.
  return requestLines({ requests } as StatusDocument, 100, plain);
}

describe('requests on a screen', () => {
  it('take no room where nothing counts them', () => {
    expect(lines([])).toEqual([]);
  });

  it('are shown by route, and say who says so', () => {
    const side = { calls: 1_200, errors: 3, p95Ms: 12.4 };
    expect(
      lines([
        { route: 'GET /bikes/:id', control: side, candidate: { ...side, calls: 133 }, apart: 7, aborted: 2 },
        { route: '(pages)', control: quiet, candidate: side, apart: 0, aborted: 0 },
      ]).join('\n'),
    ).toMatchInlineSnapshot(`
      "Requests, last 10 s
                                apart  gone  control  err   p95  candidate  err   p95
        GET /bikes/:id              7     2    1,200    3  12ms        133    3  12ms
        pages, as browsers say      0     0        0    0     -      1,200    3  12ms"
    `);
  });

  it('name the busiest, and how many more there are', () => {
    const many = Array.from({ length: 9 }, (_, index) => ({
      route: `GET /r${index}`,
      control: quiet,
      candidate: quiet,
      apart: 1,
      aborted: 0,
    }));
    const shown = lines(many);
    expect(shown.filter((line) => line.includes('GET /'))).toHaveLength(6);
    expect(shown.at(-1)).toBe('  and 3 more: --json has all');
  });
});
