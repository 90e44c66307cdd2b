import type { HistoryRecord } from '../store/index.ts';
import { addCalls, callsBody, parseReach, reachBody } from './calls-record.ts';
import { CoarseCell } from './coarse-cell.ts';
import { callsOf, FLEET, MISMATCHES, QUARTER_MS, repositoryOf } from './history-sizes.ts';
import { mismatchesBody, parseMismatches } from './mismatches-record.ts';
import { MismatchSums } from './mismatch-sums.ts';

/** Records as stretches of time, by when they begin. Only those that somebody reported in are there. */
export function cellsOf(records: readonly HistoryRecord[]): ReadonlyMap<number, CoarseCell> {
  const cells = new Map<number, CoarseCell>();
  for (const { series, at, body } of records) {
    if (series !== FLEET) continue;
    const reach = parseReach(body);
    if (reach === undefined) continue;
    const cell = cells.get(at) ?? new CoarseCell();
    cell.reached(reach);
    cells.set(at, cell);
  }
  for (const { series, at, body } of records) {
    const repository = repositoryOf(series);
    const cell = cells.get(at);
    if (repository !== undefined && cell !== undefined) addCalls(cell, repository, body);
  }
  return cells;
}

/** One cell of those that begin in a stretch of time; `null` where there is none. */
export function cellOver(
  cells: ReadonlyMap<number, CoarseCell>,
  from: number,
  to: number,
): CoarseCell | null {
  let over: CoarseCell | null = null;
  for (const [at, cell] of cells) {
    if (at < from || at >= to) continue;
    over ??= new CoarseCell();
    over.follow(cell);
  }
  return over;
}

/** Finer records as records of a quarter of an hour. Pure; calls, errors, times and mismatches are the sums of the parts. */
export function quartersOf(records: readonly HistoryRecord[]): readonly HistoryRecord[] {
  const quarterOf = (at: number): number => Math.floor(at / QUARTER_MS) * QUARTER_MS;
  return [...Map.groupBy(records, ({ at }) => quarterOf(at))].flatMap(([at, parts]) => {
    const cell = cellOver(cellsOf(parts), at, at + QUARTER_MS);
    const record = { sizeMs: QUARTER_MS, at };
    const found = parts.filter(({ series }) => series === MISMATCHES);
    const mismatches = new MismatchSums();
    for (const { body } of found) mismatches.addSums(parseMismatches(body));
    return [
      ...(cell === null ? [] : [{ ...record, series: FLEET, body: reachBody(reachOf(cell)) }]),
      ...[...Map.groupBy(cell?.operations ?? [], ({ repository }) => repository)].map(
        ([repository, sums]) => ({ ...record, series: callsOf(repository), body: callsBody(sums) }),
      ),
      ...(found.length === 0
        ? []
        : [{ ...record, series: MISMATCHES, body: mismatchesBody(mismatches.all) }]),
    ];
  });
}

function reachOf({ coveredMs, size, epoch }: CoarseCell): Parameters<typeof reachBody>[0] {
  return { coveredMs, instances: size, epoch };
}
