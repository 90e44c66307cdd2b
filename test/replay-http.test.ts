import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CliProject, type Ended } from './fixtures/cli-project.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const BIKES = [
  { id: 1, name: 'Gravel', price: '899.00', soldAt: null },
  { id: 2, name: 'City', price: '499.50', soldAt: '2026-11-01T10:00:00.000Z' },
];

const json =
  (body: unknown, status = 200): Answer =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', date: new Date().toUTCString() });
    response.end(JSON.stringify(body));
  };

/** A side: routes by path, everything else is 404. */
class Side {
  readonly asked: string[] = [];
  routes: Record<string, Answer> = {};
  readonly #server: Server = createServer((request, response) => {
    const path = request.url ?? '';
    this.asked.push(`${request.method ?? ''} ${path}`);
    (this.routes[path] ?? json({ error: 'not found' }, 404))(request, response);
  });

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

describe('cutover replay-http', () => {
  let project: CliProject;
  let control: Side;
  let candidate: Side;

  beforeAll(async () => {
    project = await CliProject.create();
  });
  afterAll(() => project.remove());
  beforeEach(async () => {
    control = new Side();
    candidate = new Side();
    await Promise.all([control.listen(), candidate.listen()]);
  });
  afterEach(() => {
    control.close();
    candidate.close();
  });

  async function replay(
    recording: readonly string[],
    more: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Ended> {
    await writeFile(join(project.folder, 'requests.txt'), recording.join('\n'));
    const sides = ['--control', control.url, '--candidate', candidate.url];
    return project.run(['replay-http', 'requests.txt', ...sides, ...more], env);
  }

  it('finds nothing where nothing is different, and sends no write', async () => {
    const routes = { '/bikes': json(BIKES), '/bikes/1': json(BIKES[0]), '/text': text('hello') };
    control.routes = routes;
    candidate.routes = routes;
    const { code, stdout } = await replay(['/bikes', '/bikes/1', '/text', '/missing', 'POST /bikes']);
    expect(stdout).toContain('✔ 4 requests, 100 % compatible');
    expect(stdout).toContain('Not sent, since they are no GET: 1 POST.');
    expect(code).toBe(0);
    expect([...control.asked, ...candidate.asked].every((line) => line.startsWith('GET '))).toBe(true);
  });

  it('groups what is different by route, place and kind, worst first', async () => {
    for (const id of [1, 2, 3]) {
      control.routes[`/bikes/${id}`] = json({ id, price: '1.50', tags: ['a'] });
      candidate.routes[`/bikes/${id}`] = json({ id, price: 1.5, tags: ['a'] });
    }
    control.routes['/bikes'] = json(BIKES);
    candidate.routes['/bikes'] = json([BIKES[1], BIKES[0]]);
    control.routes['/gone'] = json({ error: 'gone' }, 410);
    candidate.routes['/gone'] = json({ error: 'gone' }, 404);
    control.routes['/page'] = text('a');
    candidate.routes['/page'] = json('a');
    const recording = ['/bikes/1', '/bikes/2', '/bikes/3', '/bikes', '/gone', '/page'];
    const { code, stdout } = await replay(recording, ['--json']);
    expect(code).toBe(3);
    const report = JSON.parse(stdout) as {
      groups: { route: string; place: string; kind: string; count: number }[];
    };
    expect(report).toMatchObject({
      schema: 'cutover.replay-http/1',
      requests: 6,
      compatible: 0,
      isWhole: true,
    });
    expect(report.groups.map(({ route, place, kind, count }) => [route, place, kind, count])).toEqual([
      ['/bikes/:id', 'body price', 'type', 3],
      ['/bikes', 'body', 'order', 1],
      ['/gone', 'status', 'value', 1],
      ['/page', 'header content-type', 'value', 1],
    ]);
    const people = await replay(recording);
    expect(people.stdout).toContain('✖ 6 requests, 0 % compatible');
    for (const line of people.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    const relaxed = await replay(['/bikes/1', '/bikes'], ['--same', 'number', '--any-order']);
    expect(relaxed.stdout).toContain('100 % compatible');
  });

  it('does not take for a mismatch what control says differently each time, or what changed meanwhile', async () => {
    let served = 0;
    const noisy: Answer = (request, response) =>
      json({ id: 1, token: `t-${(served += 1)}` })(request, response);
    control.routes['/noisy'] = noisy;
    candidate.routes['/noisy'] = noisy;
    let stock = 0;
    control.routes['/stock'] = json({ stock: 5 });
    candidate.routes['/stock'] = (request, response) =>
      json({ stock: (stock += 1) === 1 ? 4 : 5 })(request, response);
    const { code, stdout } = await replay(['/noisy', '/stock']);
    expect(stdout).toContain('2 requests, 100 % compatible (1 transient, 1 noise)');
    expect(code).toBe(0);
  });

  it('does not call compatible what it could not compare', async () => {
    control.routes['/slow'] = () => {};
    candidate.routes['/slow'] = json({});
    control.routes['/broken'] = json({});
    candidate.routes['/broken'] = (request) => void request.socket.destroy();
    const slow = await replay(['/slow'], ['--timeout', '200ms']);
    expect(slow.stdout).toContain('nothing was compared');
    expect(slow.stdout).toContain('1 request could not be compared: control: no answer within 200 ms');
    expect(slow.code).toBe(3);
    const broken = await replay(['/broken']);
    expect(broken.stdout).toContain('answer: error-or-value, 1 request');
    expect(broken.code).toBe(3);
    const nothing = await replay(['# nothing']);
    expect(nothing.stdout).toContain('0 requests, nothing was compared');
    expect(nothing.code).toBe(3);
  });

  it('takes rules that somebody answers for, and secrets from the environment alone', async () => {
    let seen: string | undefined;
    control.routes['/bikes'] = json([{ id: 1, at: 1 }]);
    candidate.routes['/bikes'] = (request, response) => {
      seen = request.headers.authorization;
      json([{ id: 1, at: 2 }])(request, response);
    };
    const rule = { path: '[].at', owner: 'ana', reason: 'a counter', expires: '2999-12-31' };
    await writeFile(join(project.folder, 'rules.json'), JSON.stringify([rule]));
    const ignored = await replay(
      ['/bikes'],
      ['--ignore', 'rules.json', '--header-env', 'authorization=TOKEN'],
      {
        TOKEN: 'Bearer s3cret',
      },
    );
    expect(ignored.stdout).toContain('100 % compatible (1 ignored)');
    expect(ignored.stdout).not.toContain('s3cret');
    expect(seen).toBe('Bearer s3cret');
    await writeFile(join(project.folder, 'rules.json'), JSON.stringify([{ ...rule, expires: '2026-01-01' }]));
    expect((await replay(['/bikes'], ['--ignore', 'rules.json'])).code).toBe(3);
  });

  it.each([
    [
      ['replay-http', 'none.txt', '--control', 'http://a', '--candidate', 'http://b'],
      'none.txt cannot be read',
    ],
    [['replay-http', 'requests.txt'], '--control is missing'],
    [
      ['replay-http', 'requests.txt', '--control', 'a.example', '--candidate', 'http://b'],
      'expected an http or https',
    ],
    [['replay-http', 'bad.txt', '--control', 'http://a', '--candidate', 'http://b'], 'line 1 is no request'],
    [
      [
        'replay-http',
        'requests.txt',
        '--control',
        'http://a',
        '--candidate',
        'http://b',
        '--header-env',
        'x=NOT_SET',
      ],
      'NOT_SET is not set',
    ],
    [
      ['replay-http', 'requests.txt', '--control', 'http://a', '--candidate', 'http://b', '--same', 'numbr'],
      'did you mean "number"?',
    ],
    [
      [
        'replay-http',
        'requests.txt',
        '--control',
        'http://a',
        '--candidate',
        'http://b',
        '--ignore',
        'bad.txt',
      ],
      'is no JSON list of rules',
    ],
  ])('refuses %j', async (args, message) => {
    await writeFile(join(project.folder, 'requests.txt'), '/bikes');
    await writeFile(join(project.folder, 'bad.txt'), 'nothing of the kind');
    const { code, stderr } = await project.run(args);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });
});

function text(body: string): Answer {
  return (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
    response.end(body);
  };
}
