import type { SeriesDocument } from '../../src/server/routes/charts.ts';

type Marker = SeriesDocument['markers'][number];

/** How an event is drawn and listed: a sign of its own, since colour is never alone. */
export const SIGNS: Readonly<Record<string, { readonly sign: string; readonly word: string }>> = {
  run: { sign: '▷', word: 'run' },
  promote: { sign: '▲', word: 'exposure' },
  hold: { sign: '◷', word: 'hold' },
  pause: { sign: '‖', word: 'pause' },
  resume: { sign: '▶', word: 'resumed' },
  flag: { sign: '⚑', word: 'flag' },
  shadow: { sign: '◐', word: 'shadow' },
  rollback: { sign: '✖', word: 'rollback' },
  kill: { sign: '✖', word: 'kill' },
  epoch: { sign: '✓', word: 'acknowledged' },
  end: { sign: '■', word: 'end' },
};

/** Of a repository: what is about all of them, or about it. */
export function marksOf(markers: readonly Marker[], repository: string): readonly Marker[] {
  return markers.filter(({ repositories }) => repositories === null || repositories.includes(repository));
}

/** Those that change what serves: the others are listed only, or a chart would be all lines. */
export function isDrawnMark({ kind }: Marker): boolean {
  return kind === 'promote' || kind === 'rollback' || kind === 'kill' || kind === 'flag' || kind === 'pause';
}
