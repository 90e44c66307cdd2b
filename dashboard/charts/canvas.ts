import uPlot from 'uplot';
import { isLimit, topOf, type Chart, type Line } from './chart.ts';
import { SIGNS } from './marks.ts';
import { colour } from './paint.ts';
import { timeText, valueText } from './values.ts';

/** What stands behind the lines. Wall clock, milliseconds. */
export type Background = {
  readonly from: number;
  readonly to: number;
  readonly bands: readonly {
    readonly kind: 'step' | 'rollback';
    readonly phase: string | null;
    readonly step: string | null;
    readonly title: string;
    readonly from: number;
    readonly to: number;
  }[];
  readonly marks: readonly { readonly at: number; readonly kind: string }[];
};

export type Drawn = { readonly chart: Chart; readonly background: Background };

const HEIGHT = 190;
/** Room for the names of steps above the lines. Pixels. */
const TOP = 20;
const DASHES = { none: [], short: [2, 3], long: [9, 4] } as const;
const TONES = { control: '--control', candidate: '--candidate', yellow: '--warn', red: '--fail' } as const;

/**
 * @param read what is shown now: bands and marks change without a new plot
 * @param onCursor the stretch of time that is pointed at in any chart of the same key, `null` for none
 */
export function plotOptions(
  chart: Chart,
  width: number,
  key: string,
  read: () => Drawn,
  onCursor: (index: number | null) => void,
): uPlot.Options {
  const quiet = (): string => colour('--quiet');
  const grid = { stroke: () => colour('--line'), width: 1 };
  return {
    width,
    height: HEIGHT,
    padding: [TOP, 12, 0, 0],
    legend: { show: false },
    cursor: { sync: { key }, drag: { x: false, y: false }, points: { size: 6 } },
    scales: {
      x: { range: () => [read().background.from / 1_000, read().background.to / 1_000] },
      y: { range: () => [0, topOf(read().chart)] },
    },
    // Everything here is in UTC, as in the log.
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), 'Etc/UTC'),
    axes: [
      {
        stroke: quiet,
        grid: { show: false },
        ticks: grid,
        font: FONT,
        size: 32,
        space: 60,
        values: (_plot, splits, _axis, _space, every) =>
          splits.map((seconds) => timeText(seconds * 1_000).slice(0, every < 60 ? 8 : 5)),
      },
      {
        stroke: quiet,
        grid,
        ticks: { show: false },
        font: FONT,
        size: 58,
        values: (_, splits) => splits.map((value) => valueText(chart.unit, value)),
      },
    ],
    series: [{}, ...chart.lines.map(seriesOf)],
    hooks: {
      drawClear: [(plot) => drawBands(plot, read().background)],
      draw: [(plot) => drawMarks(plot, read().background)],
      setCursor: [({ cursor }) => onCursor(cursor.idx ?? null)],
    },
  };
}

/** Stretches of time stand at their middle. */
export function plotData({ times, lines }: Chart, bucketMs: number): uPlot.AlignedData {
  return [times.map((at) => (at + bucketMs / 2) / 1_000), ...lines.map(({ points }) => [...points])];
}

const FONT = '11px system-ui, sans-serif';

function seriesOf(line: Line): uPlot.Series {
  const { label, tone, dash = 'none' } = line;
  return {
    label,
    stroke: () => colour(TONES[tone]),
    width: isLimit(line) ? 1 : dash === 'none' ? 2 : 1.25,
    dash: isLimit(line) ? [5, 4] : [...DASHES[dash]],
    points: { show: isLimit(line) ? false : undefined, size: 4 },
    spanGaps: false,
  } as uPlot.Series;
}

function drawBands(plot: uPlot, { bands }: Background): void {
  const { ctx, bbox } = plot;
  const pixel = devicePixelRatio;
  ctx.save();
  ctx.font = `${11 * pixel}px system-ui, sans-serif`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'bottom';
  for (const [index, band] of bands.entries()) {
    const left = Math.max(bbox.left, plot.valToPos(band.from / 1_000, 'x', true));
    const right = Math.min(bbox.left + bbox.width, plot.valToPos(band.to / 1_000, 'x', true));
    if (right <= left) continue;
    const ground = band.kind === 'rollback' ? '--fail-ground' : index % 2 === 0 ? '--band' : '--card';
    ctx.fillStyle = colour(ground);
    ctx.fillRect(left, bbox.top, right - left, bbox.height);
    const text = band.step === null ? band.title : `${band.phase ?? ''} / ${band.step}`;
    ctx.fillStyle = colour(band.kind === 'rollback' ? '--fail' : '--quiet');
    const room = right - left - 6 * pixel;
    const fitting = fitted(ctx, [text, band.step ?? band.title], room);
    if (fitting !== undefined) ctx.fillText(fitting, left + 3 * pixel, bbox.top - 3 * pixel);
  }
  ctx.restore();
}

/** The first of these texts for which there is room. */
function fitted(ctx: CanvasRenderingContext2D, texts: readonly string[], room: number): string | undefined {
  return texts.find((text) => ctx.measureText(text).width <= room);
}

function drawMarks(plot: uPlot, { marks }: Background): void {
  const { ctx, bbox } = plot;
  const pixel = devicePixelRatio;
  ctx.save();
  ctx.font = `${12 * pixel}px system-ui, sans-serif`;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'top';
  ctx.lineWidth = pixel;
  ctx.setLineDash([]);
  for (const { at, kind } of marks) {
    const x = plot.valToPos(at / 1_000, 'x', true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    const tone = colour(kind === 'rollback' || kind === 'kill' ? '--fail' : '--text');
    ctx.strokeStyle = tone;
    ctx.fillStyle = tone;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top + 14 * pixel);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.fillText(SIGNS[kind]?.sign ?? '·', x, bbox.top + pixel);
  }
  ctx.restore();
}
