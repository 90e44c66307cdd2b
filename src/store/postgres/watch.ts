import type { Client } from 'pg';
import { type Clock, deadline } from '../../kernel/index.ts';
import { CHANNEL } from './append.ts';
import type { Connections } from './connections.ts';

/** Between two looks where nobody is told anything, milliseconds. */
const POLL_MS = 100;
/** Every so many polls there is a look while notifications come, too: one that is lost is made up for within a second. */
const POLLS_WHILE_TOLD = 10;
/** A connection that says nothing is asked this often whether it is there, and so long is waited for its word. Milliseconds. */
const HEARTBEAT_MS = 5_000;
const ANSWER_MS = 2_000;
const AGAIN_MS = 1_000;
/** Behind a pooler that lends a connection for one transaction nobody can listen; that seldom changes. Milliseconds. */
const POOLED_AGAIN_MS = 60_000;

/**
 * Sees commits of other processes: `LISTEN` on a connection of its own, and looks at where the streams end behind it.
 *
 * ```
 * connecting ──listens──▶ told ──silent, broken──▶ waiting 1 s ──▶ connecting
 *     └──── a pooler is between ────▶ waiting 60 s ──▶ connecting
 * ```
 *
 * Only `told` looks once a second; everything else looks ten times as often. So nobody stays blind, whatever became of the
 * connection; it costs queries instead.
 */
export class PostgresWatch {
  readonly #database: Connections;
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  #stop: AbortController | null = null;
  #isTold = false;

  constructor(database: Connections, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  add(listener: () => void): () => void {
    this.#listeners.add(listener);
    this.#stop ??= this.#start();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.close();
    };
  }

  /** A commit of this process, or a reason to look. */
  notify(): void {
    for (const listener of this.#listeners) listener();
  }

  close(): void {
    this.#stop?.abort(new Error('nobody watches any more'));
    this.#stop = null;
  }

  #start(): AbortController {
    const stop = new AbortController();
    this.#poll(stop.signal);
    void this.#listenAlways(stop.signal);
    return stop;
  }

  #poll(signal: AbortSignal): void {
    let ends: string | undefined;
    let polls = 0;
    let isLooking = false;
    const look = async (): Promise<void> => {
      const now = await endsOf(this.#database).catch(() => undefined);
      // What could not be seen may have changed: the next one that can is a change.
      if (now !== undefined && now !== ends && !signal.aborted) this.notify();
      ends = now;
    };
    const stopTimer = this.#clock.every(POLL_MS, () => {
      polls += 1;
      if (isLooking || (this.#isTold && polls % POLLS_WHILE_TOLD !== 0)) return;
      isLooking = true;
      void look().finally(() => (isLooking = false));
    });
    signal.addEventListener('abort', stopTimer, { once: true });
  }

  async #listenAlways(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const end = await this.#listen(signal).catch((): End => 'lost');
      this.#isTold = false;
      const waitMs = end === 'pooled' ? POOLED_AGAIN_MS : AGAIN_MS;
      await this.#clock.sleep(waitMs, signal).catch(() => {});
    }
  }

  /** Listens until the connection is lost, or the watch ends. */
  async #listen(signal: AbortSignal): Promise<End> {
    const client = await this.#database.alone();
    const lost = new AbortController();
    const give = (): void => lost.abort();
    client.on('error', give);
    client.on('end', give);
    client.on('notification', () => this.notify());
    signal.addEventListener('abort', give, { once: true });
    try {
      await client.connect();
      if (await isPooled(client)) return 'pooled';
      await client.query(`listen ${CHANNEL}`);
      this.#isTold = true;
      // What was committed before it listened.
      this.notify();
      while (!lost.signal.aborted) {
        await this.#clock.sleep(HEARTBEAT_MS, lost.signal).catch(() => {});
        if (!lost.signal.aborted) await this.#answers(client);
      }
      return 'lost';
    } finally {
      signal.removeEventListener('abort', give);
      // Half-open, it would wait for a farewell for ever.
      void client.end().catch(() => {});
    }
  }

  /** @throws when the connection does not say a word in time */
  async #answers(client: Client): Promise<void> {
    const late = deadline(this.#clock, ANSWER_MS);
    const over = new Promise<never>((_, reject) => {
      late.signal.addEventListener('abort', () => reject(late.signal.reason), { once: true });
    });
    try {
      await Promise.race([client.query('select 1'), over]);
    } finally {
      late.end();
    }
  }
}

type End = 'lost' | 'pooled';

/** A pooler makes up the process number that it gives a client; the server knows another one. */
async function isPooled(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ readonly pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid !== Object(client).processID;
}

/** Whether a connection of its own gets as far as the server itself, so that changes can be told on it. */
export async function canListen(database: Connections): Promise<boolean> {
  const client = await database.alone();
  client.on('error', () => {});
  try {
    await client.connect();
    return !(await isPooled(client));
  } catch {
    return false;
  } finally {
    void client.end().catch(() => {});
  }
}

/** Something that is another one after any append to any stream. */
async function endsOf(database: Connections): Promise<string> {
  const [row] = await database.read(
    "select string_agg(seq || hash, ' ' order by stream) as ends from cutover.heads",
  );
  const ends = row?.['ends'];
  return typeof ends === 'string' ? ends : '';
}
