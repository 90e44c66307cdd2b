import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRecording } from './index.ts';
import { routeOf } from './replay-report.ts';

const paths = (text: string): readonly string[] => parseRecording(text).requests.map(({ path }) => path);

describe('a recording', () => {
  it('is a path or an address a line, each once, in order', () => {
    expect(
      paths('/bikes\n\n# staff only\nGET /bikes/2?full=1\nhttps://shop.example/users\r\n/bikes\n'),
    ).toEqual(['/bikes', '/bikes/2?full=1', '/users']);
  });

  it('is an access log, whose other methods are counted and not sent', () => {
    const log = [
      '127.0.0.1 - - [01/Nov/2026:10:00:00 +0000] "GET /bikes?page=2 HTTP/1.1" 200 512 "-" "curl/8"',
      '127.0.0.1 - - [01/Nov/2026:10:00:01 +0000] "POST /bikes HTTP/1.1" 201 12',
      '127.0.0.1 - ana [01/Nov/2026:10:00:02 +0000] "DELETE /bikes/2 HTTP/2.0" 204 0',
      '127.0.0.1 - ana [01/Nov/2026:10:00:02 +0000] "POST /bikes HTTP/2.0" 201 0',
    ];
    expect(parseRecording(log.join('\n'))).toEqual({
      requests: [{ path: '/bikes?page=2', headers: {} }],
      skipped: { POST: 2, DELETE: 1 },
    });
  });

  it('is a HAR file, of whose headers only those that ask for something are kept', () => {
    const headers = [
      { name: 'Accept', value: 'application/json' },
      { name: 'Authorization', value: 'Bearer x' },
      { name: 'Cookie', value: 'session=1' },
    ];
    const entry = (method: string, url: string) => ({ request: { method, url, headers } });
    const har = { log: { entries: [entry('GET', 'https://a.example/bikes/1?x=1#top'), entry('PUT', '/x')] } };
    expect(parseRecording(JSON.stringify(har))).toEqual({
      requests: [{ path: '/bikes/1?x=1', headers: { accept: 'application/json' } }],
      skipped: { PUT: 1 },
    });
  });

  it.each([
    ['hello', 'line 1 is no request: "hello"'],
    ['/ok\nftp://x/y', 'line 2 is no request'],
    ['{ "log": ', 'begins as JSON and is none'],
    ['{ "log": {} }', 'without log.entries'],
    ['{ "log": { "entries": [{}] } }', 'entry 1 has no request'],
  ])('that is %j is refused with where', (text, message) => {
    expect(() => parseRecording(text)).toThrow(message);
  });

  it('of any paths holds each of them', () => {
    const segment = fc.stringMatching(/^[a-z0-9._~-]{1,12}$/);
    fc.assert(
      fc.property(fc.array(fc.array(segment, { minLength: 1, maxLength: 4 }), { minLength: 1 }), (all) => {
        const wanted = all
          .map((parts) => `/${parts.join('/')}`)
          .filter((path) => !/\/\.{1,2}(\/|$)/.test(path));
        expect(paths(wanted.join('\n'))).toEqual([...new Set(wanted)]);
      }),
    );
  });
});

describe('a route', () => {
  it.each([
    ['/bikes/17', '/bikes/:id'],
    ['/users/3f2b1c4d-1111-2222-3333-444455556666/repairs', '/users/:id/repairs'],
    ['/bikes?page=2&sort=name', '/bikes?page&sort'],
    ['/v2/bikes', '/v2/bikes'],
    ['/', '/'],
  ])('of %s is %s', (path, route) => expect(routeOf(path)).toBe(route));
});
