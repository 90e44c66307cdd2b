import type { AgentStatus } from '../repository/index.ts';
import type { CaptureAnswer, RoutingState } from '../route/index.ts';

/**
 * When a wish for a picture of the memory is carried out: for each wish once, only by a process that was there when it
 * came, and only after it reported that it applies the routing state which brought the wish. So a rollback is
 * acknowledged before the process stands still.
 */
export class CaptureDuty {
  readonly #instance: string;
  readonly #take: (id: string) => Promise<CaptureAnswer>;
  #seenFirst = false;
  #last: string | null = null;
  #due: { readonly id: string; readonly epoch: number } | null = null;
  #answer: CaptureAnswer | null = null;

  constructor(instance: string, take: (id: string) => Promise<CaptureAnswer>) {
    this.#instance = instance;
    this.#take = take;
  }

  /** A routing state arrived. */
  noted({ capture, epoch }: Pick<RoutingState, 'capture' | 'epoch'>): void {
    const isFirst = !this.#seenFirst;
    this.#seenFirst = true;
    if (capture === undefined || capture.id === this.#last) return;
    this.#last = capture.id;
    // What was asked before this process began was asked of another one, whose memory is gone.
    if (!isFirst && capture.instance === this.#instance) this.#due = { id: capture.id, epoch };
  }

  /** What a report says besides the agent's own status. */
  get status(): Pick<AgentStatus, 'capture'> {
    return this.#answer === null ? {} : { capture: this.#answer };
  }

  /** A report with this status was stored. @returns whether there is an answer now that has to be reported */
  async reported({ acknowledged }: Pick<AgentStatus, 'acknowledged'>): Promise<boolean> {
    const due = this.#due;
    if (due === null || acknowledged < due.epoch) return false;
    this.#due = null;
    this.#answer = await this.#take(due.id);
    return true;
  }
}
