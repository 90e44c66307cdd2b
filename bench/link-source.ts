import { AsyncLocalStorage } from 'node:async_hooks';
import { systemClock, systemRandom, type Json } from '../src/kernel/index.ts';
import type { InstanceLink } from '../src/node/link.ts';
import type { Agent, Scope, Source } from '../src/repository/index.ts';
import { parseRoutingState, type FlagState } from '../src/route/index.ts';
import type { RoutingMark } from '../src/store/index.ts';

/**
 * What `nodeSource` does, without its thread and its files: a thousand threads of 24 MB do not fit a machine. The link is the
 * shipped one, and so is the agent behind it; the rhythm of reports, and what is asked after a change, are those of `cutover/node`.
 */
export class LinkSource implements Source {
  readonly instance: string;
  readonly environment = 'production';
  readonly env = {};
  readonly clock = systemClock;
  readonly random = systemRandom;
  readonly scope: Scope<unknown> = new AsyncLocalStorage<unknown>();
  readonly #link: InstanceLink;
  readonly #stream: string;
  readonly #reportMs: number;
  #agent: Agent | null = null;
  #taken: RoutingMark = { epoch: 0, mark: null };
  #looks: Promise<unknown> = Promise.resolve();
  #isReporting = false;
  #again = false;

  constructor(link: InstanceLink, stream: string, instance: string, reportMs: number) {
    this.#link = link;
    this.#stream = stream;
    this.instance = instance;
    this.#reportMs = reportMs;
  }

  connect(agent: Agent): void {
    this.#agent = agent;
    agent.onAcknowledge(() => void this.#report(false));
    this.#link.watch(() => this.#look());
    this.clock.every(this.#reportMs, () => void this.#report(true));
    void this.#report(true);
    this.#look();
  }

  setFlag(): Promise<FlagState> {
    return Promise.reject(new Error('not of this source'));
  }

  refresh(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return this.#link.close();
  }

  /** One look after the other, as in the thread. */
  #look(): void {
    this.#looks = this.#looks.then(() => this.#lookOnce()).catch(() => {});
  }

  async #lookOnce(): Promise<void> {
    const { mark } = this.#taken;
    const routing = await this.#link.routing(this.#stream, mark ?? undefined);
    const state = parseRoutingState(routing?.body);
    if (routing === undefined || state === undefined || routing.epoch <= this.#taken.epoch) return;
    this.#taken = { epoch: routing.epoch, mark: routing.mark };
    this.#agent?.apply(state, this.clock.monotonic() + state.staleAfterMs);
  }

  async #report(withTelemetry: boolean): Promise<void> {
    const agent = this.#agent;
    if (agent === null) return;
    if (this.#isReporting) {
      this.#again ||= !withTelemetry;
      return;
    }
    this.#isReporting = true;
    const began = this.clock.monotonic();
    const status = { ...agent.status(), mark: this.#taken.mark };
    const telemetry = withTelemetry ? agent.drain() : undefined;
    const [body, counted] = [status, telemetry] as unknown as [Json, Json | undefined];
    const stored = await this.#link.report(this.#stream, this.instance, body, counted).catch(() => null);
    this.#isReporting = false;
    if (stored?.epoch === this.#taken.epoch) agent.renewed(began + 10_000);
    else if (stored != null) this.#look();
    if (!this.#again) return;
    this.#again = false;
    await this.#report(false);
  }
}
