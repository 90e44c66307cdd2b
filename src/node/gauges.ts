import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Gauges } from '../measure/index.ts';

const NS_PER_MS = 1e6;
/** How often the event loop is probed, milliseconds; the histogram contains it. */
const PROBE_MS = 50;

/** Measures this process between two calls of `read`. */
export class ProcessGauges {
  readonly #delay = monitorEventLoopDelay({ resolution: PROBE_MS });
  #cpu = process.cpuUsage();

  constructor() {
    this.#delay.enable();
  }

  /** @param spanMs since the last read, milliseconds */
  read(spanMs: number): Gauges {
    const { user, system } = process.cpuUsage(this.#cpu);
    this.#cpu = process.cpuUsage();
    const p99 = this.#delay.percentile(99) / NS_PER_MS - PROBE_MS;
    this.#delay.reset();
    const { rss, heapUsed } = process.memoryUsage();
    return {
      rss,
      heap: heapUsed,
      ...(spanMs > 0 ? { cpu: (user + system) / 1_000 / spanMs } : {}),
      ...(Number.isFinite(p99) ? { eventLoopDelay: Math.max(0, p99) } : {}),
    };
  }

  stop(): void {
    this.#delay.disable();
  }
}
