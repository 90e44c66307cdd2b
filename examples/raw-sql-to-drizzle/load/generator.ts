import { Agent, request } from 'node:http';

export type LoadStats = {
  readonly sent: number;
  readonly ok: number;
  /** Answers 503 with the demonstration's injected error: the candidate's doing. */
  readonly injected: number;
  /** Everything else that is not an answer below 500: what nobody ordered. */
  readonly failed: number;
  /** From the planned arrival to the last byte, milliseconds, of the newest `KEPT` requests. */
  readonly p50: number;
  readonly p95: number;
  /** The first few unordered failures, for a person. */
  readonly examples: readonly string[];
};

export type Load = { stats(): LoadStats; stop(): Promise<LoadStats> };

const KEPT = 5_000;

/** Requests by how often they come. Weights add up to 1. */
export type Mix = readonly (readonly [
  weight: number,
  method: string,
  path: (id: number) => string,
  body?: object | ((id: number) => object),
])[];

/** A working day: mostly reads. */
const MIX: Mix = [
  [0.35, 'GET', (id) => `/projects/${id}`],
  [0.2, 'GET', (id) => `/projects?owner=user-${id % 7}`],
  [0.2, 'GET', (id) => `/executions/${id}`],
  [0.15, 'GET', (id) => `/executions/${id}/events`],
  [0.05, 'POST', (id) => `/projects/${id}/executions`, { note: 'load' }],
  [0.05, 'POST', (id) => `/executions/${id}/events`, { kind: 'load' }],
];

/**
 * Open-loop load: arrivals are a Poisson process fixed by the seed, whatever the service does. A slow answer delays
 * nothing, and its time counts from when it should have been asked for, so that nothing is hidden by waiting.
 */
export function startLoad(options: {
  readonly targets: readonly string[];
  readonly ratePerSecond: number;
  readonly seed: number;
  readonly mix?: Mix;
}): Load {
  const { targets, ratePerSecond, seed, mix = MIX } = options;
  const agent = new Agent({ keepAlive: true });
  const random = generator(seed);
  const counts = { sent: 0, ok: 0, injected: 0, failed: 0 };
  const examples: string[] = [];
  const latencies: number[] = [];
  const open = new Set<Promise<void>>();
  let next = performance.now();

  const fire = (planned: number): void => {
    const target = targets[counts.sent % targets.length] ?? '';
    counts.sent += 1;
    const done: Promise<void> = send(agent, target, random, mix).then((outcome) => {
      latencies[counts.sent % KEPT] = performance.now() - planned;
      counts[outcome.kind] += 1;
      if (outcome.kind === 'failed' && examples.length < 5) examples.push(outcome.why);
      open.delete(done);
    });
    open.add(done);
  };
  const timer = setInterval(() => {
    for (
      const now = performance.now();
      next <= now;
      next += (-Math.log(1 - random()) * 1_000) / ratePerSecond
    )
      fire(next);
  }, 2);
  const stats = (): LoadStats => {
    const sorted = latencies.filter((ms) => ms !== undefined).toSorted((a, b) => a - b);
    const at = (q: number): number => sorted[Math.floor(q * (sorted.length - 1))] ?? 0;
    return { ...counts, p50: at(0.5), p95: at(0.95), examples: [...examples] };
  };
  return {
    stats,
    async stop() {
      clearInterval(timer);
      await Promise.all(open);
      agent.destroy();
      return stats();
    },
  };
}

type Outcome = { readonly kind: 'ok' | 'injected' } | { readonly kind: 'failed'; readonly why: string };

function send(agent: Agent, target: string, random: () => number, mix: Mix): Promise<Outcome> {
  const id = 1 + Math.floor(random() * 50);
  let at = random();
  const [, method, path, body] = mix.find(([weight]) => (at -= weight) < 0) ??
    mix[0] ?? [1, 'GET', () => '/health'];
  return new Promise((resolve) => {
    const failed = (why: string): void => resolve({ kind: 'failed', why: `${method} ${path(id)}: ${why}` });
    const outgoing = request(target + path(id), {
      agent,
      method,
      headers: { 'x-user': `user-${Math.floor(random() * 1_000)}` },
      timeout: 10_000,
    });
    outgoing.once('error', (error) => failed(error.message));
    outgoing.once('timeout', () => outgoing.destroy(new Error('no answer within 10 s')));
    outgoing.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('error', (error) => failed(error.message));
      response.once('end', () => {
        if ((response.statusCode ?? 500) < 500) resolve({ kind: 'ok' });
        else if (text.includes('injected by the demonstration')) resolve({ kind: 'injected' });
        else failed(`${response.statusCode} ${text.slice(0, 200)}`);
      });
    });
    const content = typeof body === 'function' ? body(id) : body;
    outgoing.end(content === undefined ? undefined : JSON.stringify(content));
  });
}

/** Repeatable numbers in [0, 1): a linear congruential generator is random enough for arrivals. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}
