import { describeError, type Clock } from '../kernel/index.ts';
import type { Strikes } from '../repository/index.ts';
import { onAskedToEnd } from './asked-to-end.ts';
import { StrikeFiles, type Strike } from './strike-files.ts';

/** A repository of which nothing was heard for so many turns has no calls in flight, whatever was counted. */
const MOST_SILENT_TURNS = 60;

/** The candidate of one repository: whether it is in use. */
class Use implements Strikes {
  at: readonly number[];
  /** Calls that began and did not end. Queries that nobody awaits never end, and some end twice. */
  inFlight = 0;
  /** It is on disk that the candidate is in use. */
  marked = false;
  /** Turns since anything was heard of it. */
  silent = 0;
  readonly #mark: () => void;
  readonly #forget: () => void;

  constructor(at: readonly number[], mark: () => void, forget: () => void) {
    this.at = at;
    this.#mark = mark;
    this.#forget = forget;
  }

  /** In the path of every call of the candidate: what costs something is done once until the next turn. */
  began(): void {
    this.inFlight += 1;
    this.silent = 0;
    if (!this.marked) {
      this.marked = true;
      this.#mark();
    }
  }

  ended(): void {
    if (this.inFlight > 0) this.inFlight -= 1;
    this.silent = 0;
  }

  /** @returns whether it is not in use any more */
  turn(): boolean {
    this.silent += 1;
    if (this.silent >= MOST_SILENT_TURNS) this.inFlight = 0;
    if (!this.marked || this.inFlight > 0 || this.silent < 2) return false;
    this.marked = false;
    return true;
  }

  clear(): void {
    if (this.at.length === 0) return;
    this.at = [];
    this.#forget();
  }
}

/**
 * What this instance remembers of ends of its process while a candidate was in use: in flight, or at work within the
 * last two seconds. Nothing can be written by a process that is killed, so it is written before: with the first call of
 * the candidate, and taken back when there are none for a second. What is found at the next start is a strike.
 *
 *   asked to end (a signal, `close`)     none
 *   exit code 0                          of what is in flight: a job that is done has nothing in flight
 *   any other end                        of what is in use: killed, out of memory, an exception, an exit
 */
export class StrikeBook {
  /** Why nothing can be kept. */
  problem: string | undefined;
  readonly #files: StrikeFiles;
  readonly #clock: Clock;
  readonly #uses = new Map<string, Use>();
  #kept: readonly Strike[] | undefined;
  #found = 0;
  #isEnding = false;
  #stop: () => void = () => {};

  constructor(stateFile: string, clock: Clock) {
    this.#files = new StrikeFiles(stateFile);
    this.#clock = clock;
  }

  of(repository: string): Strikes {
    const known = this.#uses.get(repository);
    if (known !== undefined) return known;
    this.#kept ??= this.#begin();
    const use = new Use(
      this.#kept.filter(({ repositories }) => repositories.includes(repository)).map(({ at }) => at),
      () => this.#mark(),
      () => this.#quietly(() => this.#files.forget(repository)),
    );
    this.#uses.set(repository, use);
    return use;
  }

  /** Ends of processes before this one that were found since this was last asked. */
  takeFound(): number {
    const found = this.#found;
    this.#found = 0;
    return found;
  }

  get notes(): readonly string[] {
    const strikes = [...this.#uses].flatMap(([name, { at }]) =>
      at.length === 0
        ? []
        : [`strikes against ${name}: ${at.length}, the last at ${new Date(at.at(-1) ?? 0).toISOString()}`],
    );
    return this.problem === undefined ? strikes : [...strikes, `strikes are not kept: ${this.problem}`];
  }

  /** Once a second. */
  turn(): void {
    const isOver = [...this.#uses.values()].map((use) => use.turn()).includes(true);
    if (isOver) this.#mark();
  }

  /** Nothing that happens from now on is a strike. */
  close(): void {
    this.#isEnding = true;
    this.#stop();
    this.#quietly(() => this.#files.unmark());
  }

  #begin(): readonly Strike[] {
    const now = this.#clock.now();
    const exit = (code: number): void => this.#exit(code);
    process.on('exit', exit);
    const stopListening = onAskedToEnd(() => this.close());
    this.#stop = () => {
      process.off('exit', exit);
      stopListening();
    };
    let kept: readonly Strike[] = [];
    this.#quietly(() => {
      this.#found = this.#files.claim(now).length;
      kept = this.#files.read(now);
    });
    return kept;
  }

  #mark(): void {
    if (this.#isEnding) return;
    this.#write([...this.#uses].flatMap(([name, { marked }]) => (marked ? [name] : [])));
  }

  #write(repositories: readonly string[]): void {
    this.#quietly(() => {
      this.#files.mark(repositories);
      this.problem = undefined;
    });
  }

  #exit(code: number): void {
    if (code !== 0) return;
    const inFlight = [...this.#uses].flatMap(([name, use]) => (use.inFlight > 0 ? [name] : []));
    if (inFlight.length === 0) this.close();
    else this.#write(inFlight);
  }

  /** A full disk or a folder that is not there loses strikes, no call. */
  #quietly(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.problem = describeError(error);
    }
  }
}
