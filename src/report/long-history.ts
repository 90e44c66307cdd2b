import type { Clock } from '../kernel/index.ts';
import type { Store } from '../store/index.ts';
import { CoarseCell } from './coarse-cell.ts';
import { cellsOf } from './history-cells.ts';
import { callsOf, FLEET, HISTORY_KEPT_MS, MINUTE_MS, MINUTES_KEPT_MS, QUARTER_MS } from './history-sizes.ts';
import type { Cell } from './telemetry-cell.ts';
import {
  type Kept,
  type KeptStretches,
  NEWEST_EVERY_MS,
  type Range,
  type TelemetryHistory,
} from './telemetry-history.ts';

/** Records that are read at once; between two such pages others have their turn. */
const PAGE = 400;
/** Answers that are kept: of a repository in one range each. */
const MOST_ANSWERS = 16;

type Cells = ReadonlyMap<number, CoarseCell>;
type Read = { readonly cells: Cells; readonly minutesFrom: number };

/**
 * The records of a stream as stretches of time, for ranges that are longer than telemetry is kept. What was not folded yet
 * comes from telemetry itself.
 */
export class LongHistory {
  readonly #store: Pick<Store, 'historyMark' | 'history'>;
  readonly #clock: Clock;
  readonly #stream: string;
  readonly #answers = new Map<string, Promise<Read>>();

  constructor(store: Pick<Store, 'historyMark' | 'history'>, clock: Clock, stream: string) {
    this.#store = store;
    this.#clock = clock;
    this.#stream = stream;
  }

  /** @param now by the clock that stamps telemetry @param newest the last hour, read up to now */
  async between(
    asked: Range,
    repositories: readonly string[],
    now: number,
    newest: Pick<TelemetryHistory, 'knownSince' | 'stretch'>,
  ): Promise<KeptStretches> {
    const from = Math.max(asked.from, now - HISTORY_KEPT_MS);
    const to = Math.min(asked.to, now);
    const sizeMs = sizeFor({ ...asked, from, to }, now);
    const first = Math.floor(from / sizeMs) * sizeMs;
    const starts = Array.from(
      { length: Math.max(0, Math.ceil((to - first) / sizeMs)) },
      (_, index) => first + index * sizeMs,
    );
    const mark = await this.#store.historyMark(this.#stream);
    const end = first + starts.length * sizeMs;
    const key = JSON.stringify([mark?.beat, first, end, repositories]);
    const { cells, minutesFrom } = await this.#answer(key, () => this.#read(first, end, repositories));
    const folded = stretchesOf(cells, sizeMs);
    const isFolded = (at: number): boolean => mark !== undefined && at + sizeMs <= mark.foldedTo;
    const cellAt = (at: number): Cell | null => {
      const known = folded.get(at) ?? null;
      const own = isFolded(at) ? null : newest.stretch(at, sizeMs);
      // Of a stretch that is on, whoever knows more of it.
      return own === null || (known !== null && known.coveredMs > own.coveredMs) ? known : own;
    };
    const { knownSince } = newest;
    const newestFrom = starts.find((at) => !isFolded(at) && knownSince !== null && at >= knownSince);
    return {
      sizeMs,
      from: first,
      cells: starts.map(cellAt),
      kept: keptOf({ first, end: to, minutesFrom, newestFrom: newestFrom ?? to }),
      knownSince: sinceOf(cells, newest.knownSince),
    };
  }

  /** Records change once a minute; whoever asks meanwhile gets the same. */
  #answer(key: string, read: () => Promise<Read>): Promise<Read> {
    const answer = this.#answers.get(key) ?? read();
    this.#answers.delete(key);
    this.#answers.set(key, answer);
    answer.catch(() => this.#answers.delete(key));
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > MOST_ANSWERS && oldest !== undefined) this.#answers.delete(oldest);
    return answer;
  }

  async #read(from: number, to: number, repositories: readonly string[]): Promise<Read> {
    const cells = await this.#readAll(from, to, QUARTER_MS, repositories);
    const minutes = await this.#readAll(from, to, MINUTE_MS, repositories);
    const minutesFrom = Math.max(from, ...[...cells.keys()].map((at) => at + QUARTER_MS));
    for (const [at, cell] of minutes) {
      // A minute that was reported late may lie in a quarter of an hour that is put together already.
      const quarter = cells.get(at);
      if (quarter === undefined) cells.set(at, cell);
      else quarter.follow(cell);
    }
    return { cells, minutesFrom };
  }

  async #readAll(
    from: number,
    to: number,
    sizeMs: number,
    repositories: readonly string[],
  ): Promise<Map<number, CoarseCell>> {
    const series = [FLEET, ...repositories.map(callsOf)];
    const limit = PAGE + series.length;
    const cells = new Map<number, CoarseCell>();
    for (let next = from; ;) {
      const page = await this.#store.history(this.#stream, { series, sizeMs, from: next, to, limit });
      const isLast = page.length < limit;
      const lastAt = page.at(-1)?.at ?? to;
      // The last stretch of a full page may go on in the next one.
      const whole = isLast ? page : page.filter(({ at }) => at < lastAt);
      for (const [at, cell] of cellsOf(whole)) cells.set(at, cell);
      if (isLast || whole.length === 0) return cells;
      next = lastAt;
      await this.#clock.sleep(1);
    }
  }
}

/** As short as was asked for and as records allow. */
function sizeFor({ from, to, most, stepMs }: Range, now: number): number {
  const unit = from < now - MINUTES_KEPT_MS ? QUARTER_MS : MINUTE_MS;
  // One stretch is cut by where the range begins.
  const least = Math.max(stepMs, (to - from) / Math.max(1, most - 1));
  return unit * Math.max(1, Math.ceil(least / unit));
}

function stretchesOf(cells: Cells, sizeMs: number): Cells {
  const stretches = new Map<number, CoarseCell>();
  for (const [at, cell] of cells) {
    const begins = Math.floor(at / sizeMs) * sizeMs;
    const stretch = stretches.get(begins) ?? new CoarseCell();
    stretch.follow(cell);
    stretches.set(begins, stretch);
  }
  return stretches;
}

function keptOf(of: {
  readonly first: number;
  readonly end: number;
  readonly minutesFrom: number;
  readonly newestFrom: number;
}): readonly Kept[] {
  const minutesFrom = Math.min(of.minutesFrom, of.newestFrom);
  return [
    { from: of.first, to: minutesFrom, everyMs: QUARTER_MS },
    { from: minutesFrom, to: of.newestFrom, everyMs: MINUTE_MS },
    { from: of.newestFrom, to: of.end, everyMs: NEWEST_EVERY_MS },
  ].filter(({ from, to }) => from < to);
}

function sinceOf(cells: Cells, newest: number | null): number | null {
  let since = newest;
  for (const at of cells.keys()) since = Math.min(since ?? at, at);
  return since;
}
