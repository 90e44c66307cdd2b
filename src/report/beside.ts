import { fromStored } from '../engine/index.ts';
import { parseTelemetryBatch } from '../measure/index.ts';
import type { Store } from '../store/index.ts';
import { type Chronicle, EMPTY_CHRONICLE, evolveChronicle } from './chronicle.ts';
import type { CoarseCell } from './coarse-cell.ts';
import { cellOver, cellsOf } from './history-cells.ts';
import { callsOf, FLEET, MINUTE_MS, QUARTER_MS } from './history-sizes.ts';
import { MinuteFold } from './minute-fold.ts';
import { numbersOf, type SideNumbers } from './series.ts';

/** Control and candidate next to each other, over one stretch of time. Wall clock, milliseconds. */
export type Beside = {
  /** `null` is a stretch that is no phase. */
  readonly phase: string | null;
  readonly from: number;
  readonly to: number;
  /** For how long somebody reported in it; calls a second are calls by this. 0 is no data. */
  readonly coveredMs: number;
  readonly repositories: readonly {
    readonly repository: string;
    readonly control: SideNumbers;
    readonly candidate: SideNumbers;
    readonly compared: number;
    readonly mismatched: number;
  }[];
};

type Stretch = Pick<Beside, 'phase' | 'from' | 'to'>;

const PAGE = 1_000;
/** Somebody may fold between two looks; three times in a row nobody does. */
const MOST_TRIES = 3;

/**
 * What both sides did in each of some stretches of time: from records, and from telemetry where nothing was folded yet. To the
 * minute: one that two stretches share is the later one's. What is older than two days is to the quarter of an hour.
 */
export async function besideOver(
  store: Pick<Store, 'history' | 'historyMark' | 'telemetry'>,
  stream: string,
  stretches: readonly Stretch[],
  repositories: readonly string[],
): Promise<readonly Beside[]> {
  const from = floor(Math.min(...stretches.map((one) => one.from)), QUARTER_MS);
  const to = Math.max(...stretches.map((one) => one.to));
  const kinds = await readCells(store, stream, repositories, from, to);
  return stretches.map((stretch) => {
    const over = kinds.flatMap(({ cells, sizeMs }) => {
      // A stretch that is over ends where the next one begins.
      const end = stretch.to === to ? to : floor(stretch.to, sizeMs);
      return cellOver(cells, floor(stretch.from, sizeMs), end) ?? [];
    });
    return { ...stretch, ...numbersIn(over, repositories) };
  });
}

function numbersIn(
  over: readonly CoarseCell[],
  repositories: readonly string[],
): Pick<Beside, 'coveredMs' | 'repositories'> {
  const [first, ...others] = over;
  for (const other of others) first?.follow(other);
  return {
    coveredMs: first?.coveredMs ?? 0,
    repositories:
      first === undefined
        ? []
        : repositories.map((repository) => {
            const { control, candidate, compared, mismatched } = first.total([repository]);
            return {
              repository,
              control: numbersOf(control),
              candidate: numbersOf(candidate),
              compared,
              mismatched,
            };
          }),
  };
}

type Cells = { readonly sizeMs: number; readonly cells: ReadonlyMap<number, CoarseCell> };

/** What was folded and what was not are read as of one moment. */
async function readCells(
  store: Pick<Store, 'history' | 'historyMark' | 'telemetry'>,
  stream: string,
  repositories: readonly string[],
  from: number,
  to: number,
): Promise<readonly Cells[]> {
  const series = [FLEET, ...repositories.map(callsOf)];
  for (let tries = 1; ; tries += 1) {
    const mark = await store.historyMark(stream);
    const folded: Cells[] = [];
    for (const sizeMs of [QUARTER_MS, MINUTE_MS])
      folded.push({ sizeMs, cells: cellsOf(await store.history(stream, { series, sizeMs, from, to })) });
    const fold = new MinuteFold();
    for (let after = mark?.telemetryId ?? 0; ;) {
      const page = await store.telemetry(stream, after, PAGE);
      for (const record of page) {
        const batch = record.at < from || record.at >= to ? undefined : parseTelemetryBatch(record.body);
        if (batch !== undefined) fold.add(record, batch);
      }
      after = page.at(-1)?.id ?? after;
      if (page.length < PAGE) break;
    }
    const behind = await store.historyMark(stream);
    if (behind?.beat === mark?.beat || tries === MOST_TRIES)
      return [...folded, { sizeMs: MINUTE_MS, cells: cellsOf(fold.records) }];
  }
}

/** What happened in short, read from the beginning of the log. */
export async function readChronicle(store: Pick<Store, 'read'>, stream: string): Promise<Chronicle> {
  let chronicle = EMPTY_CHRONICLE;
  for (let seq = 0; ;) {
    const page = await store.read(stream, seq, PAGE);
    for (const stored of page) chronicle = evolveChronicle(chronicle, fromStored(stored), stored);
    seq = page.at(-1)?.seq ?? seq;
    if (page.length < PAGE) return chronicle;
  }
}

function floor(at: number, sizeMs: number): number {
  return Math.floor(at / sizeMs) * sizeMs;
}
