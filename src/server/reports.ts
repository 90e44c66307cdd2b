import { CutoverError } from '../kernel/index.ts';
import type { InstanceReport, RoutingMark, Store } from '../store/index.ts';

/** Reports of one transaction. */
const MOST_TOGETHER = 200;
/** Reports that wait for a store that is slow. Whoever sent one waits three seconds, and then sends the next. */
const MOST_WAITING = 5_000;

type Waiting = {
  readonly report: InstanceReport;
  resolve(this: void, stored: RoutingMark | undefined): void;
  reject(this: void, error: unknown): void;
};

type Queue = { waiting: Waiting[]; isWriting: boolean };

/**
 * Stores what instances report, together what comes while something is being stored: a thousand of them are a few
 * transactions then, and one alone waits for nobody.
 *
 * ```
 * idle ──a report──▶ writing it ──nothing came meanwhile──▶ idle
 *                      └── others came ──▶ writing them, once each instance
 * ```
 */
export class Reports {
  readonly #store: Pick<Store, 'reportAll'>;
  readonly #queues = new Map<string, Queue>();

  constructor(store: Pick<Store, 'reportAll'>) {
    this.#store = store;
  }

  /**
   * Resolves with what is stored as the routing state, once the report is stored.
   *
   * @throws CutoverError `TOO_MANY_REQUESTS` while too many wait, or what the store says
   */
  add(stream: string, report: InstanceReport): Promise<RoutingMark | undefined> {
    const queue = this.#queues.get(stream) ?? { waiting: [], isWriting: false };
    this.#queues.set(stream, queue);
    if (queue.waiting.length >= MOST_WAITING)
      return Promise.reject(
        new CutoverError('TOO_MANY_REQUESTS', `${MOST_WAITING} reports wait for the store already`, {
          hint: 'the store is slow, or the server has too many instances: add one',
        }),
      );
    const { promise, resolve, reject } = Promise.withResolvers<RoutingMark | undefined>();
    queue.waiting.push({ report, resolve, reject });
    if (!queue.isWriting) void this.#write(stream, queue);
    return promise;
  }

  async #write(stream: string, queue: Queue): Promise<void> {
    queue.isWriting = true;
    while (queue.waiting.length > 0) {
      const [together, later] = divide(queue.waiting);
      queue.waiting = later;
      await this.#store
        .reportAll(
          stream,
          together.map(({ report }) => report),
        )
        .then(
          (stored) => together.forEach(({ resolve }) => resolve(stored)),
          (error: unknown) => this.#failed(stream, together, error),
        );
    }
    this.#queues.delete(stream);
  }

  /** What is wrong with one of them is no reason to lose the others; a store that fails does so for all. */
  async #failed(stream: string, together: readonly Waiting[], error: unknown): Promise<void> {
    const isStore = error instanceof CutoverError && error.code.startsWith('STORE_');
    if (isStore || together.length === 1) return together.forEach(({ reject }) => reject(error));
    for (const { report, resolve, reject } of together)
      await this.#store.reportAll(stream, [report]).then(resolve, reject);
  }
}

/** The first ones, each instance once, and the rest in its order. */
function divide(waiting: readonly Waiting[]): readonly [together: readonly Waiting[], later: Waiting[]] {
  const together: Waiting[] = [];
  const later: Waiting[] = [];
  const names = new Set<string>();
  for (const one of waiting) {
    const { instance } = one.report;
    // One that waits already goes first, also before its own newer ones.
    const fits = together.length < MOST_TOGETHER && !names.has(instance);
    names.add(instance);
    (fits ? together : later).push(one);
  }
  return [together, later];
}
