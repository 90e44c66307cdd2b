import type { Client, ClientConfig, Pool, PoolClient } from 'pg';
import { CutoverError, deadline, type Clock } from '../../kernel/index.ts';
import { addressText, type PostgresAddress } from './address.ts';
import { loadDriver } from './driver.ts';
import { isStatementFault, postgresFault } from './fault.ts';

const MISSING = 'the package "pg" is not installed, and the state is in PostgreSQL';

export type ConnectionOptions = {
  readonly address: PostgresAddress;
  readonly clock: Clock;
  /** Writes are refused by the server, whatever the role may. @default false */
  readonly readOnly?: boolean;
  /** What one statement may take, waits for locks with it, before `STORE_LOCKED`, milliseconds. @default 5000 */
  readonly busyTimeoutMs?: number;
  /** At most so many at once, besides the one that listens. @default 3 */
  readonly connections?: number;
};

type Row = Readonly<Record<string, unknown>>;

/** Every statement sees what was committed before it, and may write or not, whatever the role's defaults are. */
const READS = 'set transaction isolation level read committed, read only';
const WRITES = 'set transaction isolation level read committed, read write';

/** A server that sleeps until somebody comes, behind TLS and far away, takes two. Milliseconds. */
const CONNECT_MS = 3_000;
/** How much longer than a statement may take is waited for its answer: the server's word comes first where there is one. */
const GRACE_MS = 1_000;
const IDLE_MS = 30_000;

/**
 * A few connections to one database. Everything is sent as one message that is one transaction and sets its own
 * timeouts, so any pooler may stand between, and nothing of a session is relied on.
 */
export class Connections {
  readonly text: string;
  readonly #address: PostgresAddress;
  readonly #clock: Clock;
  readonly #readOnly: boolean;
  readonly #timeoutMs: number;
  readonly #most: number;
  #pool: Promise<Pool> | null = null;
  #isClosed = false;

  constructor({
    address,
    clock,
    readOnly = false,
    busyTimeoutMs = 5_000,
    connections = 3,
  }: ConnectionOptions) {
    this.text = addressText(address);
    this.#address = address;
    this.#clock = clock;
    this.#readOnly = readOnly;
    this.#timeoutMs = busyTimeoutMs;
    this.#most = connections;
  }

  /** Rows of the last statement. A read is tried a second time where the first connection turned out to be dead. */
  async read(...statements: readonly string[]): Promise<readonly Row[]> {
    try {
      return await this.#send(READS, statements, this.#timeoutMs);
    } catch (error) {
      if (isStatementFault(error) || isLate(error) || error instanceof CutoverError) throw this.#fault(error);
      return this.#send(READS, statements, this.#timeoutMs).catch((again: unknown) =>
        Promise.reject(this.#fault(again)),
      );
    }
  }

  /**
   * Rows of the last statement. All statements are one transaction. A failure that is not the server's own word leaves open
   * whether it was committed: whoever asks again reads first.
   */
  write(...statements: readonly string[]): Promise<readonly Row[]> {
    return this.#write(statements, this.#timeoutMs);
  }

  /** As `write`, for work on the schema, which takes as long as it takes. */
  writeSlowly(...statements: readonly string[]): Promise<readonly Row[]> {
    return this.#write(statements, 60_000);
  }

  #write(statements: readonly string[], timeoutMs: number): Promise<readonly Row[]> {
    return this.#send(this.#readOnly ? READS : WRITES, statements, timeoutMs).catch((error: unknown) =>
      Promise.reject(this.#fault(error)),
    );
  }

  /** A connection of its own past any pool, not connected yet. */
  async alone(): Promise<Client> {
    const { Client } = await loadDriver(MISSING);
    return new Client(this.#config(this.#address.direct ?? this.#address.url));
  }

  /** Ends every connection; one that does not answer is not waited for. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const pool = await this.#pool;
    this.#pool = null;
    const waited = new AbortController();
    await Promise.race([pool?.end(), this.#clock.sleep(GRACE_MS, waited.signal).catch(() => {})]);
    waited.abort();
  }

  async #send(mode: string, statements: readonly string[], timeoutMs: number): Promise<readonly Row[]> {
    if (this.#isClosed)
      throw new CutoverError('STORE_UNAVAILABLE', `${this.text}: the store was closed`, {
        hint: 'open it again',
      });
    const pool = await this.#open();
    const client = await pool.connect();
    const first = [mode, `set local statement_timeout = ${timeoutMs}`];
    const late = deadline(this.#clock, timeoutMs + GRACE_MS);
    const over = new Promise<never>((_, reject) => {
      late.signal.addEventListener('abort', () => reject(late.signal.reason), { once: true });
    });
    let isSound = false;
    try {
      const results = await Promise.race([client.query([...first, ...statements].join(';\n')), over]);
      isSound = true;
      return lastRows(results);
    } catch (error) {
      isSound = isStatementFault(error);
      throw error;
    } finally {
      late.end();
      release(client, isSound);
    }
  }

  #open(): Promise<Pool> {
    this.#pool ??= loadDriver(MISSING).then(({ Pool: DriverPool }) => {
      const pool = new DriverPool({
        ...this.#config(this.#address.url),
        max: this.#most,
        idleTimeoutMillis: IDLE_MS,
        allowExitOnIdle: true,
      });
      // An idle connection that broke: the pool has dropped it already.
      pool.on('error', () => {});
      // One that is lent out says so beside the failure of what was asked, and nobody else listens: it would end the process.
      pool.on('connect', (client) => client.on('error', () => {}));
      return pool;
    });
    return this.#pool;
  }

  #config(url: string): ClientConfig {
    return {
      connectionString: url,
      application_name: 'cutover',
      connectionTimeoutMillis: CONNECT_MS,
      keepAlive: true,
    };
  }

  #fault(error: unknown): unknown {
    return postgresFault(error, this.text, this.#readOnly);
  }
}

/** What has not answered may answer the next one with what this one asked: it is ended. */
function release(client: PoolClient, isSound: boolean): void {
  client.release(!isSound);
}

function isLate(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'TimeoutError';
}

/** The driver gives one result for each statement, of which there are always several. */
function lastRows(results: unknown): readonly Row[] {
  const last: unknown = Array.isArray(results) ? results.at(-1) : results;
  const rows: unknown = Object(last).rows;
  return Array.isArray(rows) ? (rows as readonly Row[]) : [];
}
